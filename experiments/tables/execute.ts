/**
 * Runs what a table needs and is not finished: first a look at all data, then pre-trainings, then fine-tunings, seed
 * after seed, so that an early end leaves whole seeds behind.
 */

import { about } from '../../files/errors.ts';
import { finetuningData } from '../../training/data/finetuning.ts';
import { pretrainingData } from '../../training/data/pretraining.ts';
import { type ChosenEngine, chooseEngine, type EngineName } from '../../training/engine.ts';
import { isFinished, putAway } from '../../training/run/folder.ts';
import { showPhase } from '../cli/progress.ts';
import { insistOnFile } from '../datasets.ts';
import { type PretrainControl, pretrainIn } from '../pretraining-run.ts';
import { isSummarised, seedFolder, seedsBegun } from '../repeats/read.ts';
import { finetuneSeeds } from '../repeats/run.ts';
import { dataKey, type TablePlan } from './plan.ts';

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
    await about(open.dataset.name, () => {
      insistOnFile(open.config.data);
      return finetuningData({ ...open.config, seed: seeds[0] }, phase);
    });
  }
}

let shared: Promise<ChosenEngine> | undefined;
/** One engine for all runs of a table. */
const engineOf = (name: EngineName): Promise<ChosenEngine> => (shared ??= chooseEngine(name));

/** After a kill in the moment between a result and the end of its process. */
function putAwayAll({ pretrainings, finetunings, seeds }: TablePlan): void {
  for (const { path } of pretrainings) if (isFinished(path)) putAway(path);
  for (const { path } of finetunings.flat()) {
    putAway(path);
    for (const own of seeds.map((seed) => seedFolder(path, seed))) if (isFinished(own)) putAway(own);
  }
}

/** Runs all that is not finished; false if it was told to stop. */
export async function execute(plan: TablePlan, control: PretrainControl): Promise<boolean> {
  await lookAtData(plan);
  putAwayAll(plan);
  const missing = plan.pretrainings.filter(({ path }) => !isFinished(path));
  for (const [k, { row, path, config }] of missing.entries()) {
    console.log(`\n== pre-training ${k + 1} of ${missing.length}: ${row.title}`);
    if (!(await pretrainIn(path, config, await engineOf(config.engine), control))) return false;
  }
  const open = plan.seeds.flatMap((seed) =>
    plan.finetunings.flatMap((jobs) => jobs.flatMap((job) => (isSummarised(job.path, seed) ? [] : [{ ...job, seed }]))),
  );
  for (const [k, { row, dataset, path, config, seed }] of open.entries()) {
    console.log(`\n== fine-tuning ${k + 1} of ${open.length}: ${dataset.name}, ${row.title}, seed ${seed}`);
    const { stop, checkpointSeconds, printer } = control;
    const done = await finetuneSeeds(
      { path, resume: seedsBegun(path), config, seeds: [seed], label: `${dataset.name}, ${row.title}` },
      { stop, chosen: engineOf, printer, checkpointSeconds, quiet: true },
    );
    if (!done) return false;
  }
  return true;
}
