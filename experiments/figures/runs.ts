/** Finished pre-trainings as figures need them: what each was told, what it found, and a name for its panel. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../../files/errors.ts';
import { readJson, readRecord } from '../../files/read.ts';
import { ARCHITECTURES, type Architecture, USUAL_ARCHITECTURE } from '../../nn/index.ts';
import { count, object, oneOf, record, string } from '../../text/schema.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { pretrainPreset } from '../../training/presets.ts';
import type { PretrainingResult } from '../../training/pretraining.ts';
import { isFinished } from '../../training/run-folder/folder.ts';
import { type StrategyName, strategyOf } from '../../training/tasks/index.ts';
import { isTree, parseConfig, type Tree } from '../config/resolve.ts';
import { pretrainSchema } from '../config/schemas.ts';
import { makeRuns } from '../tables/execute.ts';
import type { TablePlan } from '../tables/plan.ts';

export interface PretrainedRun {
  readonly path: string;
  readonly title: string;
  readonly config: PretrainConfig;
  readonly result: PretrainingResult;
}

const common = { task: oneOf(['pretrain']), preset: string, seed: count, bestEpoch: count };

/** What figures need of the result of a strategy. */
function resultSchema(strategy: StrategyName) {
  const { errors } = strategyOf({ strategy });
  const comparison = object({ structures: count, error: errors.schema, zero: errors.schema });
  const compared = { testBySource: record(comparison), test: comparison };
  return object({ ...common, strategy: oneOf([strategy]), ...compared });
}

function readRun(path: string): PretrainedRun {
  if (!existsSync(join(path, 'config.json'))) {
    throw new UserError(`${path}: holds no run (no config.json). Expected the folder of a pre-training.`);
  }
  const tree = readJson(join(path, 'config.json'), 'the configuration of a run');
  if (!isTree(tree) || tree.task !== 'pretrain') {
    const task = isTree(tree) ? tree.task : undefined;
    const found = task === 'finetune' || task === 'evaluate' ? `a ${task} run` : 'no run that can be told';
    throw new UserError(`${path}: holds ${found}; expected a pre-training (npm run pretrain).`);
  }
  if (!isFinished(path)) {
    throw new UserError(`${path}: has not ended yet. Go on with: npm run pretrain -- --resume ${path}`);
  }
  const config = parseConfig(pretrainSchema, tree, pretrainPreset('laptop') as unknown as Tree);
  const result = readRecord(join(path, 'result.json'), resultSchema(config.strategy), 'the result of a pre-training');
  if (result.seed !== config.seed) {
    throw new UserError(`${path}: result.json and config.json are not of the same run. Put the right files back.`);
  }
  return { path, title: strategyOf(config).title(config), config, result };
}

/** The runs in these folders; of equal titles, each is followed by the name of its folder. */
export function readRuns(paths: readonly string[]): PretrainedRun[] {
  const runs = paths.map(readRun);
  const isTwice = ({ title }: PretrainedRun) => runs.filter((other) => other.title === title).length > 1;
  return runs.map((run) => (isTwice(run) ? { ...run, title: `${run.title} (${basename(run.path)})` } : run));
}

export interface RunFlags {
  readonly runs?: string[];
  readonly model: Architecture;
}

/** What figures are told beside the flags of tables: finished runs, or which architecture. */
export const runOptions = (command: Command): Command =>
  command
    .addOption(new Option('--model <name>', 'architecture').choices(ARCHITECTURES).default(USUAL_ARCHITECTURE))
    .option('--runs <folders...>', 'folders of finished pre-trainings, instead of those of a table');

/**
 * The pre-trainings of a table. What it lacks is made first, if it shall `run`; otherwise those that are finished.
 * Undefined if it was told to stop.
 */
export async function runsOf(
  plan: TablePlan,
  flags: Parameters<typeof makeRuns>[1],
): Promise<PretrainedRun[] | undefined> {
  if (!(await makeRuns(plan, flags))) return undefined;
  return readRuns(plan.pretrainings.map(({ path }) => path).filter(isFinished));
}
