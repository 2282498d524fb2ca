/**
 * Geometry of many structures in a few shared arrays, so that another thread reads them without a copy of its own.
 *
 * A structure is made of views when it is asked for: nothing is kept for each of them but its id. Labels stay behind.
 */
import type { Structure } from './index.ts';

/** Numbered structures; a list is one. */
export interface Structures {
  readonly length: number;
  at(k: number): Structure | undefined;
}

/** Everything here goes through postMessage; the arrays are shared, not copied. */
export interface Packed {
  readonly ids: readonly string[];
  /** Of every structure the number of its first atom, and at the end the number of all atoms. */
  readonly first: Uint32Array;
  readonly numbers: Int32Array;
  readonly positions: Float64Array;
  readonly cells: Float64Array;
  /** Three of 0 and 1 for each structure. */
  readonly periodic: Uint8Array;
}

export function pack(structures: readonly Structure[]): Packed {
  const first = new Uint32Array(new SharedArrayBuffer(4 * (structures.length + 1)));
  structures.forEach(({ numbers }, k) => {
    first[k + 1] = first[k] + numbers.length;
  });
  const atoms = first[structures.length];
  const packed: Packed = {
    ids: structures.map(({ id }) => id),
    first,
    numbers: new Int32Array(new SharedArrayBuffer(4 * atoms)),
    positions: new Float64Array(new SharedArrayBuffer(24 * atoms)),
    cells: new Float64Array(new SharedArrayBuffer(72 * structures.length)),
    periodic: new Uint8Array(new SharedArrayBuffer(3 * structures.length)),
  };
  structures.forEach(({ numbers, positions, cell, periodic }, k) => {
    packed.numbers.set(numbers, first[k]);
    packed.positions.set(positions, 3 * first[k]);
    packed.cells.set(cell, 9 * k);
    packed.periodic.set(periodic.map(Number), 3 * k);
  });
  return packed;
}

export const unpacked = ({ ids, first, numbers, positions, cells, periodic }: Packed): Structures => ({
  length: ids.length,
  at(k) {
    const id = ids[k];
    if (id === undefined) return undefined;
    const [from, to] = [first[k], first[k + 1]];
    return {
      id,
      numbers: numbers.subarray(from, to),
      positions: positions.subarray(3 * from, 3 * to),
      cell: cells.subarray(9 * k, 9 * k + 9),
      periodic: [periodic[3 * k] === 1, periodic[3 * k + 1] === 1, periodic[3 * k + 2] === 1],
    };
  },
});
