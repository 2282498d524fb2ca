/** A potential that says what is wrong with its values: laws are about numbers, and can only be tested where there are some. */
import type { Structure } from '../../graph/index.ts';
import { type Finding, short } from '../search.ts';
import { showList } from './law.ts';
import type { Potential, PotentialValues } from './potential.ts';

/** Thrown where a model gives no values for a crystal. */
export class ModelFault extends Error {
  readonly finding: Finding;

  constructor(kind: string, message: string, crystal: Structure) {
    super(message);
    this.finding = { kind, lines: [message, ...showCrystal(crystal)] };
  }
}

/** Atoms and cell, for a person. */
export function showCrystal({ cell: vectors, numbers, positions }: Structure): string[] {
  const rows = [0, 1, 2].map((k) => showList(vectors.slice(3 * k, 3 * k + 3)));
  const atoms = Array.from(numbers, (z, k) => `  Z = ${z} at ${showList(positions.slice(3 * k, 3 * k + 3))}`);
  return [`crystal with the lattice vectors ${rows.join(' | ')} (A) and the atoms`, ...atoms];
}

const EXPECTED =
  'Expected is an object: energy, a number in eV; if there are any, forces, three numbers an atom in one list; stress, nine numbers.';

/** What is wrong with the shape of some values; undefined if it is right. */
function wrongShape(values: PotentialValues | undefined, atoms: number): string | undefined {
  if (typeof values !== 'object' || values === null) return `the model gives ${String(values)}`;
  if (typeof values.energy !== 'number') return `the energy of the model is no number, but ${String(values.energy)}`;
  for (const [kind, count] of [
    ['forces', 3 * atoms],
    ['stress', 9],
  ] as const) {
    const numbers = values[kind];
    if (numbers === undefined) continue;
    const wrong = Array.from(numbers).some((x) => typeof x !== 'number');
    if (numbers.length === count && !wrong) continue;
    const found = wrong ? 'what is no number' : `${numbers.length} numbers`;
    return `the ${kind} of the model are a list of ${found}; expected are ${count} numbers`;
  }
  return undefined;
}

/** The first number that is NaN or infinite, with where it is. */
function notFinite({ energy, forces, stress }: PotentialValues): string | undefined {
  for (const [kind, numbers] of Object.entries({ energy: [energy], forces, stress })) {
    const wrong = numbers && Array.from(numbers).find((x) => !Number.isFinite(x));
    if (wrong !== undefined) return `the model gives ${short(wrong)} for this crystal (${kind})`;
  }
  return undefined;
}

/** The same potential; throws `ModelFault` where it throws, and where its values are no finite numbers. */
export const checked =
  (potential: Potential): Potential =>
  async (crystal) => {
    let values: PotentialValues;
    try {
      values = await potential(crystal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new ModelFault('threw', `your model threw for this crystal: ${message}`, crystal);
    }
    const shape = wrongShape(values, crystal.numbers.length);
    if (shape) throw new ModelFault('shape', `${shape}. ${EXPECTED}`, crystal);
    const numbers = notFinite(values);
    if (numbers) throw new ModelFault('not finite', numbers, crystal);
    return values;
  };
