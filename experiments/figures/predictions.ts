/**
 * Predictions of a finished pre-training read back from its tables, as points of parity plots.
 *
 * Energies are per atom and less the references of the run, as its own errors are; stress counts its off-diagonal
 * components twice, as the 3 x 3 tensor has them. Where a label is absent there is no point.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { atomicNumber } from '../../data/index.ts';
import { referenceOf, sourcesFromJson } from '../data/sources.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../learn/force-errors.ts';
import type { ParityPoint } from '../report/range.ts';
import { kindOf, numberIn, type Row, readRecord, readTable } from '../run/read.ts';
import { UserError } from '../run/user-error.ts';
import { insistOnTested } from './tested.ts';

export type Quantity = 'energy' | 'forces' | 'stress' | 'noise';

/** What a quantity is called in pictures, and its unit there. */
export const QUANTITIES: Readonly<Record<Quantity, { readonly name: string; readonly unit: string }>> = {
  energy: { name: 'energy less references', unit: 'eV/atom' },
  forces: { name: 'force component', unit: 'eV/Å' },
  stress: { name: 'stress component', unit: 'GPa' },
  noise: { name: 'displacement component', unit: 'Å' },
};

/** The rows of a table of predictions, which must tell of the structures that were tested. */
function rowsOf(folder: string, name: Quantity): readonly Row[] | undefined {
  const path = join(folder, 'predictions', `${name}.csv`);
  if (kindOf(path) === undefined) return undefined;
  const { rows } = readTable(path);
  insistOnTested(rows, folder, path);
  return rows;
}

const referencesSchema = z.object({ references: z.unknown() });

/** Points of a row for each of some components, `times` each. */
function pointsOf(
  rows: readonly Row[],
  columns: readonly (readonly [label: string, predicted: string, times?: number])[],
  place: string,
  scale = 1,
): ParityPoint[] {
  return rows.flatMap((row) =>
    columns.flatMap(([label, predicted, times = 1]) => {
      const [x, y] = [numberIn(row, label, place), numberIn(row, predicted, place)];
      if (x === undefined || y === undefined) return [];
      const point = { label: x * scale, predicted: y * scale, group: row.source ?? '' };
      return new Array<ParityPoint>(times).fill(point);
    }),
  );
}

/** Energies less references: the elements of a structure stand in the table of forces, in the same order. */
function energyPoints(folder: string, rows: readonly Row[], place: string): ParityPoint[] {
  const references = sourcesFromJson(
    readRecord(join(folder, 'data.json'), referencesSchema, 'the data of a pre-training').references,
    join(folder, 'data.json'),
  );
  const atomRows = rowsOf(folder, 'forces') ?? [];
  let first = 0;
  return rows.flatMap((row) => {
    const atoms = numberIn(row, 'atoms', place)!;
    const own = atomRows.slice(first, first + atoms);
    const numbers = Int32Array.from(own, ({ element = '' }) => atomicNumber(element) ?? 0);
    first += atoms;
    if (own.length !== atoms || own.some(({ structure }) => structure !== row.structure) || numbers.includes(0)) {
      throw new UserError(`${folder}: predictions/energy.csv and forces.csv are not of the same structures.`);
    }
    const shift = referenceOf(references, row.source ?? '', numbers);
    const [label, predicted] = [numberIn(row, 'label_eV', place), numberIn(row, 'predicted_eV', place)];
    if (label === undefined || predicted === undefined) return [];
    return [{ label: (label - shift) / atoms, predicted: (predicted - shift) / atoms, group: row.source ?? '' }];
  });
}

const AXES = ['x', 'y', 'z'] as const;
const VOIGT = ['xx', 'yy', 'zz', 'yz', 'xz', 'xy'] as const;

/** Points of a quantity; undefined where the run does not predict it. Units as in QUANTITIES. */
export function predictions(folder: string, quantity: Quantity): ParityPoint[] | undefined {
  const rows = rowsOf(folder, quantity);
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
