/**
 * One start of a run: its folder opened for this process alone, its configuration stored (or, on resuming, read), and
 * where it runs noted.
 */
import type { z } from 'zod';
import { UserError } from '../../files/errors.ts';
import { readRecord } from '../../files/read.ts';
import { type ChosenEngine, chooseEngine, type EngineName, useHelper } from '../../training/engine.ts';
import type { RunControl } from '../../training/loop.ts';
import { resumable } from '../../training/loop-state.ts';
import { environment, startsSchema } from '../../training/run/environment.ts';
import { openRun, type RunFolder } from '../../training/run/folder.ts';
import { insistOnEpochs } from '../config/differences.ts';
import { isTree, parseConfig, type Tree } from '../config/resolve.ts';

interface Runnable {
  readonly task: string;
  readonly engine: EngineName;
  readonly training: { readonly epochs: number };
}

export interface Session<Config> extends ChosenEngine {
  readonly config: Config;
  readonly folder: RunFolder;
  readonly control: RunControl;
}

export interface SessionOptions<Config> {
  readonly path: string;
  readonly resume: boolean;
  /** Used unless the run is resumed. */
  readonly config: Config;
  readonly schema: z.ZodType<Config>;
  /** What flags say, where they may ask a resumed run for what it cannot do. */
  readonly asked?: Tree;
  readonly stop: () => boolean;
  readonly checkpointSeconds?: number | undefined;
  /** An engine to share with other runs of this process. */
  readonly chosen?: ChosenEngine;
}

/** Seconds between checkpoints, unless a flag says otherwise. */
const CHECKPOINT_SECONDS = 60;

export async function session<Config extends Runnable, T>(
  {
    path,
    resume,
    config: given,
    schema,
    asked = {},
    stop,
    chosen,
    checkpointSeconds = CHECKPOINT_SECONDS,
  }: SessionOptions<Config>,
  body: (session: Session<Config>) => Promise<T>,
): Promise<T> {
  const folder = openRun(path, resume);
  try {
    let config = given;
    if (resume) {
      const stored = folder.readJson('config.json');
      const task = isTree(stored) ? stored.task : undefined;
      if (task !== given.task) {
        throw new UserError(
          task === 'pretrain' || task === 'finetune'
            ? `${path}: holds a ${task} run. Go on with: npm run ${task} -- --resume ${path}`
            : `${folder.file('config.json')}: does not say what the run is, expected one to ${given.task}. Is it damaged?`,
        );
      }
      config = parseConfig(schema, stored as Tree, given as unknown as Tree);
      insistOnEpochs(asked, config, { path, file: folder.file('config.json') });
      // Before the data are read, which may take long.
      resumable(folder);
    }
    // Before anything is written: a refused engine leaves the folder free for the corrected start.
    const { engine, threads, device } = chosen ?? (await chooseEngine(config.engine));
    if (!resume) await folder.writeJson('config.json', config);
    const starts = folder.file('environment.json');
    const before = folder.has('environment.json')
      ? readRecord(starts, startsSchema, 'the list of the starts of a run')
      : [];
    const here = environment(threads, device);
    await folder.writeJson('environment.json', [...before, here]);
    const control = { stop, checkpointSeconds, helper: useHelper(threads) };
    const result = await body({ config, folder, engine, threads, device, control });
    await folder.writeJson('environment.json', [...before, { ...here, ended: new Date().toISOString() }]);
    return result;
  } finally {
    folder.close();
  }
}
