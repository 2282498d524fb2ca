/** What fine-tuned networks predict on their test parts against the labels: points of all seeds, one group each. */
import { join } from 'node:path';
import { UserError } from '../../files/errors.ts';
import { numberIn, type Row, tableRows } from '../../files/table-rows.ts';
import { Cloud, estimate, type ParityOf } from '../../plots/index.ts';
import { excerpt } from '../../text/printable.ts';
import { readRepeats, seedFolder } from '../seeds/read.ts';
import type { FinetuneJob } from '../tables/plan.ts';
import { tested } from './tested.ts';

interface PropertyParity {
  readonly dataset: string;
  readonly property: string;
  readonly unit: string;
  /** With means of their errors over the seeds, as in the tables. */
  readonly networks: readonly ParityOf[];
}

/** Adds the points of the test part, whose mean absolute error must be `error`. */
async function addPoints(points: Cloud, folder: string, target: string, group: string, error: number): Promise<void> {
  const path = join(folder, 'predictions', 'property.csv');
  const [label, predicted] = [`label_${target}`, `predicted_${target}`];
  const { columns, rows } = await tableRows(path);
  const absent = ['split', label, predicted].find((name) => !columns.includes(name));
  if (absent !== undefined) {
    throw new UserError(`${path}: expected a column ${absent}; it has ${excerpt(columns.join(', '), 200)}.`);
  }
  const isTested = ({ split }: Row) => split === 'test';
  let [sum, count] = [0, 0];
  for await (const row of tested(rows, folder, path, isTested)) {
    if (!isTested(row)) continue;
    const number = (column: string) => numberIn(row, column, path) ?? Number.NaN;
    const point = { label: number(label), predicted: number(predicted), group };
    points.add(point);
    sum += Math.abs(point.predicted - point.label);
    count++;
  }
  if (Math.abs(sum / count - error) > 1e-6 * error) {
    throw new UserError(
      `${path}: its mean error on the test part is ${sum / count}, but result.json says ${error}. Is one of them of another run?`,
    );
  }
}

/** Points of one property set, of the seeds that all networks have finished; undefined if there are none. */
export async function propertyParity(
  jobs: readonly FinetuneJob[],
  seeds: readonly number[],
): Promise<PropertyParity | undefined> {
  const all = jobs.map(({ path }) => readRepeats(path, seeds));
  const common = seeds.filter((seed) => all.every(({ results }) => results.has(seed)));
  if (common.length === 0) return undefined;
  const { name, property } = jobs[0].dataset;
  const { target, unit } = all[0];
  const networks: ParityOf[] = [];
  for (const [k, { row, path }] of jobs.entries()) {
    const points = new Cloud();
    const errors = common.map((seed) => all[k].results.get(seed)!.mae.test);
    for (const [s, seed] of common.entries()) {
      await addPoints(points, seedFolder(path, seed), target, `seed ${seed}`, errors[s]);
    }
    networks.push({ heading: row.title, cloud: points, mae: estimate(errors).mean });
  }
  return { dataset: name, property, unit, networks };
}
