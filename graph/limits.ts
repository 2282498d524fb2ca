/**
 * Limits on the number of neighbours of an atom: the nearest ones are kept.
 *
 * Neighbours at equal distance form a shell. Where a limit cuts through a shell, the result depends on how ties are
 * broken. The rule `exact` breaks them by source and offset, as the preset `paper` needs it; the rule `shell` keeps the
 * last shell whole, so that equivalent neighbours are treated alike.
 */
import { copyEdge, type Edges, emptyEdges } from './edges.ts';

/** Neighbours whose sorted squared distances differ by at most this (in square Angstrom) belong to one shell. */
const SHELL_WIDTH = 1e-6;

export interface LimitOptions {
  /** The largest number of neighbours of an atom (`shell` may exceed it to keep its last shell whole). */
  readonly max: number;
  readonly rule: 'exact' | 'shell';
}

/**
 * The nearest `max` neighbours of every target, in the order of `edges`; the rule `shell` may keep more, namely all of
 * the last shell of equal distances. Throws an Error if `max` is no whole number >= 0.
 *
 * @example
 * const copper = {
 *   id: 'copper', numbers: Int32Array.of(29), positions: new Float64Array(3), periodic: [true, true, true],
 *   cell: Float64Array.of(0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0),
 * } as const;
 * limitNeighbours(neighbours(copper, 4), { max: 13, rule: 'exact' }).distance.length;  // 13
 * limitNeighbours(neighbours(copper, 4), { max: 13, rule: 'shell' }).distance.length;  // 18
 */
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
  const kept = emptyEdges(count);
  let at = 0;
  for (let k = 0; k < total; k++) if (keep[k] === 1) copyEdge(edges, k, kept, at++);
  return kept;
}

/** Marks the nearest of the edges `start` to `end` (which share a target) in `keep`, and returns how many they are. */
function markNearest(
  distance: Float64Array,
  start: number,
  end: number,
  max: number,
  rule: LimitOptions['rule'],
  keep: Uint8Array,
): number {
  const sorted = distance.slice(start, end).sort();
  // The shell of the last neighbour reaches from `low` to `high`, both included.
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
