/** What fine-tuned networks predict on their test parts against the labels: points of all seeds, one group each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvParse } from 'd3-dsv';
import { readRepeats, seedFolder } from '../repeats.ts';
import type { ParityPoint } from '../report/range.ts';
import { estimate } from '../report/statistics.ts';
import { UserError } from '../run/user-error.ts';
import type { FinetuneJob } from '../tables/plan.ts';

export interface PropertyParity {
  readonly dataset: string;
  readonly property: string;
  readonly unit: string;
  readonly networks: readonly {
    readonly title: string;
    readonly points: readonly ParityPoint[];
    /** Mean over the seeds, as in the tables. */
    readonly mae: number;
  }[];
}

function pointsOf(folder: string, target: string, group: string): ParityPoint[] {
  const path = join(folder, 'predictions', 'property.csv');
  const [label, predicted] = [`label_${target}`, `predicted_${target}`];
  const table = csvParse(readFileSync(path, 'utf8'));
  const absent = ['split', label, predicted].find((name) => !table.columns.includes(name));
  if (absent !== undefined) {
    throw new UserError(`${path}: expected a column ${absent}; it has ${table.columns.join(', ')}.`);
  }
  return table.flatMap((row) =>
    row.split === 'test' ? [{ label: Number(row[label]), predicted: Number(row[predicted]), group }] : [],
  );
}

/** Points of one property set, of the seeds that all networks have finished; undefined if there are none. */
export function propertyParity(jobs: readonly FinetuneJob[], seeds: readonly number[]): PropertyParity | undefined {
  const all = jobs.map(({ path }) => readRepeats(path, seeds));
  const common = seeds.filter((seed) => all.every(({ results }) => results.has(seed)));
  if (common.length === 0) return undefined;
  const { name, property } = jobs[0]!.dataset;
  const { target, unit } = all[0]!;
  return {
    dataset: name,
    property,
    unit,
    networks: jobs.map(({ row, path }, k) => ({
      title: row.title,
      points: common.flatMap((seed) => pointsOf(seedFolder(path, seed), target, `seed ${seed}`)),
      mae: estimate(common.map((seed) => all[k]!.results.get(seed)!.mae.test)).mean,
    })),
  };
}
