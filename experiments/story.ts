/**
 * The whole way once: pre-train on forces, fine-tune that network and an untrained twin on properties with few labels,
 * compare them seed by seed.
 */
import { join } from 'node:path';
import { type ChosenEngine, chooseEngine, type EngineName } from './cli/engine.ts';
import { type Compared, compareRepeats } from './comparing.ts';
import { finetuneConfig } from './config/finetune-config.ts';
import type { Tree } from './config/resolve.ts';
import type { Preset, PretrainConfig } from './config/schema.ts';
import { finetuneSeeds } from './finetune-seeds.ts';
import { pretrainIn } from './pretraining-run.ts';
import { readRepeats, seedsBegun } from './repeats.ts';
import { comparedText, reportCompared } from './report/compared-report.ts';
import { isFinished, putAway } from './run/folder.ts';

export interface Story {
  /** Where everything goes; what is finished there is not done again. */
  readonly path: string;
  readonly preset: Preset;
  readonly pretrain: PretrainConfig;
  /** What the fine-tunings of each property are told. */
  readonly finetunes: readonly { readonly name: string; readonly over: Tree }[];
  readonly seeds: readonly number[];
}

const heading = (text: string): void => console.log(`\n== ${text}`);

/** Tells the story; undefined if it was told to stop. */
export async function tell(
  story: Story,
  stop: () => boolean,
  printer: { say: (text: string) => void },
): Promise<Compared[] | undefined> {
  const { path, preset, seeds } = story;
  const pretrained = join(path, 'pretrain');
  let shared: Promise<ChosenEngine> | undefined;
  const chosen = (name: EngineName) => (shared ??= chooseEngine(name));
  if (isFinished(pretrained)) putAway(pretrained);
  else {
    heading('1. Pre-training: a network learns energies, forces and stress');
    const engine = await chosen(story.pretrain.engine);
    if (!(await pretrainIn(pretrained, story.pretrain, engine, { stop, printer }))) return undefined;
  }
  const compared: Compared[] = [];
  for (const [k, { name, over }] of story.finetunes.entries()) {
    heading(`${k + 2}. Fine-tuning on ${name}: an untrained network, and the pre-trained one`);
    const networks = { untrained: {}, 'pre-trained': { from: pretrained } };
    const repeats = [];
    for (const [network, own] of Object.entries(networks)) {
      console.log(`${network}:`);
      const folder = join(path, name, network);
      const config = finetuneConfig(preset, { ...over, ...own });
      const resume = seedsBegun(folder);
      const plan = { path: folder, resume, config, seeds, label: `${name}, ${network}` };
      if (!(await finetuneSeeds(plan, { stop, chosen, printer, quiet: true }))) return undefined;
      repeats.push(readRepeats(folder));
    }
    compared.push(compareRepeats(repeats, Object.keys(networks)));
  }
  await reportCompared(path, compared);
  heading('Did learning forces first help?');
  for (const one of compared) console.log(`\n${comparedText(one)}`);
  return compared;
}
