/**
 * Runs what a table needs and is not finished: first a look at all data, then pre-trainings, then fine-tunings, seed
 * after seed, so that an early end leaves whole seeds behind.
 */
import { about } from '../../files/errors.ts';
import { sharedEngine } from '../../training/engine.ts';
import { finetuningData } from '../../training/finetuning.ts';
import { PRETRAINING, pretrainingData } from '../../training/pretraining.ts';
import { hasBegun, isFinished, putAway } from '../../training/run-folder/folder.ts';
import { insistOnFile } from '../datasets.ts';
import { isSummarised, seedFolder, seedsBegun } from '../seeds/read.ts';
import { finetuneSeeds } from '../seeds/run.ts';
import { pretrainLines } from '../terminal/lines.ts';
import { tellStopped, trainControl } from '../terminal/options.ts';
import { sayNotes, showPhase } from '../terminal/progress.ts';
import { type TrainControl, trainIn } from '../terminal/train.ts';
import type { PretrainingFlags } from './options.ts';
import { dataKey, type TablePlan } from './plan.ts';
import { insistOnPlan } from './reuse.ts';

/** A wrong label or file should not come to light after hours. */
async function lookAtData({ pretrainings, finetunings, seeds }: TablePlan): Promise<void> {
  const read = new Set<string>();
  const phase = (what: string) => console.log(showPhase(`${what}, to see whether it can be learnt from`));
  for (const { row, path, config } of pretrainings) {
    if (isFinished(path) || read.has(dataKey(config))) continue;
    read.add(dataKey(config));
    await about(`pre-training ${row.title}`, () => {
      for (const file of config.data) insistOnFile(file);
      return pretrainingData(config, phase);
    });
  }
  for (const jobs of finetunings) {
    const open = jobs.find(({ path }) => seeds.some((seed) => !isFinished(seedFolder(path, seed))));
    if (!open) continue;
    const data = await about(open.dataset.name, () => {
      insistOnFile(open.config.data);
      return finetuningData({ ...open.config, seed: seeds[0] }, phase);
    });
    sayNotes(data);
  }
}

/** After a kill in the moment between a result and the end of its process. */
function putAwayAll({ pretrainings, finetunings, seeds }: TablePlan): void {
  for (const { path } of pretrainings) if (isFinished(path)) putAway(path);
  for (const { path } of finetunings.flat()) {
    putAway(path);
    for (const own of seeds.map((seed) => seedFolder(path, seed))) if (isFinished(own)) putAway(own);
  }
}

/** Runs all that is not finished; false if it was told to stop. */
async function execute(plan: TablePlan, given: TrainControl): Promise<boolean> {
  const control = { chosen: sharedEngine(), ...given };
  await lookAtData(plan);
  putAwayAll(plan);
  const missing = plan.pretrainings.filter(({ path }) => !isFinished(path));
  for (const [k, { row, path, config }] of missing.entries()) {
    console.log(`\n== pre-training ${k + 1} of ${missing.length}: ${row.title}`);
    if (!(await trainIn(PRETRAINING, { path, resume: hasBegun(path), config }, pretrainLines, control))) return false;
  }
  const open = plan.seeds.flatMap((seed) =>
    plan.finetunings.flatMap((jobs) => jobs.flatMap((job) => (isSummarised(job.path, seed) ? [] : [{ ...job, seed }]))),
  );
  for (const [k, { row, dataset, path, config, seed }] of open.entries()) {
    console.log(`\n== fine-tuning ${k + 1} of ${open.length}: ${dataset.name}, ${row.title}, seed ${seed}`);
    const label = `${dataset.name}, ${row.title}`;
    const one = { path, resume: seedsBegun(path), config, seeds: [seed], label, quiet: true };
    if (!(await finetuneSeeds(one, control))) return false;
  }
  return true;
}

/**
 * Checks that what is there fits the plan, and runs what it lacks, if flags do not say `--no-run`; false, with a word on
 * how to go on, if it was told to stop.
 */
export async function makeRuns(
  plan: TablePlan,
  { run, checkpointSeconds }: Pick<PretrainingFlags, 'run' | 'checkpointSeconds'>,
): Promise<boolean> {
  await insistOnPlan(plan);
  if (!run || (await execute(plan, trainControl(checkpointSeconds)))) return true;
  tellStopped('\nStopped. The same command goes on; what is finished is not done again.');
  return false;
}
