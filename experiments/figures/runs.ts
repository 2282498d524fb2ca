/** Finished pre-trainings as figures need them: what each was told, what it found, and a name for its panel. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { interruption } from '../cli/options.ts';
import { pretrainPreset } from '../config/presets.ts';
import { parseConfig, type Tree } from '../config/resolve.ts';
import { ARCHITECTURES, type Architecture, type PretrainConfig, pretrainSchema } from '../config/schema.ts';
import type { PretrainingResult } from '../pretraining.ts';
import { isFinished } from '../run/folder.ts';
import { UserError } from '../run/user-error.ts';
import { execute } from '../tables/execute.ts';
import type { TablePlan } from '../tables/plan.ts';
import { insistOnPlan } from '../tables/reuse.ts';

export interface PretrainedRun {
  readonly path: string;
  readonly title: string;
  readonly config: PretrainConfig;
  readonly result: PretrainingResult;
}

export function readJson(path: string): Tree {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tree;
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${(error as Error).message}).`);
  }
}

/** As rows of tables are called. */
const titleOf = ({ strategy, weights }: PretrainConfig): string =>
  strategy === 'forces' ? `forces ${weights.join(':')}` : strategy.replace('-', ' ');

function readRun(path: string): PretrainedRun {
  if (!existsSync(join(path, 'config.json'))) {
    throw new UserError(`${path}: holds no run (no config.json). Expected the folder of a pre-training.`);
  }
  const tree = readJson(join(path, 'config.json'));
  if (tree.task !== 'pretrain') {
    throw new UserError(`${path}: holds a ${String(tree.task)} run; expected a pre-training (npm run pretrain).`);
  }
  if (!isFinished(path)) {
    throw new UserError(`${path}: has not ended yet. Go on with: npm run pretrain -- --resume ${path}`);
  }
  const config = parseConfig(pretrainSchema, tree, pretrainPreset('laptop') as unknown as Tree);
  return { path, title: titleOf(config), config, result: readJson(join(path, 'result.json')) as never };
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
    .addOption(new Option('--model <name>', 'architecture').choices(ARCHITECTURES).default('cgcnn'))
    .option('--runs <folders...>', 'folders of finished pre-trainings, instead of those of a table');

/**
 * The pre-trainings of a table. What it lacks is made first, if it shall `run`; otherwise those that are finished.
 * Undefined if it was told to stop.
 */
export async function runsOf(
  plan: TablePlan,
  { run, checkpointSeconds }: { run: boolean; checkpointSeconds?: number },
): Promise<PretrainedRun[] | undefined> {
  await insistOnPlan(plan);
  const paths = plan.pretrainings.map(({ path }) => path);
  if (!run) return readRuns(paths.filter(isFinished));
  const printer: { say: (text: string) => void } = { say: console.log };
  const stop = interruption((text) => printer.say(text));
  if (await execute(plan, { stop, printer, checkpointSeconds })) return readRuns(paths);
  console.log('\nStopped. The same command goes on; what is finished is not done again.');
  process.exitCode = 130;
  return undefined;
}
