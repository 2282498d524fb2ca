/** Numbers with a shape: what a graph gives when it is evaluated, and what may be fed to another. */

import { labelled, printedBy } from './console.ts';
import { product, showShape } from './dimension.ts';
import { callerError } from './errors.ts';

/** A list of lists of numbers, as deep as a tensor has axes; a single number has no axes. */
export type Nested = number | readonly Nested[];

/** Longer axes are shown by their first and last entries. */
const SHOWN = 6;

/**
 * Numbers with a shape, in float64 and row-major order: what compiled functions return, and may be given again.
 *
 * @example
 * const value = await tensor([[1, 2], [3, 4]]).value();
 * value.shape; // [2, 2]
 * value.data; // [1, 2, 3, 4]
 * value.toArray(); // [[1, 2], [3, 4]]
 */
export class Value {
  /** How many entries each axis has; [] for a single number. */
  readonly shape: readonly number[];
  /** All numbers, the last axis running fastest. */
  readonly data: Float64Array;

  /** Throws unless there are as many numbers as the shape holds. */
  constructor(shape: readonly number[], data: Float64Array) {
    if (data.length !== product(shape)) {
      throw callerError(`Value: the shape ${showShape(shape)} holds ${product(shape)} numbers, got ${data.length}.`);
    }
    this.shape = shape;
    this.data = data;
    // biome-ignore lint/correctness/noConstructorReturn: browsers show the line of this copy (see console.ts).
    return labelled(this, lineOf);
  }

  /** The numbers as lists in lists, as deep as there are axes; a number where there are none. */
  toArray(): Nested {
    const { shape, data } = this;
    let next = 0;
    const part = (axis: number): Nested =>
      axis === shape.length ? data[next++] : Array.from({ length: shape[axis] }, () => part(axis + 1));
    return part(0);
  }

  /** The only number there is, as of a loss. Throws where there are several, or none. */
  item(): number {
    if (this.data.length === 1) return this.data[0];
    throw callerError(`item: expected a single number, got ${this.data.length} of shape ${showShape(this.shape)}.`);
  }

  /** The same as `toArray`, so that JSON.stringify writes lists. */
  toJSON(): Nested {
    return this.toArray();
  }

  /** The numbers as lists, six digits of each; of long axes the first and last three entries. */
  toString(): string {
    const { shape, data } = this;
    const part = (axis: number, from: number): string => {
      if (axis === shape.length) return shortNumber(data[from]);
      const width = product(shape.slice(axis + 1));
      const entry = (k: number) => part(axis + 1, from + k * width);
      return `[${shortened(shape[axis], SHOWN, entry).join(', ')}]`;
    };
    return part(0, 0);
  }
}

const lineOf = (value: Value): string => `Value ${showShape(value.shape)} ${value}`;
printedBy(Value.prototype, lineOf);

/** Entries 0 to count - 1, or the first and last of them with dots between. */
function shortened(count: number, most: number, entry: (k: number) => string): string[] {
  const all = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => entry(from + k));
  return count <= most ? all(0, count) : [...all(0, most / 2), '...', ...all(count - most / 2, count)];
}

/** A number with at most six significant digits. */
export const shortNumber = (x: number): string => String(Number(x.toPrecision(6)));
