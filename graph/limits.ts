/**
 * Limits on the number of neighbours.
 *
 * Neighbours at equal distance form a shell. Cutting a shell makes the result depend on how ties are broken: `exact`
 * breaks them by (source, offset) as the `paper` preset needs, `shell` keeps the last shell whole.
 */
import type { Edges } from './neighbours.ts';

/** Sorted squared distances that differ by at most this (A^2) belong to one shell. */
const SHELL_WIDTH = 1e-6;

export interface LimitOptions {
  /** The largest number of neighbours of an atom (`shell` may exceed it to keep its last shell whole). */
  readonly max: number;
  readonly rule: 'exact' | 'shell';
}

/** The nearest neighbours of every target, in the order of `edges`. */
export function limitNeighbours(edges: Edges, { max, rule }: LimitOptions): Edges {
  if (!(Number.isInteger(max) && max >= 0)) {
    throw new Error(`expected a neighbour limit of 0, 1, 2 ... an atom, got ${max}. Leave the limit out to keep all.`);
  }
  const total = edges.target.length;
  const keep = new Uint8Array(total);
  let count = 0;
  let start = 0;
  while (start < total) {
    let end = start;
    while (end < total && edges.target[end] === edges.target[start]) end++;
    if (end - start <= max) {
      keep.fill(1, start, end);
      count += end - start;
    } else if (max > 0) count += markNearest(edges.distance, start, end, max, rule, keep);
    start = end;
  }
  if (count === total) return edges;
  const target = new Int32Array(count);
  const source = new Int32Array(count);
  const offset = new Int32Array(3 * count);
  const distance = new Float64Array(count);
  let at = 0;
  for (let k = 0; k < total; k++) {
    if (keep[k] === 0) continue;
    target[at] = edges.target[k];
    source[at] = edges.source[k];
    for (let c = 0; c < 3; c++) offset[3 * at + c] = edges.offset[3 * k + c];
    distance[at++] = edges.distance[k];
  }
  return { target, source, offset, distance };
}

/** Marks the nearest of the edges from `start` to `end`, and returns how many. */
function markNearest(
  distance: Float64Array,
  start: number,
  end: number,
  max: number,
  rule: LimitOptions['rule'],
  keep: Uint8Array,
): number {
  const sorted = distance.slice(start, end).sort();
  // The shell of the last neighbour: from `low` to `high`, both included.
  const together = (k: number) => sorted[k] ** 2 - sorted[k - 1] ** 2 <= SHELL_WIDTH;
  let [low, high] = [max - 1, max - 1];
  while (low > 0 && together(low)) low--;
  while (high + 1 < sorted.length && together(high + 1)) high++;
  const room = rule === 'shell' ? high - low + 1 : max - low;
  let members = 0;
  for (let k = start; k < end; k++) {
    if (distance[k] < sorted[low]) keep[k] = 1;
    else if (distance[k] <= sorted[high] && members < room) {
      keep[k] = 1;
      members++;
    }
  }
  return low + members;
}
