/**
 * The reverse direction of an index: for each destination, the rows that point at it, in row order.
 *
 * It is a single array, since a kernel can read few arrays. Entries d and d + 1 say where in this same array the rows of
 * destination d begin and end; the rows themselves follow after these entries. Batches of graphs contain the reverse
 * direction already; for an index that was made by hand it is computed here.
 */
import type { IndexValue } from '../../leaves.ts';

/** Entries of the array, for an index of `rows` rows. */
export const reverseLength = (rows: number, count: number): number => count + 1 + rows;

export function reverseOf(index: IndexValue): Int32Array {
  const { values, count } = index;
  const { pointers, permutation } = index.pointers && index.permutation ? index : counted(index);
  const reverse = new Int32Array(reverseLength(values.length, count));
  for (let d = 0; d <= count; d++) reverse[d] = pointers![d] + count + 1;
  reverse.set(permutation!, count + 1);
  return reverse;
}

/** Rows pointing at d are permutation[pointers[d]] to permutation[pointers[d + 1] - 1]. */
function counted({ values, count }: IndexValue): Pick<IndexValue, 'pointers' | 'permutation'> {
  const pointers = new Int32Array(count + 1);
  for (const destination of values) pointers[destination + 1]++;
  for (let d = 0; d < count; d++) pointers[d + 1] += pointers[d];
  const next = pointers.slice();
  const permutation = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) permutation[next[values[row]]++] = row;
  return { pointers, permutation };
}
