/**
 * What the scripts have in common on the command line: flags become parts of one configuration tree, `--set` reaches
 * everything that has no flag of its own.
 */

import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../../files/errors.ts';
import { ARCHITECTURES } from '../../nn/index.ts';
import { excerptOf } from '../../text/printable.ts';
import { PRESETS, type Preset } from '../../training/config.ts';
import { ENGINE_HELP, ENGINES, type EngineName } from '../../training/engine.ts';
import { RATIOS } from '../../training/presets.ts';
import { assignment, merged, readConfigFile, type Tree } from '../config/resolve.ts';
import type { TrainControl } from './train.ts';

export const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a number > 0.');
  return value;
};
export const positiveInteger = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer > 0.');
  return Number(text);
};
const betweenZeroAndOne = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Expected a number above 0 and below 1.');
  return value;
};
export const nonNegative = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('Expected a number >= 0.');
  return value;
};
export const natural = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected an integer >= 0.');
  return Number(text);
};
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

export interface CommonFlags {
  readonly out?: string;
  readonly preset?: Preset;
  readonly config?: string;
  readonly set: readonly string[];
  readonly resume?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly model?: string;
  readonly cutoff?: number;
  readonly learningRate?: number;
  readonly patience?: number;
  readonly average?: number;
  readonly seed?: number;
  readonly engine?: EngineName;
  readonly most?: number;
  readonly maxAtoms?: number;
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

/** The tree that common flags stand for, on top of the file that --config names. */
export function commonTree(flags: CommonFlags, own: Tree): { preset: Preset; over: Tree } {
  const file = flags.config === undefined ? {} : readConfigFile(flags.config);
  const flagged: Tree = {
    ...own,
    preset: flags.preset,
    seed: flags.seed,
    engine: flags.engine,
    most: flags.most,
    maxAtoms: flags.maxAtoms,
    model: { architecture: flags.model, cutoff: flags.cutoff },
    training: {
      epochs: flags.epochs,
      learningRate: flags.learningRate,
      patience: flags.patience,
      average: flags.average,
      batch: { structures: flags.batch },
    },
  };
  const over = [flagged, ...flags.set.map(assignment)].reduce(merged, file);
  const preset = (over.preset ?? 'laptop') as Preset;
  if (!PRESETS.includes(preset)) {
    throw new UserError(`preset: expected ${PRESETS.join(', ')}, got ${excerptOf(preset)}.`);
  }
  return { preset, over: withoutUndefined(over) };
}

function withoutUndefined(tree: Tree): Tree {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    if (value === undefined) return [];
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [[key, isTree ? withoutUndefined(value as Tree) : value]];
  });
  return Object.fromEntries(entries);
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
