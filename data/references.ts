/**
 * Reference energies of elements: the part of total energies that composition alone explains.
 *
 * Total energies of different sources lie on different scales, of tens of eV an atom; a network learns what is left
 * after sum over atoms of e(element), with e from least squares on the training structures of a source.
 */

import { eigen } from './eigen.ts';
import { elementsIn, extend } from './lists.ts';

/** What is known of a structure whose energy is fitted. */
export interface EnergyOf {
  readonly id: string;
  readonly numbers: Int32Array;
  /** Total energy in eV. */
  readonly energy?: number;
}

/** Reference energies in eV for each atom, by atomic number. */
export type References = ReadonlyMap<number, number>;

/**
 * Combinations of elements whose share changes by less than this from structure to structure are left open: rounding
 * has up to 1e-13. An element that is one atom of a million in a single structure has 1e-3 or more.
 */
const OPEN = 1e-9;

/** Eigenvalues of one decomposition are trusted down to this share of the largest. */
const TRUSTED = 1e-6;

/** What rounding leaves shrinks by several digits in every round of solving for the residuals. */
const ROUNDS = 5;

/** What a structure says: shares of elements (they add up to 1), and its energy per atom, less the mean of all. */
interface Row {
  readonly columns: readonly number[];
  readonly shares: readonly number[];
  readonly energy: number;
}

/** Shares of the elements in a structure, in the order of `elements`. */
function rowOf({ numbers, energy }: EnergyOf, column: ReadonlyMap<number, number>, mean: number): Row {
  const counts = new Map<number, number>();
  for (const z of numbers) counts.set(z, (counts.get(z) ?? 0) + 1);
  const present = [...counts.keys()].sort((a, b) => a - b);
  return {
    columns: present.map((z) => column.get(z)!),
    shares: present.map((z) => counts.get(z)! / numbers.length),
    energy: energy! / numbers.length - mean,
  };
}

/**
 * Reference energies (in eV/atom) of all elements in the structures that have an energy, by least squares. Residuals
 * are per atom, so that large cells do not count more. Reference energies are exact where energies are sums over atoms.
 * Directions that the data leave open go to the mean energy per atom: of all solutions the one with the least squared
 * deviation from it, over all atoms; elements that only come in one ratio deviate equally.
 *
 * @example
 * const copper = { id: 'Cu', numbers: Int32Array.of(29), energy: -3.5 };
 * const alloy = { id: 'CuAu', numbers: Int32Array.of(29, 79), energy: -7.25 };
 * fitReferences([copper, alloy]).get(79);  // -3.75
 */
export function fitReferences(structures: readonly EnergyOf[]): Map<number, number> {
  const labelled = structures.filter((s) => s.energy !== undefined && s.numbers.length > 0);
  if (labelled.length === 0) return new Map();
  const elements = [...elementsIn(labelled)].sort((a, b) => a - b);
  const column = new Map(elements.map((z, k) => [z, k]));
  const mean = labelled.reduce((sum, s) => sum + s.energy! / s.numbers.length, 0) / labelled.length;
  const deviations = leastSquares(
    labelled.map((s) => rowOf(s, column, mean)),
    elements.length,
  );
  return new Map(elements.map((z, k) => [z, mean + deviations[k]]));
}

/**
 * The x with the least sum of (shares . x - energy)^2 over the rows, and of all those the one with the least
 * sum of x^2 over all shares.
 */
function leastSquares(rows: readonly Row[], n: number): Float64Array {
  // Columns are divided by the roots of their sums, so that rare elements are no small numbers.
  const scale = new Float64Array(n);
  for (const { columns, shares } of rows) for (const [k, c] of columns.entries()) scale[c] += shares[k];
  for (let c = 0; c < n; c++) scale[c] = Math.sqrt(scale[c]);
  const scaled = rows.map(({ columns, shares, energy }) => ({
    columns,
    shares: shares.map((share, k) => share / scale[columns[k]]),
    energy,
  }));
  const known = directions(scaled, n);
  const y = new Float64Array(n);
  for (let round = 0; round < ROUNDS; round++) {
    const slope = new Float64Array(known.length);
    for (const row of scaled) {
      const left = row.energy - along(row, y);
      for (let k = 0; k < known.length; k++) slope[k] += along(row, known[k].vector) * left;
    }
    known.forEach(({ vector, value }, k) => {
      for (let c = 0; c < n; c++) y[c] += (slope[k] / value) * vector[c];
    });
  }
  return y.map((one, c) => one / scale[c]);
}

/** The scalar product of a row and a vector. */
function along({ columns, shares }: Row, vector: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < columns.length; k++) sum += shares[k] * vector[columns[k]];
  return sum;
}

interface Direction {
  /** Unit vector. */
  readonly vector: Float64Array;
  /** Sum of squares of the rows along it. */
  readonly value: number;
}

/**
 * Orthogonal directions that the rows know: eigenvectors of the matrix of sums of products of their columns. Squaring
 * loses the small ones, so these are looked for again among the rows as seen from what is left, until that is rounding.
 */
function directions(rows: readonly Row[], n: number): Direction[] {
  const found: Direction[] = [];
  let basis: Float64Array[] = Array.from({ length: n }, (_, k) =>
    Float64Array.from({ length: n }, (_, c) => (c === k ? 1 : 0)),
  );
  while (basis.length > 0) {
    const m = basis.length;
    const matrix = new Float64Array(m * m);
    const seen = new Float64Array(m);
    const seeing = new Int32Array(m);
    for (const row of rows) {
      let count = 0;
      for (let k = 0; k < m; k++) {
        seen[k] = along(row, basis[k]);
        if (seen[k] !== 0) seeing[count++] = k;
      }
      for (let a = 0; a < count; a++) {
        const [i, x] = [m * seeing[a], seen[seeing[a]]];
        for (let b = 0; b < count; b++) matrix[i + seeing[b]] += x * seen[seeing[b]];
      }
    }
    const { values, vectors } = eigen(matrix);
    const largest = values[m - 1];
    if (!(largest > OPEN ** 2)) break;
    const turned = Array.from(values, (value, k) => ({ vector: combined(basis, vectors.subarray(m * k)), value }));
    const isKnown = ({ value }: Direction) => value > TRUSTED * largest;
    extend(found, turned.filter(isKnown));
    basis = turned.filter((one) => !isKnown(one)).map(({ vector }) => vector);
  }
  return found;
}

/** The sum of vectors, each times its factor. */
const combined = (vectors: readonly Float64Array[], factors: Float64Array): Float64Array =>
  vectors[0].map((_, c) => vectors.reduce((sum, vector, k) => sum + factors[k] * vector[c], 0));

/** The mean over the known elements in eV/atom; 0 if none is known. */
const meanReference = (references: References): number =>
  references.size === 0 ? 0 : [...references.values()].reduce((a, b) => a + b, 0) / references.size;

/**
 * The sum of the reference energies of atoms, in eV. An element without one counts as the mean of the others: that is
 * wrong by an eV or two an atom, where 0 would be wrong by the whole scale of the source.
 *
 * @example
 * referenceEnergy(new Map([[29, -3.5]]), Int32Array.of(29, 29));  // -7
 */
export function referenceEnergy(references: References, numbers: Int32Array): number {
  const unknown = numbers.some((z) => !references.has(z)) ? meanReference(references) : 0;
  return numbers.reduce((sum, z) => sum + (references.get(z) ?? unknown), 0);
}
