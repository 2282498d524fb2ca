/**
 * Which neighbours a network sees, and a store of neighbour lists that never grows beyond a budget.
 *
 * Pure geometry: runs on a helper thread as well as on the main one, with the same results.
 */

import { BYTES_OF_EDGE } from './edges.ts';
import { type Edges, limitNeighbours, neighbours, type Structure } from './index.ts';
import type { Structures } from './packed.ts';

export interface GraphRule {
  /** Angstrom. */
  readonly cutoff: number;
  readonly neighbours: {
    readonly most: number | null;
    readonly rule: 'exact' | 'shell';
    readonly imageCap: number | null;
  };
}

export function edgesOf(structure: Structure, { cutoff, neighbours: { most, rule, imageCap } }: GraphRule): Edges {
  const all = neighbours(structure, cutoff, imageCap === null ? {} : { imageCap });
  return most === null ? all : limitNeighbours(all, { max: most, rule });
}

/** Lists of many structures share a piece of memory: four arrays of their own would take a kilobyte more for each. */
const PIECE = 2 ** 24;

/** Neighbour lists of numbered structures: kept while they fit `bytes`, else made anew each time. */
export function edgeStore(structures: Structures, rule: GraphRule, bytes: number): (k: number) => Edges {
  const pieces: ArrayBuffer[] = [];
  /** Where the list of a structure begins, and in which piece (-1: it is not kept). */
  const start = new Float64Array(structures.length);
  const piece = new Int32Array(structures.length).fill(-1);
  const count = new Int32Array(structures.length);
  let room = bytes;
  let end = 0;
  const viewed = (k: number): Edges => {
    const [buffer, at, n] = [pieces[piece[k]], start[k], count[k]];
    return {
      distance: new Float64Array(buffer, at, n),
      target: new Int32Array(buffer, at + 8 * n, n),
      source: new Int32Array(buffer, at + 12 * n, n),
      offset: new Int32Array(buffer, at + 16 * n, 3 * n),
    };
  };
  /** Room for a list in the last piece, or in a new one; false if the budget is used up. */
  const hasRoom = (size: number): boolean => {
    const last = pieces.at(-1);
    if (last && end + size <= last.byteLength) return true;
    const fresh = Math.max(size, Math.min(PIECE, room));
    if (fresh > room) return false;
    pieces.push(new ArrayBuffer(fresh));
    room -= fresh;
    end = 0;
    return true;
  };
  return (k) => {
    if (piece[k] >= 0) return viewed(k);
    const made = edgesOf(structures.at(k)!, rule);
    // Distances begin at whole multiples of eight bytes.
    const size = 8 * Math.ceil((BYTES_OF_EDGE * made.target.length) / 8);
    if (!hasRoom(size)) return made;
    [start[k], piece[k], count[k]] = [end, pieces.length - 1, made.target.length];
    end += size;
    const kept = viewed(k);
    for (const name of ['distance', 'target', 'source', 'offset'] as const) kept[name].set(made[name]);
    return made;
  };
}
