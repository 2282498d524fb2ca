/**
 * Parameters of a printed kernel: what a launch has to pass, in the order of the kernel's arguments.
 *
 * Whatever has no text of its own in a kernel (a size, an infinity) is a parameter too.
 */
import type { Size } from '../../dimension.ts';

/** What a parameter of the printed function takes. All but numbers are slabs (slab.ts); indices have one column. */
export type Parameter =
  | { readonly kind: 'buffer'; readonly buffer: number }
  /** The reverse direction of an index buffer (reverse-index.ts). */
  | { readonly kind: 'reverse'; readonly buffer: number }
  /** The value of a buffer of one number that the host knows. */
  | { readonly kind: 'number'; readonly buffer: number }
  /** The size of a named dimension. */
  | { readonly kind: 'size'; readonly size: Size }
  /** A number that has no text in a kernel: an infinity, or NaN. */
  | { readonly kind: 'constant'; readonly value: number };

/** Where a buffer's numbers are: columns of an array from `column` on. */
export interface Packed {
  readonly array: number;
  readonly column: number;
}
