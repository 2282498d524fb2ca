/**
 * Predictions of a finished pre-training read back from its tables, as points of parity plots.
 *
 * Energies are per atom and less the references of the run, as its own errors are; stress counts its off-diagonal
 * components twice, as the 3 x 3 tensor has them. Where a label is absent there is no point.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { atomicNumber } from '../../data/index.ts';
import { referenceOf, sourcesFromJson } from '../data/sources.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../learn/force-errors.ts';
import { Cloud } from '../report/cloud.ts';
import { type Row, tableRows } from '../run/table-rows.ts';
import { UserError } from '../run/user-error.ts';
import { readJson } from './runs.ts';

export type Quantity = 'energy' | 'forces' | 'stress' | 'noise';

/** What a quantity is called in pictures, and its unit there. */
export const QUANTITIES: Readonly<Record<Quantity, { readonly name: string; readonly unit: string }>> = {
  energy: { name: 'energy less references', unit: 'eV/atom' },
  forces: { name: 'force component', unit: 'eV/Å' },
  stress: { name: 'stress component', unit: 'GPa' },
  noise: { name: 'displacement component', unit: 'Å' },
};

async function tableOf(folder: string, name: Quantity): Promise<AsyncIterable<Row> | undefined> {
  const path = join(folder, 'predictions', `${name}.csv`);
  return existsSync(path) ? (await tableRows(path)).rows : undefined;
}

function numberIn(row: Row, column: string, place: string): number | undefined {
  const text = row[column];
  if (text === undefined)
    throw new UserError(`${place}: expected a column ${column}. Is it a table of a pre-training?`);
  return text === '' ? undefined : Number(text);
}

/** Points of a row for each of some components, `times` each. */
async function pointsOf(
  rows: AsyncIterable<Row>,
  columns: readonly (readonly [label: string, predicted: string, times?: number])[],
  place: string,
  scale = 1,
): Promise<Cloud> {
  const points = new Cloud();
  for await (const row of rows) {
    for (const [label, predicted, times = 1] of columns) {
      const [x, y] = [numberIn(row, label, place), numberIn(row, predicted, place)];
      if (x === undefined || y === undefined) continue;
      const point = { label: x * scale, predicted: y * scale, group: row.source ?? '' };
      for (let k = 0; k < times; k++) points.add(point);
    }
  }
  return points;
}

/** Atomic numbers of structures of so many atoms, one after the other, as they stand in the table of forces. */
async function elementsReader(folder: string): Promise<(atoms: number) => Promise<Int32Array>> {
  const rows = (await tableOf(folder, 'forces'))?.[Symbol.asyncIterator]();
  return async (atoms) => {
    const numbers = new Int32Array(atoms);
    for (let k = 0; k < atoms; k++) {
      const next = await rows?.next();
      if (!next || next.done) {
        throw new UserError(`${folder}: predictions/energy.csv and forces.csv are not of the same structures.`);
      }
      numbers[k] = atomicNumber(next.value.element ?? '') ?? 0;
    }
    return numbers;
  };
}

/** Energies less references: the elements of a structure stand in the table of forces, in the same order. */
async function energyPoints(folder: string, rows: AsyncIterable<Row>, place: string): Promise<Cloud> {
  const { references: json } = readJson(join(folder, 'data.json'));
  const references = sourcesFromJson(json, join(folder, 'data.json'));
  const elementsOf = await elementsReader(folder);
  const points = new Cloud();
  for await (const row of rows) {
    const atoms = numberIn(row, 'atoms', place)!;
    const shift = referenceOf(references, row.source ?? '', await elementsOf(atoms));
    const [label, predicted] = [numberIn(row, 'label_eV', place), numberIn(row, 'predicted_eV', place)];
    if (label === undefined || predicted === undefined) continue;
    points.add({ label: (label - shift) / atoms, predicted: (predicted - shift) / atoms, group: row.source ?? '' });
  }
  return points;
}

const AXES = ['x', 'y', 'z'] as const;
const VOIGT = ['xx', 'yy', 'zz', 'yz', 'xz', 'xy'] as const;

/** Points of a quantity; undefined where the run does not predict it. Units as in QUANTITIES. */
export async function predictions(folder: string, quantity: Quantity): Promise<Cloud | undefined> {
  const rows = await tableOf(folder, quantity);
  if (rows === undefined) return undefined;
  const place = join(folder, 'predictions', `${quantity}.csv`);
  if (quantity === 'energy') return energyPoints(folder, rows, place);
  if (quantity === 'forces') {
    return pointsOf(
      rows,
      AXES.map((a) => [`label_${a}_eV_per_A`, `predicted_${a}_eV_per_A`]),
      place,
    );
  }
  if (quantity === 'noise') {
    return pointsOf(
      rows,
      AXES.map((a) => [`noise_${a}_A`, `predicted_${a}_A`]),
      place,
    );
  }
  return pointsOf(
    rows,
    VOIGT.map((v) => [`label_${v}_eV_per_A3`, `predicted_${v}_eV_per_A3`, v[0] === v[1] ? 1 : 2]),
    place,
    EV_PER_CUBIC_ANGSTROM_IN_GPA,
  );
}
