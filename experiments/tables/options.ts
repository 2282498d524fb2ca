/** What all tables can be asked on the command line. */
import { type Command, Option } from 'commander';
import { naturals, positiveInteger } from '../cli/options.ts';
import { assignment, merged, type Tree } from '../config/resolve.ts';
import { type Architecture, PRESETS, type Preset } from '../config/schema.ts';
import { PROPERTY_SETS, propertySet } from '../datasets.ts';
import type { TableOptions } from './plan.ts';
import { ROWS, rowsNamed } from './rows.ts';

/** Complete sets that are there, and those that are large enough to tell something. */
const DATASETS = ['jdft2d', 'phonons', 'dielectric', 'log-k', 'perovskites'];
const SOURCES = ['mptrj-random-1k', 'mpf-TP', 'mpf-alkali-TP'];
/** Structures at rest: their labels, if any, are not looked at. */
const RELAXED = ['alexandria-random-1k', ...DATASETS];

export interface TableFlags {
  readonly out: string;
  readonly preset: Preset;
  readonly datasets: string[];
  readonly strategies?: string[];
  readonly seeds: number[];
  readonly sources: string[];
  readonly relaxed: string[];
  readonly most?: number;
  readonly pretrainEpochs?: number;
  readonly finetuneEpochs?: number;
  readonly engine?: string;
  readonly pretrainSet: string[];
  readonly finetuneSet: string[];
  readonly checkpointSeconds?: number;
}

const list = (text: string, before: readonly string[] = []): string[] => [...before, text];

export const tableOptions = (command: Command): Command =>
  command
    .option('--out <folder>', 'where runs and tables go; what is finished there is used again', 'runs/tables')
    .addOption(new Option('--preset <name>', 'complete set of defaults').choices(PRESETS).default('laptop'))
    .option(
      '--datasets <names...>',
      `columns: ${PROPERTY_SETS.map(({ name }) => name).join(', ')}, or files of your own`,
      DATASETS,
    )
    .option('--strategies <names...>', `rows: ${ROWS.map(({ name }) => name).join(', ')} (default: all)`)
    .option('--seeds <list>', 'fine-tunings of each cell; more can be added later', naturals, [1, 2, 3])
    .option('--sources <names...>', 'what is pre-trained on: names, files of your own, or universe', SOURCES)
    .option('--relaxed <names...>', 'what denoising is pre-trained on, the same', RELAXED)
    .option('--most <n>', 'at most this many labelled structures of a data set, drawn by the seed', positiveInteger)
    .option('--pretrain-epochs <n>', 'passes over the structures of a pre-training', positiveInteger)
    .option('--finetune-epochs <n>', 'passes over the structures of a fine-tuning', positiveInteger)
    .option('--pretrain-set <path=value>', 'any entry of the pre-trainings (may be repeated)', list, [])
    .option('--finetune-set <path=value>', 'any entry of the fine-tunings (may be repeated)', list, [])
    .option('--engine <name>', 'as of the other scripts')
    .option('--checkpoint-seconds <s>', 'time between checkpoints (60)', Number)
    .allowExcessArguments(false);

const isUniverse = (names: readonly string[]): boolean => names.length === 1 && names[0] === 'universe';

/** The table that flags ask for; rows and pooling are the table's own. */
export function tableFrom(flags: TableFlags, architecture: Architecture): TableOptions {
  const { out, preset, seeds, most, engine, sources } = flags;
  const epochs = (n: number | undefined): Tree => (n === undefined ? {} : { training: { epochs: n } });
  const tree = (own: Tree, sets: readonly string[]): Tree =>
    sets.map(assignment).reduce(merged, engine === undefined ? own : { ...own, engine });
  return {
    out,
    preset,
    architecture,
    rows: flags.strategies === undefined ? ROWS : rowsNamed(flags.strategies),
    datasets: flags.datasets.map(propertySet),
    seeds,
    sources,
    // Who has no files has none of relaxed structures either.
    relaxed: isUniverse(sources) ? sources : flags.relaxed,
    pretrain: tree(epochs(flags.pretrainEpochs), flags.pretrainSet),
    finetune: tree(
      most === undefined ? epochs(flags.finetuneEpochs) : { ...epochs(flags.finetuneEpochs), most },
      flags.finetuneSet,
    ),
  };
}
