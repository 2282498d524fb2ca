/** Finished runs of a table as numbers: errors, paired differences to the first row, improvements, and what they took. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Estimate } from '../../plots/index.ts';
import { STARTS, secondsOf, startsOf } from '../../training/run-folder/environment.ts';
import type { PropertySet } from '../datasets.ts';
import { type Compared, compareRepeats } from '../seeds/compare.ts';
import { readRepeats, seedFolder } from '../seeds/read.ts';
import type { TablePlan } from './plan.ts';

export interface Column {
  readonly dataset: PropertySet;
  /** Rows in the plan's order; the first is what others are compared with. */
  readonly compared: Compared;
}

export const collect = ({ finetunings, seeds }: TablePlan): Column[] =>
  finetunings.map((jobs) => ({
    dataset: jobs[0].dataset,
    compared: compareRepeats(
      jobs.map(({ path }) => readRepeats(path, seeds)),
      jobs.map(({ row }) => row.title),
    ),
  }));

/**
 * Mean over data sets of a row's relative improvement, as the paper's last column has it; its standard error takes the
 * data sets as independent and the baseline's mean as known. Undefined for the first row.
 */
export function averageImprovement(columns: readonly Column[], row: number): Estimate | undefined {
  if (row === 0) return undefined;
  const count = columns.length;
  const improvements = columns.map(({ compared }) => compared.rows[row].improvement!);
  const errors = columns.map(({ compared: { rows } }) => {
    const { standardError } = rows[row].difference!;
    return standardError === null ? null : standardError / rows[0].mae.mean;
  });
  const known = errors.filter((error) => error !== null);
  return {
    mean: improvements.reduce((sum, x) => sum + x, 0) / count,
    standardError: known.length < count ? null : Math.sqrt(known.reduce((sum, x) => sum + x ** 2, 0)) / count,
    count,
  };
}

/** Seconds that a run took in all its starts; undefined if one of them was killed and did not say when. */
function runSeconds(folder: string): number | undefined {
  const seconds = existsSync(join(folder, STARTS)) ? secondsOf(startsOf(folder)) : Number.NaN;
  return Number.isNaN(seconds) ? undefined : seconds;
}

export interface RowTimes {
  readonly title: string;
  /** Of the pre-training, then of all seeds of each data set; undefined where not known, or without pre-training. */
  readonly seconds: readonly (number | undefined)[];
}

export function times({ pretrainings, finetunings, seeds }: TablePlan): RowTimes[] {
  const rows = finetunings[0]?.map(({ row }) => row) ?? [];
  return rows.map((row, k) => {
    const pretraining = pretrainings.find((job) => job.row.name === row.name);
    const ofSeeds = finetunings.map((jobs) => {
      const all = seeds.map((seed) => runSeconds(seedFolder(jobs[k].path, seed)));
      return all.reduce((sum, s) => (sum === undefined || s === undefined ? undefined : sum + s), 0);
    });
    return { title: row.title, seconds: [pretraining && runSeconds(pretraining.path), ...ofSeeds] };
  });
}
