/**
 * Reference energies of elements: the part of total energies that composition alone explains.
 *
 * Total energies of different sources lie on different scales, of tens of eV an atom; a network learns what is left
 * after sum over atoms of e(element), with e from least squares on the training structures of a source.
 */
import { elementsIn } from './lists.ts';

export interface EnergyOf {
  readonly id: string;
  readonly numbers: Int32Array;
  /** Total energy in eV. */
  readonly energy?: number;
}

/** eV an atom, by atomic number. */
export type References = ReadonlyMap<number, number>;

/** Pulls elements that the data cannot tell apart towards each other; in units of (atoms of an element)^2. */
const RIDGE = 1e-6;

/**
 * Least-squares reference energies (eV/atom) of all elements in the structures that have an energy. Each structure
 * counts per atom; directions that the data leave open go to the mean energy per atom.
 */
export function fitReferences(structures: readonly EnergyOf[]): Map<number, number> {
  const labelled = structures.filter((s) => s.energy !== undefined && s.numbers.length > 0);
  if (labelled.length === 0) return new Map();
  const elements = [...elementsIn(labelled)].sort((a, b) => a - b);
  const column = new Map(elements.map((z, k) => [z, k]));
  const n = elements.length;
  const mean = labelled.reduce((sum, s) => sum + s.energy! / s.numbers.length, 0) / labelled.length;
  const matrix = new Float64Array(n * n);
  const right = new Float64Array(n);
  for (const { numbers, energy } of labelled) {
    const share = new Float64Array(n);
    for (const z of numbers) share[column.get(z)!]! += 1 / numbers.length;
    for (let i = 0; i < n; i++) {
      if (share[i] === 0) continue;
      right[i]! += share[i]! * (energy! / numbers.length - mean);
      for (let j = 0; j < n; j++) matrix[n * i + j]! += share[i]! * share[j]!;
    }
  }
  for (let i = 0; i < n; i++) matrix[n * i + i]! += RIDGE;
  const solution = solvePositive(matrix, right);
  return new Map(elements.map((z, k) => [z, mean + solution[k]!]));
}

/** x of A x = b for a symmetric positive definite A (n x n, row-major), by Cholesky's decomposition. */
function solvePositive(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const l = a.slice();
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) for (let i = j; i < n; i++) l[n * i + j]! -= l[n * i + k]! * l[n * j + k]!;
    const pivot = Math.sqrt(l[n * j + j]!);
    for (let i = j; i < n; i++) l[n * i + j]! /= pivot;
  }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[n * i + k]! * x[k]!;
    x[i]! /= l[n * i + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[n * k + i]! * x[k]!;
    x[i]! /= l[n * i + i]!;
  }
  return x;
}

/** Mean over the known elements, eV/atom; 0 if none is known. */
const meanReference = (references: References): number =>
  references.size === 0 ? 0 : [...references.values()].reduce((a, b) => a + b, 0) / references.size;

/**
 * Sum of the reference energies of these atoms in eV. An element without one counts as the mean of the others: that is
 * wrong by an eV or two an atom, where 0 would be wrong by the whole scale of the source.
 */
export function referenceEnergy(references: References, numbers: Int32Array): number {
  const unknown = numbers.some((z) => !references.has(z)) ? meanReference(references) : 0;
  return numbers.reduce((sum, z) => sum + (references.get(z) ?? unknown), 0);
}
