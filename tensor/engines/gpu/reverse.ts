/**
 * The reverse direction of an index: for each destination, the rows that point at it, in row order.
 *
 * Batches bring it along; indices made by hand do not, and get it here by counting.
 */
import type { IndexValue } from '../../leaves.ts';

/** Rows pointing at d are permutation[pointers[d]] to permutation[pointers[d + 1] - 1]. */
export function reverseOf({ values, count, pointers, permutation }: IndexValue): {
  pointers: Int32Array;
  permutation: Int32Array;
} {
  if (pointers && permutation) return { pointers, permutation };
  const starts = new Int32Array(count + 1);
  for (const destination of values) starts[destination + 1]!++;
  for (let d = 0; d < count; d++) starts[d + 1]! += starts[d]!;
  const next = starts.slice();
  const rows = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) rows[next[values[row]!]!++] = row;
  return { pointers: starts, permutation: rows };
}
