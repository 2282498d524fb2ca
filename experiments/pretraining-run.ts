/** One start of a pre-training in its folder, with what it prints; goes on where a run has begun. */

import { type PretrainConfig, pretrainSchema } from '../training/config.ts';
import type { ChosenEngine } from '../training/engine.ts';
import { pretraining } from '../training/pretraining.ts';
import { hasBegun } from '../training/run/folder.ts';
import { session } from './cli/session.ts';
import { pretrainLines } from './cli/show-pretraining.ts';

export interface PretrainControl {
  readonly stop: () => boolean;
  /** Its `say` is set to what prints beside the running progress bar. */
  readonly printer: { say: (text: string) => void };
  readonly checkpointSeconds?: number | undefined;
}

/** Runs to the end; false if it was told to stop. */
export function pretrainIn(
  path: string,
  config: PretrainConfig,
  chosen: ChosenEngine,
  { stop, printer, checkpointSeconds }: PretrainControl,
): Promise<boolean> {
  const options = { path, resume: hasBegun(path), config, schema: pretrainSchema, stop, checkpointSeconds, chosen };
  return session(options, async (run) => {
    const lines = pretrainLines(run.config, run.folder);
    printer.say = lines.say;
    try {
      const result = await pretraining(run.config, run.folder, run.engine, run.control, lines.events);
      if (result) lines.finish(result);
      return result !== undefined;
    } finally {
      lines.stop();
    }
  });
}
