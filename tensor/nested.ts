/** Numbers as users write them, lists in lists or flat arrays, made into one array with a shape. */
import { expectNumbers, isNumberArray } from './checks.ts';
import { described } from './described.ts';
import { type Shape, showShape } from './dimension.ts';
import { callerError } from './errors.ts';
import type { Numbers } from './tensor.ts';
import { type Nested, Value } from './value.ts';

/** Whatever holds numbers: a number, lists in lists, a typed array (flat), or a value that was computed before. */
export type NumbersLike = Nested | Numbers | Value;

export interface Flat {
  readonly data: Numbers;
  /** Undefined for a typed array, which has any shape of its length. */
  readonly shape: readonly number[] | undefined;
}

/** The numbers in row-major order. Throws, with the place, where lists are of unequal length or hold something else. */
export function flatten(value: unknown, where: string): Flat {
  if (typeof value === 'number') return { data: [value], shape: [] };
  if (value instanceof Value) return { data: value.data, shape: value.shape };
  if (isNumberArray(value)) return { data: value, shape: undefined };
  if (typeof value === 'object' && value !== null && 'op' in value) {
    throw callerError(
      `${where}: expected numbers, got a tensor, which is an expression. Await its value(), or build with it.`,
    );
  }
  if (!Array.isArray(value)) {
    throw callerError(
      `${where}: expected a number, lists of numbers, a typed array or a value, got ${described(value)}.`,
    );
  }
  if (!value.some(Array.isArray)) {
    expectNumbers(value, where);
    return { data: value, shape: [value.length] };
  }
  const shape: number[] = [];
  for (let first: unknown = value; Array.isArray(first); first = first[0]) shape.push(first.length);
  const data: number[] = [];
  collect(value, shape, [], data, where);
  return { data, shape };
}

/** Appends the numbers of `value`, which stands at `place` of lists that should have this shape. */
function collect(
  value: unknown,
  shape: readonly number[],
  place: readonly number[],
  data: number[],
  where: string,
): void {
  const axis = place.length;
  const at = () => `${where}: the entry at [${place.join(', ')}]`;
  if (axis === shape.length) {
    if (typeof value !== 'number')
      throw callerError(`${at()} is ${described(value)}, expected a number as in the entries before it.`);
    data.push(value);
    return;
  }
  if (!Array.isArray(value)) {
    throw callerError(`${at()} is ${described(value)}, expected a list of ${shape[axis]} as in the entries before it.`);
  }
  if (value.length !== shape[axis]) {
    throw callerError(`${at()} has ${value.length} entries, expected ${shape[axis]} as in the entries before it.`);
  }
  for (let k = 0; k < value.length; k++) collect(value[k], shape, [...place, k], data, where);
}

/** Numbers for a leaf of this shape, flat. Throws where lists or a value are of another shape. */
export function numbersFor(value: unknown, shape: Shape, where: string): Numbers {
  const { data, shape: given } = flatten(value, where);
  const fits =
    given === undefined ||
    given.length === 0 ||
    (given.length === shape.length &&
      given.every((size, axis) => typeof shape[axis] !== 'number' || shape[axis] === size));
  if (!fits) {
    const flat =
      given.length === 1 && shape.length > 1
        ? ' Flat numbers of a shape are given as a typed array: Float64Array.from(...).'
        : '';
    throw callerError(`${where}: expected numbers of shape ${showShape(shape)}, got ${showShape(given)}.${flat}`);
  }
  return data;
}
