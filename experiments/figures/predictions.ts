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
import { Cloud } from '../../plots/index.ts';
import { quote } from '../../text/printable.ts';
import { tested } from './tested.ts';

export type Quantity = 'energy' | 'forces' | 'stress' | 'noise';

/** A quantity in pictures. */
interface Described {
  readonly name: string;
  /** As pictures show it; points are in it. */
  readonly unit: string;
  /** Points from the rows of its table at `place`, of the run in `folder`. */
  readonly points: (rows: AsyncIterable<Row>, place: string, folder: string) => Promise<Cloud>;
}

const placeOf = (folder: string, quantity: Quantity): string => join(folder, 'predictions', `${quantity}.csv`);

/** The rows of a table of predictions, which must tell of the structures that were tested. */
async function rowsOf(folder: string, quantity: Quantity): Promise<AsyncIterable<Row> | undefined> {
  const path = placeOf(folder, quantity);
  return kindOf(path) === undefined ? undefined : tested((await tableRows(path)).rows, folder, path);
}

const referencesSchema = z.object({ references: z.unknown() });

/** Reads points of a row for each of some components, `times` each. */
const components =
  (columns: readonly (readonly [label: string, predicted: string, times?: number])[], scale = 1): Described['points'] =>
  async (rows, place) => {
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
  };

/** Atomic numbers of structures of so many atoms, one after the other, as they stand in the table of forces. */
async function elementsReader(folder: string) {
  const rows = (await rowsOf(folder, 'forces'))?.[Symbol.asyncIterator]();
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
const energyPoints: Described['points'] = async (rows, place, folder) => {
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
};

const AXES = ['x', 'y', 'z'] as const;

export const QUANTITIES: Readonly<Record<Quantity, Described>> = {
  energy: { name: 'energy less references', unit: 'eV/atom', points: energyPoints },
  forces: {
    name: 'force component',
    unit: 'eV/Å',
    points: components(AXES.map((a) => [`label_${a}_eV_per_A`, `predicted_${a}_eV_per_A`])),
  },
  stress: {
    name: 'stress component',
    unit: 'GPa',
    points: components(
      VOIGT.map(([v]) => [`label_${v}_eV_per_A3`, `predicted_${v}_eV_per_A3`, v[0] === v[1] ? 1 : 2]),
      EV_PER_CUBIC_ANGSTROM_IN_GPA,
    ),
  },
  noise: {
    name: 'displacement component',
    unit: 'Å',
    points: components(AXES.map((a) => [`noise_${a}_A`, `predicted_${a}_A`])),
  },
};

/** Points of a quantity; undefined where the run does not predict it. Units as in QUANTITIES. */
export async function predictions(folder: string, quantity: Quantity): Promise<Cloud | undefined> {
  const rows = await rowsOf(folder, quantity);
  return rows && QUANTITIES[quantity].points(rows, placeOf(folder, quantity), folder);
}
