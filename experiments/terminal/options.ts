/**
 * What the scripts have in common on the command line: flags become parts of one configuration tree, `--set` reaches
 * everything that has no flag of its own.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../../files/errors.ts';
import { ARCHITECTURES } from '../../nn/index.ts';
import { excerptOf } from '../../text/printable.ts';
import { PRESETS, type Preset } from '../../training/config.ts';
import { ENGINE_HELP, ENGINES } from '../../training/engine.ts';
import { RATIOS } from '../../training/presets.ts';
import { assignment, merged, readConfigFile, type Tree, treeAt } from '../config/resolve.ts';
import type { TrainControl } from './train.ts';

/** Reads a number that `fits`; `expected` says which. */
const numeric =
  (expected: string, fits: (value: number, text: string) => boolean) =>
  (text: string): number => {
    const value = Number(text);
    if (fits(value, text)) return value;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
export const positive = numeric('a number > 0', (x) => x > 0 && Number.isFinite(x));
export const positiveInteger = numeric('an integer > 0', (_, text) => /^[1-9]\d*$/.test(text));
export const nonNegative = numeric('a number >= 0', (x, text) => x >= 0 && text.trim() !== '');
export const natural = numeric('an integer >= 0', (_, text) => /^\d+$/.test(text));
const betweenZeroAndOne = numeric('a number above 0 and below 1', (x) => x > 0 && x < 1);
export const naturals = (text: string): number[] => {
  const list = text.split(',').map(natural);
  if (new Set(list).size < list.length) throw new InvalidArgumentError('Expected different numbers.');
  return list;
};
export const ratio = (text: string): readonly [number, number, number] => {
  if (Object.hasOwn(RATIOS, text)) return RATIOS[text];
  const parts = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (parts.length !== 3 || !parts.every((w) => w >= 0 && Number.isFinite(w)) || parts.every((w) => w === 0)) {
    throw new InvalidArgumentError(
      `Expected energy:forces:stress, three numbers >= 0 such as 1:500:500, or ${Object.keys(RATIOS).join(', ')}.`,
    );
  }
  return parts as [number, number, number];
};
/** Collects the values of a flag that may be repeated. */
export const list = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** What the flags of trainings say that is no entry of the configuration; all others are (see PLACES). */
export interface CommonFlags {
  readonly out?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly resume?: string;
  readonly checkpointSeconds?: number;
}

/** A run goes on where it is: another folder beside it would be ignored. */
export const resumeOption = (description: string): Option =>
  new Option('--resume <folder>', description).conflicts('out');

/** Adds the flags that all training scripts share. */
export const commonOptions = (command: Command): Command =>
  command
    .option('--out <folder>', 'where the run goes; it must not hold one already')
    .addOption(resumeOption('go on with the run in this folder, as it was configured'))
    .addOption(new Option('--preset <name>', 'complete set of defaults (laptop)').choices(PRESETS))
    .option('--config <file>', 'JSON file with any part of the configuration; flags win over it')
    .option('--set <path=value>', 'any entry of the configuration, e.g. training.clip=5 (may be repeated)', list, [])
    .addOption(new Option('--model <name>', 'architecture (cgcnn, or that of --from)').choices(ARCHITECTURES))
    .option('--epochs <n>', 'passes over the training structures', positiveInteger)
    .option('--batch <n>', 'structures in a batch', positiveInteger)
    .option('--cutoff <angstrom>', 'neighbours are atoms within this distance', positive)
    .option('--learning-rate <rate>', 'largest learning rate of AdamW', positive)
    .option('--patience <n>', 'end after this many epochs without a lower validation loss', positiveInteger)
    .option(
      '--average <decay>',
      'validate, keep and test a running mean of the weights; its decay for each step, e.g. 0.99',
      betweenZeroAndOne,
    )
    .option('--most <n>', 'use at most this many structures of a file, drawn by the seed', positiveInteger)
    .option('--max-atoms <n>', 'leave out structures of more atoms', positiveInteger)
    .addOption(new Option('--engine <name>', ENGINE_HELP).choices(ENGINES))
    .option('--checkpoint-seconds <s>', 'time between checkpoints (60)', nonNegative)
    .allowExcessArguments(false);

/** Where flags stand in the configuration that do not have the name of their entry. */
const PLACES: Readonly<Record<string, string>> = {
  model: 'model.architecture',
  cutoff: 'model.cutoff',
  epochs: 'training.epochs',
  batch: 'training.batch.structures',
  learningRate: 'training.learningRate',
  patience: 'training.patience',
  average: 'training.average',
  noise: 'noise.sigma',
  sign: 'noise.sign',
};

/** The tree that flags stand for, on top of the file that --config names. */
export function treeOf(flags: CommonFlags & Tree): { preset: Preset; over: Tree } {
  const { out, config, set, resume, checkpointSeconds, ...entries } = flags;
  const flagged = Object.entries(entries).map(([name, value]) => treeAt(PLACES[name] ?? name, value));
  const file = config === undefined ? {} : readConfigFile(config);
  const over = [...flagged, ...set.map(assignment)].reduce(merged, file);
  const preset = (over.preset ?? 'laptop') as Preset;
  if (!PRESETS.includes(preset)) {
    throw new UserError(`preset: expected ${PRESETS.join(', ')}, got ${excerptOf(preset)}.`);
  }
  return { preset, over };
}

export const script = (name: string, description: string): Command =>
  new Command(`npm run ${name} --`).description(description);

/** What trainings of a script share: they end with a checkpoint on Ctrl-C, and at once when it comes again. */
export function trainControl(checkpointSeconds?: number): TrainControl {
  const printer: TrainControl['printer'] = { say: console.log };
  let asked = false;
  const ask = () => {
    if (asked) process.exit(130);
    asked = true;
    printer.say('Ending after this step; press Ctrl-C again to end at once.');
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  return { printer, stop: () => asked, checkpointSeconds };
}

/** Tells how to go on, where a script was told to stop. */
export function tellStopped(how: string): void {
  console.log(how);
  process.exitCode = 130;
}
