/**
 * Checks of what enters a graph or a run: numbers are numbers, and row numbers are whole and inside their range.
 *
 * Types say so already; these are for values that come from files and untyped code. Kernels read memory at row numbers
 * without checking them, so every engine calls these functions first. Typed arrays are checked as far as their type leaves room.
 */

import { described } from './described.ts';
import { type Shape, showShape } from './dimension.ts';
import { callerError } from './errors.ts';
import type { IndexValue } from './leaves.ts';
import type { Numbers } from './tensor.ts';

/** Is this a typed array of numbers (and not of big integers)? */
export const isNumberArray = (values: unknown): values is Float64Array | Float32Array | Int32Array =>
  ArrayBuffer.isView(values) && !/DataView|BigU?[Ii]nt64/.test(Object.prototype.toString.call(values));

/** Throws unless `values` is an array of numbers: no text, no holes, no lists in a list, no big integers. */
export function expectNumbers(values: unknown, name: string): asserts values is Numbers {
  if (isNumberArray(values)) return;
  if (!Array.isArray(values)) {
    throw callerError(
      `${name}: expected an array of numbers, got ${described(values)}. Convert it with Float64Array.from.`,
    );
  }
  for (let k = 0; k < values.length; k++) {
    if (typeof values[k] !== 'number') {
      throw callerError(`${name}: number ${k} is ${described(values[k])}. Convert it to a number first.`);
    }
  }
}

/** The axis that `axis` names, counted from the back where it is negative. Throws unless `shape` has it. */
export function axisOf(shape: Shape, axis: number, where: string): number {
  const at = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(at) && at >= 0 && at < shape.length) return at;
  throw callerError(`${where}: axis ${axis} does not exist in ${showShape(shape)}.`);
}

/** Throws unless `count` may be a number of rows. */
export function expectCount(count: unknown, name: string): void {
  if (!Number.isInteger(count) || (count as number) < 0) {
    throw callerError(`${name}: expected a whole number >= 0 of rows to point into, got ${described(count)}.`);
  }
}

/** Row numbers as engines take them, copied. Throws unless each is a whole number from 0 to `count - 1`. */
export function rowNumbers(values: unknown, count: number, name: string): Int32Array {
  expectCount(count, name);
  expectNumbers(values, name);
  for (let k = 0; k < values.length; k++) {
    const row = values[k];
    if (!Number.isInteger(row) || row < 0 || row >= count) throw callerError(pointsWrong(name, k, row, count));
  }
  return Int32Array.from(values);
}

const pointsWrong = (name: string, k: number, row: number, count: number): string =>
  `${name}: row ${k} points at ${row}, expected ${count < 1 ? 'no rows, for there are none to point at' : `0 to ${count - 1}`}` +
  `${Number.isInteger(row) ? '' : ' (a whole number)'}.`;

/** Throws unless `index` holds an Int32Array of rows below `reachable`, and, if any, the reverse direction of just these. */
export function expectRows(index: IndexValue, reachable: number, name: string): void {
  const { values, count, pointers, permutation } = index;
  if (!isInt32(values)) {
    throw callerError(
      `${name}: expected row numbers as an Int32Array, got ${described(values)}. Convert whole numbers with Int32Array.from.`,
    );
  }
  for (let k = 0; k < values.length; k++) {
    if (values[k] < 0 || values[k] >= reachable) throw callerError(pointsWrong(name, k, values[k], reachable));
  }
  if (pointers === undefined && permutation === undefined) return;
  if (!isInt32(pointers) || !isInt32(permutation) || !isReverse(values, count, pointers, permutation)) {
    throw callerError(
      `${name}: pointers and permutation are not the reverse direction of the values: expected ${count + 1} pointers from 0 ` +
        `to ${values.length}, and the rows that point at each destination in ascending order. Leave both out, or sort again.`,
    );
  }
}

const isInt32 = (values: unknown): values is Int32Array =>
  Object.prototype.toString.call(values) === '[object Int32Array]';

/** Rows ascend within each group and the groups fill the list, so each row is listed once, under its destination. */
function isReverse(values: Int32Array, count: number, pointers: Int32Array, permutation: Int32Array): boolean {
  const rows = values.length;
  if (pointers.length !== count + 1 || permutation.length !== rows || pointers[0] !== 0 || pointers[count] !== rows)
    return false;
  for (let d = 0; d < count; d++) {
    const end = pointers[d + 1];
    if (end < pointers[d] || end > rows) return false;
    let last = -1;
    for (let p = pointers[d]; p < end; p++) {
      const row = permutation[p];
      if (row <= last || row >= rows || values[row] !== d) return false;
      last = row;
    }
  }
  return true;
}
