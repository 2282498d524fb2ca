/** What fine-tuned networks predict on their test parts against the labels: points of all seeds, one group each. */
import { join } from 'node:path';
import { excerpt } from '../../nn/strict-json.ts';
import { readRepeats, seedFolder } from '../repeats.ts';
import type { ParityPoint } from '../report/range.ts';
import { numberIn, type Row, readTable } from '../run/read.ts';
import { UserError } from '../run/user-error.ts';
import type { FinetuneJob } from '../tables/plan.ts';
import { insistOnTested } from './tested.ts';

export interface PropertyParity {
  readonly dataset: string;
  readonly property: string;
  readonly unit: string;
  readonly networks: readonly { readonly title: string; readonly points: readonly ParityPoint[] }[];
}

/** Points of the test part, whose mean absolute error must be `error`. */
function pointsOf(folder: string, target: string, group: string, error: number): ParityPoint[] {
  const path = join(folder, 'predictions', 'property.csv');
  const [label, predicted] = [`label_${target}`, `predicted_${target}`];
  const { columns, rows } = readTable(path);
  const absent = ['split', label, predicted].find((name) => !columns.includes(name));
  if (absent !== undefined) {
    throw new UserError(`${path}: expected a column ${absent}; it has ${excerpt(columns.join(', '), 200)}.`);
  }
  const tested = rows.filter(({ split }) => split === 'test');
  insistOnTested(tested, folder, path);
  const number = (row: Row, column: string) => numberIn(row, column, path) ?? Number.NaN;
  const points = tested.map((row) => ({ label: number(row, label), predicted: number(row, predicted), group }));
  const found = points.reduce((sum, point) => sum + Math.abs(point.predicted - point.label), 0) / points.length;
  if (Math.abs(found - error) > 1e-6 * error) {
    throw new UserError(
      `${path}: its mean error on the test part is ${found}, but result.json says ${error}. Is one of them of another run?`,
    );
  }
  return points;
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
      points: common.flatMap((seed) =>
        pointsOf(seedFolder(path, seed), target, `seed ${seed}`, all[k]!.results.get(seed)!.mae.test),
      ),
    })),
  };
}
