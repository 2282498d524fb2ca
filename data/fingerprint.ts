/**
 * Fingerprints of data, so that a run is compared and resumed on the same data only.
 *
 * Of a file: SHA-256 of the bytes that were parsed (formats.ts). Of structures in memory: SHA-256 of a canonical encoding,
 * little-endian, of atomic numbers, positions, cell, periodicity and labels; ids and other properties do not count.
 */
import { createHash, type Hash } from 'node:crypto';
import type { LabelledStructure } from './index.ts';

export interface Fingerprint {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly structures: number;
}

/** The length first, so that no two lists of lists have the same bytes; absent is not empty. */
function update(hash: Hash, numbers: ArrayLike<number> | undefined): void {
  const count = numbers?.length ?? 0;
  const bytes = new DataView(new ArrayBuffer(8 + 8 * count));
  bytes.setFloat64(0, numbers === undefined ? -1 : count, true);
  for (let k = 0; k < count; k++) bytes.setFloat64(8 + 8 * k, numbers![k], true);
  hash.update(bytes);
}

/** The fingerprint of structures in memory, in their order. */
export function fingerprintStructures(name: string, structures: readonly LabelledStructure[]): Fingerprint {
  const hash = createHash('sha256');
  for (const { numbers, positions, cell, periodic, energy, forces, stress } of structures) {
    for (const list of [numbers, positions, cell, periodic.map(Number)]) update(hash, list);
    for (const label of [energy === undefined ? undefined : [energy], forces, stress]) update(hash, label);
  }
  return { name, sha256: hash.digest('hex'), structures: structures.length };
}
