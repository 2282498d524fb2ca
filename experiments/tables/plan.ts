/**
 * From what a table is asked for to runs: where each lies and what it is told. Nothing is run here.
 *
 *   OUT/pretrain/cgcnn-laptop/equal/                        one pre-training for each row
 *   OUT/finetune/cgcnn-laptop/jdft2d/equal/seed-1/          a fine-tuning for each data set, row and seed
 *
 * Tables share runs: a folder's name says all that tables can ask for, and a finished run is used again only if it was
 * told the same.
 */
import { join } from 'node:path';
import { UserError } from '../../files/errors.ts';
import type { Architecture } from '../../nn/index.ts';
import type { FinetuneConfig, Preset, PretrainConfig } from '../../training/config.ts';
import { finetunePreset, pretrainPreset } from '../../training/presets.ts';
import { type StrategyName, strategyOf } from '../../training/tasks/index.ts';
import { merged, parseConfig, type Tree } from '../config/resolve.ts';
import { finetuneSchema, pretrainSchema } from '../config/schemas.ts';
import { fileOf, type PropertySet, sourceOf } from '../datasets.ts';
import type { Row } from './rows.ts';

export interface TableOptions {
  readonly out: string;
  readonly preset: Preset;
  readonly architecture: Architecture;
  readonly rows: readonly Row[];
  readonly datasets: readonly PropertySet[];
  /** Of fine-tunings. Pre-training is done once, as in the paper. */
  readonly seeds: readonly number[];
  /** Names or files of what is pre-trained on: labelled structures, and relaxed ones for strategies without labels. */
  readonly sources: readonly string[];
  readonly relaxed: readonly string[];
  readonly pool?: 'add' | 'mean';
  /** On top of the preset. */
  readonly pretrain: Tree;
  readonly finetune: Tree;
}

export interface PretrainJob {
  readonly row: Row;
  readonly path: string;
  readonly config: PretrainConfig;
}

const learnsLabels = (strategy: StrategyName): boolean => strategyOf({ strategy }).learnsFrom === 'labels';

/** Equal for pre-trainings of one table that read the same structures: those without labels, and of the same labels. */
export const dataKey = ({ data, strategy, weights }: PretrainConfig): string =>
  JSON.stringify([data, learnsLabels(strategy) ? weights.map((w) => w > 0) : 'relaxed']);

export interface FinetuneJob {
  readonly row: Row;
  readonly dataset: PropertySet;
  readonly path: string;
  readonly config: FinetuneConfig;
}

export interface TablePlan {
  readonly seeds: readonly number[];
  readonly pretrainings: readonly PretrainJob[];
  /** By data set, then by row. */
  readonly finetunings: readonly (readonly FinetuneJob[])[];
}

/** Files of sources; none stands for the built-in universe. */
function filesOf(names: readonly string[]): string[] {
  const files = names.map((name) => fileOf(sourceOf(name)));
  if (files.length > 1 && files.includes(null)) {
    throw new UserError('The built-in universe cannot be mixed with files: give it as the only source.');
  }
  return files.filter((file) => file !== null);
}

/** There are more files of relaxed structures than of forces; so many of each make as many structures. */
const RELAXED_OF_A_FILE = 400;

function pretraining(options: TableOptions, pretrain: Tree): PretrainConfig {
  const { preset, architecture } = options;
  const template: Tree = pretrainPreset(preset, architecture);
  const labels = learnsLabels((pretrain.strategy ?? template.strategy) as StrategyName);
  const tree = [
    { data: filesOf(labels ? options.sources : options.relaxed) },
    !labels && preset === 'laptop' ? { most: RELAXED_OF_A_FILE } : {},
    pretrain,
    options.pretrain,
  ].reduce<Tree>(merged, template);
  return parseConfig(pretrainSchema, tree, template);
}

export function tablePlan(options: TableOptions): TablePlan {
  const { out, preset, architecture, rows, datasets, seeds, pool } = options;
  const twice = datasets.find(({ name }, k) => datasets.findIndex((other) => other.name === name) !== k);
  if (twice)
    throw new UserError(`Two data sets are called ${twice.name}: give each once, and rename one of the files.`);
  const kind = `${architecture}-${preset}`;
  const pretrained = ({ name }: Row) => join(out, 'pretrain', kind, name);
  const template: Tree = finetunePreset(preset, architecture);
  const finetuning = (dataset: PropertySet, row: Row): FinetuneJob => {
    const { target = null, unit = null, maxAtoms = null } = dataset;
    const tree = [
      { data: fileOf(dataset), target, unit, maxAtoms },
      // The network is that of the pre-trainings, also where there is none.
      { model: options.pretrain.model },
      { from: row.pretrain === null ? undefined : pretrained(row), pool },
      options.finetune,
    ].reduce<Tree>(merged, template);
    const folder = pool === undefined || pool === template.pool ? row.name : `${row.name}-${pool}`;
    const path = join(out, 'finetune', kind, dataset.name, folder);
    return { row, dataset, path, config: parseConfig(finetuneSchema, tree, template) };
  };
  return {
    seeds,
    pretrainings: rows.flatMap((row) => {
      if (row.pretrain === null) return [];
      return [{ row, path: pretrained(row), config: pretraining(options, row.pretrain) }];
    }),
    finetunings: datasets.map((dataset) => rows.map((row) => finetuning(dataset, row))),
  };
}
