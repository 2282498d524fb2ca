/**
 * Sizes of axes: plain numbers, or named dimensions whose size is known only when a plan runs.
 *
 * A named dimension may only be the first axis of a tensor. Shape rules compare names, never sizes, so a
 * batch with one structure does not broadcast by accident, and a plan compiled once serves every batch.
 */

import { described } from './described.ts';
import { callerError } from './errors.ts';

export interface Dimension {
  readonly name: string;
  /**
   * Rows of a streamed dimension pass through kernels one by one: wide tensors over it (`[edges, channels]`)
   * are recomputed where needed instead of being stored.
   */
  readonly streamed: boolean;
}

export type Size = number | Dimension;
export type Shape = readonly Size[];

/**
 * A dimension whose size a run tells; it may be the first axis of a shape. Two dimensions of the same name are the same dimension.
 * With `streamed`, kernels take its rows one by one: wide tensors over it are computed again where needed instead of being stored.
 *
 * @example
 * const edges = dimension('edges', { streamed: true });
 * input([edges, 3], 'vectors').norm().shape; // [edges]
 */
export const dimension = (name: string, options: { streamed?: boolean } = {}): Dimension => ({
  name,
  streamed: options.streamed ?? false,
});

export const isNamed = (size: Size | undefined): size is Dimension => typeof size === 'object';

/** Is this a named dimension, and nothing else that types did not keep out? */
export const isDimension = (size: unknown): size is Dimension =>
  typeof size === 'object' && size !== null && typeof (size as Dimension).name === 'string';

/** Are these the same number, or dimensions of the same name? */
export const sameSize = (a: Size, b: Size): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.name === b.name;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]));

export const showSize = (size: Size): string => (typeof size === 'number' ? String(size) : size.name);
export const showShape = (shape: Shape): string => `[${shape.map(showSize).join(', ')}]`;

/** Sizes of the named dimensions of one run. */
export type Sizes = ReadonlyMap<string, number>;

/** The size of an axis as a number. */
export function resolveSize(size: Size, sizes: Sizes): number {
  if (typeof size === 'number') return size;
  const value = sizes.get(size.name);
  if (value === undefined) {
    throw callerError(
      `The size of dimension '${size.name}' is unknown: no leaf that carries it was given a value. ` +
        `Feed a tensor or index with '${size.name}' rows, or pass it in 'sizes'.`,
    );
  }
  return value;
}

export const resolveShape = (shape: Shape, sizes: Sizes): number[] => shape.map((size) => resolveSize(size, sizes));

/** The product of numbers, 1 of none. */
export const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

/** Trailing sizes (all but the first axis), which are always numbers. */
export const trailing = (shape: Shape): number[] => shape.slice(1) as number[];

/** Elements in one row, i.e. the product of the trailing sizes. */
export const rowWidth = (shape: Shape): number => product(trailing(shape));

/** Throws unless every size is a non-negative integer or a dimension, and only the first one a dimension. */
export function validateShape(shape: Shape, where: string): void {
  if (!Array.isArray(shape)) throw callerError(`${where}: expected a shape, a list of sizes, got ${described(shape)}.`);
  // Not forEach, which leaves out holes.
  for (let axis = 0; axis < shape.length; axis++) {
    const size: unknown = shape[axis];
    if (isDimension(size)) {
      if (axis === 0) continue;
      throw callerError(
        `${where}: named dimension '${size.name}' is axis ${axis} of ${showShape(shape)}; only the first axis may be named.`,
      );
    }
    if (!Number.isInteger(size) || (size as number) < 0) {
      throw callerError(`${where}: axis ${axis} has size ${described(size)}; expected an integer >= 0 or a dimension.`);
    }
  }
}

/**
 * The shape that two operands broadcast to (NumPy's rule): shapes are aligned at the last axis, and axes of size 1 stretch.
 * Throws, with `where`, where two other sizes differ. A named dimension equals only itself.
 */
export function broadcastShapes(a: Shape, b: Shape, where: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, k) => {
    const x = a[k - rank + a.length] ?? 1;
    const y = b[k - rank + b.length] ?? 1;
    if (sameSize(x, y)) return x;
    if (x === 1) return y;
    if (y === 1) return x;
    throw callerError(
      `${where}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast (${showSize(x)} against ${showSize(y)} at axis ${k}).`,
    );
  });
}
