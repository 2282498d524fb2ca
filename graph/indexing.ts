/**
 * A row index with both directions: where each row points, and which rows point at each destination.
 *
 * The second direction turns a scatter into sums over known rows, in a fixed order. Built once per batch.
 */
export interface Index {
  /** Destination of every row, in [0, count). */
  readonly values: Int32Array;
  readonly count: number;
  /** Rows pointing at destination d are permutation[pointers[d]] ... permutation[pointers[d + 1] - 1]. */
  readonly pointers: Int32Array;
  /** Rows grouped by destination, in row order within a group. */
  readonly permutation: Int32Array;
  /** Whether the destinations ascend, so that the permutation is the identity. */
  readonly sorted: boolean;
}

/** Builds the reverse direction by a counting sort; throws when a value is outside [0, count), or may be broken. */
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
