/** What all tables can be asked on the command line. */
import { type Command, Option } from 'commander';
import type { Architecture } from '../../nn/index.ts';
import { PRESETS, type Preset } from '../../training/config.ts';
import { assignment, merged, type Tree } from '../config/resolve.ts';
import { PROPERTY_SETS, propertySet } from '../datasets.ts';
import { list, naturals, nonNegative, positiveInteger } from '../terminal/options.ts';
import type { TableOptions } from './plan.ts';
import { ROWS, rowsNamed } from './rows.ts';

/** Complete sets that are there, and those that are large enough to tell something. */
const DATASETS = ['jdft2d', 'phonons', 'dielectric', 'log-k', 'perovskites'];
const SOURCES = ['mptrj-random-1k', 'mpf-TP', 'mpf-alkali-TP'];
/** Structures at rest: their labels, if any, are not looked at. */
const RELAXED = ['alexandria-random-1k', ...DATASETS];

/** What tables and figures of pre-trainings are both told. */
export interface PretrainingFlags {
  readonly out: string;
  readonly preset: Preset;
  readonly strategies?: string[];
  readonly sources: string[];
  readonly relaxed: string[];
  readonly pretrainEpochs?: number;
  readonly pretrainSet: string[];
  readonly engine?: string;
  readonly checkpointSeconds?: number;
  /** False: nothing is run. */
  readonly run: boolean;
}

export interface TableFlags extends PretrainingFlags {
  readonly datasets: string[];
  readonly seeds: number[];
  readonly most?: number;
  readonly finetuneEpochs?: number;
  readonly finetuneSet: string[];
}

export const pretrainingOptions = (command: Command): Command =>
  command
    .option('--out <folder>', 'where everything goes; runs that are finished there are used again', 'runs/tables')
    .addOption(new Option('--preset <name>', 'complete set of defaults').choices(PRESETS).default('laptop'))
    .option('--strategies <names...>', `rows: ${ROWS.map(({ name }) => name).join(', ')} (default: all)`)
    .option('--sources <names...>', 'what is pre-trained on: names, files of your own, or universe', SOURCES)
    .option('--relaxed <names...>', 'what strategies without labels are pre-trained on, the same', RELAXED)
    .option('--pretrain-epochs <n>', 'passes over the structures of a pre-training', positiveInteger)
    .option('--pretrain-set <path=value>', 'any entry of the pre-trainings (may be repeated)', list, [])
    .option('--engine <name>', 'as of the other scripts')
    .option('--checkpoint-seconds <s>', 'time between checkpoints (60)', nonNegative)
    .option('--no-run', 'run nothing: only what is finished, of property sets the seeds that all rows have finished')
    .allowExcessArguments(false);

/** Figures need no property sets, so theirs are none unless they are named. */
export const tableOptions = (command: Command, datasets = DATASETS): Command =>
  pretrainingOptions(command)
    .option(
      '--datasets <names...>',
      `property sets: ${PROPERTY_SETS.map(({ name }) => name).join(', ')}, or files of your own`,
      datasets,
    )
    .option('--seeds <list>', 'fine-tunings on each set; more can be added later', naturals, [1, 2, 3])
    .option('--most <n>', 'at most this many labelled structures of a data set, drawn by the seed', positiveInteger)
    .option('--finetune-epochs <n>', 'passes over the structures of a fine-tuning', positiveInteger)
    .option('--finetune-set <path=value>', 'any entry of the fine-tunings (may be repeated)', list, []);

const isUniverse = (names: readonly string[]): boolean => names.length === 1 && names[0] === 'universe';

const tree = (epochs: number | undefined, engine: string | undefined, sets: readonly string[]): Tree =>
  sets.map(assignment).reduce<Tree>(merged, merged({}, { engine, ...(epochs && { training: { epochs } }) }));

/** Pre-trainings that flags ask for, as a table without columns. */
export function pretrainingsFrom(flags: PretrainingFlags, architecture: Architecture): TableOptions {
  const { out, preset, engine, sources } = flags;
  return {
    out,
    preset,
    architecture,
    rows: flags.strategies === undefined ? ROWS : rowsNamed(flags.strategies),
    datasets: [],
    seeds: [],
    sources,
    // Who has no files has none of relaxed structures either.
    relaxed: isUniverse(sources) ? sources : flags.relaxed,
    pretrain: tree(flags.pretrainEpochs, engine, flags.pretrainSet),
    finetune: {},
  };
}

/** The table that flags ask for; rows and pooling are the table's own. */
export const tableFrom = (flags: TableFlags, architecture: Architecture): TableOptions => ({
  ...pretrainingsFrom(flags, architecture),
  datasets: flags.datasets.map(propertySet),
  seeds: flags.seeds,
  finetune: merged(tree(flags.finetuneEpochs, flags.engine, flags.finetuneSet), { most: flags.most }),
});
