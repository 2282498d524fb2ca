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
  let start = 0;
  while (start < total) {
    let end = start;
    while (end < total && edges.target[end] === edges.target[start]) end++;
    if (end - start <= max) keep.fill(1, start, end);
    else if (max > 0) markNearest(edges.distance, start, end, max, rule, keep);
    start = end;
  }
  const kept: number[] = [];
  keep.forEach((flag, k) => {
    if (flag) kept.push(k);
  });
  return {
    target: Int32Array.from(kept, (k) => edges.target[k]!),
    source: Int32Array.from(kept, (k) => edges.source[k]!),
    offset: Int32Array.from(
      kept.flatMap((k) => [edges.offset[3 * k]!, edges.offset[3 * k + 1]!, edges.offset[3 * k + 2]!]),
    ),
    distance: Float64Array.from(kept, (k) => edges.distance[k]!),
  };
}

function markNearest(
  distance: Float64Array,
  start: number,
  end: number,
  max: number,
  rule: string,
  keep: Uint8Array,
): void {
  const order = Array.from({ length: end - start }, (_, k) => start + k).sort(
    (a, b) => distance[a]! - distance[b]! || a - b,
  );
  let shell = 0;
  const shells = order.map((edge, k) => {
    if (k > 0 && distance[edge]! ** 2 - distance[order[k - 1]!]! ** 2 > SHELL_WIDTH) shell++;
    return shell;
  });
  const last = shells[max - 1]!;
  const members = order.filter((_, k) => shells[k] === last).sort((a, b) => a - b);
  const inner = order.filter((_, k) => shells[k]! < last);
  for (const edge of inner) keep[edge] = 1;
  const rest = rule === 'shell' ? members : members.slice(0, max - inner.length);
  for (const edge of rest) keep[edge] = 1;
}
