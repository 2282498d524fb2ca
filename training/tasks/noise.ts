/** Random displacements of atoms: a function of key, epoch and structure, whatever batch the structure is in. */
import { fold, type Key, normal } from '../../tensor/index.ts';

export interface NoiseOptions {
  readonly by: Key;
  /** Standard deviation of a coordinate in Angstrom. */
  readonly sigma: number;
  /** Number of atoms of structure k. */
  readonly atoms: (k: number) => number;
}

/** Displacements in Angstrom, N(0, sigma) each, 3 an atom of the batch; another draw in every epoch. */
export function noise(group: readonly number[], epoch: number, { by, sigma, atoms }: NoiseOptions): Float64Array {
  const drawn = group.map((k) => normal(fold(fold(by, epoch), k), 3 * atoms(k)));
  const out = new Float64Array(drawn.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of drawn) {
    for (const x of one) out[at++] = sigma * x;
  }
  return out;
}
