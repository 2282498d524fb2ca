/**
 * Parameters of a printed kernel: what a launch has to pass, in the order of the kernel's arguments.
 *
 * Whatever cannot be written as text in a kernel is a parameter: arrays, sizes that are known only when a plan runs, and
 * infinities.
 */
import type { Size } from '../../dimension.ts';

/** An array in slabs (slab.ts): the numbers of a buffer, or the reverse direction of an index buffer (reverse-index.ts). */
export interface ArrayParameter {
  readonly kind: 'buffer' | 'reverse';
  readonly buffer: number;
}

export type Parameter =
  | ArrayParameter
  /** The value of a buffer of one number that the host knows. */
  | { readonly kind: 'number'; readonly buffer: number }
  /** The size of a named dimension. */
  | { readonly kind: 'size'; readonly size: Size }
  /** An infinity or NaN, which gpu.js cannot read as text. */
  | { readonly kind: 'constant'; readonly value: number };

export const isArray = (parameter: Parameter): parameter is ArrayParameter =>
  parameter.kind === 'buffer' || parameter.kind === 'reverse';

/** Where the numbers of a packed buffer lie (pack.ts): in the columns of buffer `array` from `column` on. */
export interface Packed {
  readonly array: number;
  readonly column: number;
}
