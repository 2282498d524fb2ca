/**
 * A row index with both directions: where each row points, and which rows point at each destination.
 *
 * The second direction turns a scatter into sums over known rows in a fixed order, so that results do not depend on
 * which thread comes first. An index is built once for each batch.
 */

/** Rows that point at destinations, e.g. edges at their target atoms. */
export interface Index {
  /** Destination of every row, in [0, count). */
  readonly values: Int32Array;
  /** How many destinations there are. */
  readonly count: number;
  /** Rows pointing at destination d are permutation[pointers[d]] ... permutation[pointers[d + 1] - 1]. */
  readonly pointers: Int32Array;
  /** Rows grouped by destination, in row order within a group. */
  readonly permutation: Int32Array;
  /** Whether the destinations ascend, so that the permutation is the identity. */
  readonly sorted: boolean;
}

/**
 * The index of rows that point at `values`, numbers from 0 to count - 1; the reverse direction is built by a counting
 * sort. Throws an Error if a value is outside of that range, or if the arguments are of another type.
 *
 * @example
 * // Row 1 points at 0, rows 0 and 2 point at 1.
 * const rows = indexOf(Int32Array.of(1, 0, 1), 2);
 * rows.pointers;  // [0, 1, 3]
 * rows.permutation;  // [1, 0, 2]
 */
export function indexOf(values: Int32Array, count: number): Index {
  if (!(values instanceof Int32Array) || !Number.isInteger(count) || count < 0) {
    throw new Error(
      `index: expected an Int32Array and a whole number of destinations, got ${typeof values} and ${count}.`,
    );
  }
  const pointers = new Int32Array(count + 1);
  let sorted = true;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!(value >= 0 && value < count)) {
      throw new Error(`index: row ${row} points at ${value}, expected 0 to ${count - 1}.`);
    }
    pointers[value + 1]++;
    if (row > 0 && value < values[row - 1]) sorted = false;
  }
  for (let d = 0; d < count; d++) pointers[d + 1] += pointers[d];
  const next = pointers.slice();
  const permutation = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) permutation[next[values[row]]++] = row;
  return { values, count, pointers, permutation, sorted };
}
