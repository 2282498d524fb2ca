/**
 * Predictions of a finished pre-training read back from its tables, as points of parity plots.
 *
 * Energies are per atom and less the references of the run, as its own errors are; stress counts its off-diagonal
 * components twice, as the 3 x 3 tensor has them. Where a label is absent there is no point.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { atomicNumber, EV_PER_CUBIC_ANGSTROM_IN_GPA, VOIGT } from '../../data/index.ts';
import { referenceOf, sourcesFromJson } from '../../data/sources.ts';
import { UserError } from '../../files/errors.ts';
import { kindOf, readRecord } from '../../files/read.ts';
import { numberIn, type Row, tableRows } from '../../files/table-rows.ts';
import { Cloud } from '../../plots/cloud.ts';
import { quote } from '../../text/printable.ts';
import { tested } from './tested.ts';

export type Quantity = 'energy' | 'forces' | 'stress' | 'noise';

/** What a quantity is called in pictures, and its unit there. */
export const QUANTITIES: Readonly<Record<Quantity, { readonly name: string; readonly unit: string }>> = {
  energy: { name: 'energy less references', unit: 'eV/atom' },
  forces: { name: 'force component', unit: 'eV/Å' },
  stress: { name: 'stress component', unit: 'GPa' },
  noise: { name: 'displacement component', unit: 'Å' },
};

/** The rows of a table of predictions, which must tell of the structures that were tested. */
async function tableOf(folder: string, name: Quantity): Promise<AsyncIterable<Row> | undefined> {
  const path = join(folder, 'predictions', `${name}.csv`);
  return kindOf(path) === undefined ? undefined : tested((await tableRows(path)).rows, folder, path);
}

const referencesSchema = z.object({ references: z.unknown() });

/** Points of a row for each of some components, `times` each. */
async function pointsOf(
  rows: AsyncIterable<Row>,
  columns: readonly (readonly [label: string, predicted: string, times?: number])[],
  place: string,
  scale = 1,
): Promise<Cloud> {
  const points = new Cloud();
  for await (const row of rows) {
    const { element, source = '' } = row;
    if ((element !== undefined && atomicNumber(element) === undefined) || /\p{Cc}/u.test(source)) {
      throw new UserError(
        `${place}: a row of ${quote(`${element ?? ''} ${source}`)} is damaged. Put the right file back.`,
      );
    }
    for (const [label, predicted, times = 1] of columns) {
      const [x, y] = [numberIn(row, label, place), numberIn(row, predicted, place)];
      if (x === undefined || y === undefined) continue;
      const point = { label: x * scale, predicted: y * scale, group: source };
      for (let k = 0; k < times; k++) points.add(point);
    }
  }
  return points;
}

/** Atomic numbers of structures of so many atoms, one after the other, as they stand in the table of forces. */
async function elementsReader(folder: string) {
  const rows = (await tableOf(folder, 'forces'))?.[Symbol.asyncIterator]();
  const elementsOf = async (atoms: number, structure?: string): Promise<Int32Array> => {
    const numbers = new Int32Array(atoms);
    for (let k = 0; k < atoms; k++) {
      const next = await rows?.next();
      const number = next?.done === false ? atomicNumber(next.value.element ?? '') : undefined;
      if (number === undefined || next?.value.structure !== structure) {
        throw new UserError(`${folder}: predictions/energy.csv and forces.csv are not of the same structures.`);
      }
      numbers[k] = number;
    }
    return numbers;
  };
  /** Gives the file back. */
  const close = async () => void (await rows?.return?.());
  return { elementsOf, close };
}

/** Energies less references: the elements of a structure stand in the table of forces, in the same order. */
async function energyPoints(folder: string, rows: AsyncIterable<Row>, place: string): Promise<Cloud> {
  const data = join(folder, 'data.json');
  const references = sourcesFromJson(readRecord(data, referencesSchema, 'the data of a pre-training').references, data);
  const { elementsOf, close } = await elementsReader(folder);
  const points = new Cloud();
  try {
    for await (const row of rows) {
      const atoms = numberIn(row, 'atoms', place)!;
      const shift = referenceOf(references, row.source ?? '', await elementsOf(atoms, row.structure));
      const [label, predicted] = [numberIn(row, 'label_eV', place), numberIn(row, 'predicted_eV', place)];
      if (label === undefined || predicted === undefined) continue;
      points.add({ label: (label - shift) / atoms, predicted: (predicted - shift) / atoms, group: row.source ?? '' });
    }
  } finally {
    await close();
  }
  return points;
}

const AXES = ['x', 'y', 'z'] as const;

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
    VOIGT.map(([v]) => [`label_${v}_eV_per_A3`, `predicted_${v}_eV_per_A3`, v[0] === v[1] ? 1 : 2]),
    place,
    EV_PER_CUBIC_ANGSTROM_IN_GPA,
  );
}
