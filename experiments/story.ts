/**
 * The whole way once: pre-train on forces, fine-tune that network and an untrained twin on properties with few labels,
 * compare them seed by seed.
 */
import { join } from 'node:path';
import type { Preset, PretrainConfig } from '../training/config.ts';
import { sharedEngine } from '../training/engine.ts';
import { finetuningData } from '../training/finetuning.ts';
import { PRETRAINING } from '../training/pretraining.ts';
import { hasBegun, isFinished, putAway, REPEATS } from '../training/run-folder/folder.ts';
import { DOWNSTREAM_UNITS, type DownstreamTarget } from '../universe/index.ts';
import { finetuneConfig } from './config/finetune-config.ts';
import type { Tree } from './config/resolve.ts';
import { type Compared, compareRepeats } from './seeds/compare.ts';
import { readRepeats, seedsBegun } from './seeds/read.ts';
import { comparedText, reportCompared } from './seeds/report.ts';
import { finetuneSeeds } from './seeds/run.ts';
import { insistOnSame } from './tables/reuse.ts';
import { pretrainLines } from './terminal/lines.ts';
import { sayNotes, showPhase } from './terminal/progress.ts';
import { type TrainControl, trainIn } from './terminal/train.ts';

export interface Story {
  /** Where everything goes; what is finished there is not done again. */
  readonly path: string;
  readonly preset: Preset;
  readonly pretrain: PretrainConfig;
  /** What the fine-tunings of each property are told. */
  readonly finetunes: readonly Tree[];
  readonly seeds: readonly number[];
}

interface Told {
  /** Of the property's folder. */
  readonly name: string;
  /** The property, its unit, and who says so. */
  readonly heading: string;
  readonly over: Tree;
}

const heading = (text: string): void => console.log(`\n== ${text}`);

/** A key as the name of a folder, which must not be that of the pre-training. */
export function folderName(target: string): string {
  const name = target.replace(/[^\p{L}\p{N}_.+-]+/gu, '_').replace(/^$|^\.+/, '_');
  return name === 'pretrain' ? 'property-pretrain' : name;
}

/**
 * The property of a fine-tuning. A file is read for it, so that a key that is not there, or a property without a unit,
 * comes to light before the pre-training.
 */
async function propertyOf({ preset, seeds }: Story, over: Tree): Promise<Told> {
  const config = finetuneConfig(preset, over);
  if (config.data === null) {
    const name = config.target as DownstreamTarget;
    return { name, heading: `${name} (${DOWNSTREAM_UNITS[name]}) of crystals of the built-in universe`, over };
  }
  const first = { ...config, seed: seeds[0] };
  const data = await finetuningData(first, (what) => console.log(showPhase(what)));
  sayNotes(data);
  const { target, unit } = data;
  const says = config.target === null ? 'the target that its comment lines name' : '--target';
  return { name: folderName(target), heading: `${target} (${unit}) of ${config.data}, ${says}`, over };
}

/** The property and the networks that learn it; undefined if it was told to stop. */
async function tellProperty(
  { path, preset, seeds }: Story,
  { name, over }: Told,
  pretrained: string,
  control: TrainControl,
): Promise<Compared | undefined> {
  const networks = { untrained: {}, 'pre-trained': { from: pretrained } };
  const repeats = [];
  for (const [network, own] of Object.entries(networks)) {
    console.log(`${network}:`);
    const folder = join(path, name, network);
    const config = finetuneConfig(preset, { ...over, ...own });
    insistOnSame(folder, REPEATS, config);
    const plan = { path: folder, resume: seedsBegun(folder), config, seeds, label: `${name}, ${network}`, quiet: true };
    if (!(await finetuneSeeds(plan, control))) return undefined;
    repeats.push(readRepeats(folder));
  }
  return compareRepeats(repeats, Object.keys(networks));
}

/** Tells the story; undefined if it was told to stop. */
export async function tell(story: Story, given: TrainControl): Promise<Compared[] | undefined> {
  const { path } = story;
  const pretrained = join(path, 'pretrain');
  const control = { chosen: sharedEngine(), ...given };
  insistOnSame(pretrained, 'config.json', story.pretrain);
  const properties: Told[] = [];
  for (const over of story.finetunes) {
    const property = await propertyOf(story, over);
    properties.push(property);
    // What was told otherwise before is refused now, not after the pre-training.
    insistOnSame(join(path, property.name, 'untrained'), REPEATS, finetuneConfig(story.preset, over));
  }
  if (isFinished(pretrained)) putAway(pretrained);
  else {
    heading('1. Pre-training: a network learns energies, forces and stress');
    const plan = { path: pretrained, resume: hasBegun(pretrained), config: story.pretrain };
    if (!(await trainIn(PRETRAINING, plan, pretrainLines, control))) return undefined;
  }
  const compared: Compared[] = [];
  for (const [k, property] of properties.entries()) {
    heading(`${k + 2}. Fine-tuning on ${property.heading}: an untrained network, and the pre-trained one`);
    const one = await tellProperty(story, property, pretrained, control);
    if (!one) return undefined;
    compared.push(one);
  }
  await reportCompared(path, compared);
  heading('Did learning forces first help?');
  for (const one of compared) console.log(`\n${comparedText(one)}`);
  return compared;
}
