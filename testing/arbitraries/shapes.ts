/** Shapes of tensors. */
import fc from 'fast-check';

export interface ShapeOptions {
  /** Most axes (default 3). */
  readonly rank?: number;
  /** Smallest size of an axis (default 1; 0 draws empty tensors, too). */
  readonly smallest?: number;
  /** Largest size of an axis (default 4). */
  readonly largest?: number;
}

/**
 * Shapes of up to `rank` axes. They shrink to [], the shape of a number, or to [1].
 *
 * @example fc.assert(fc.property(shapes(), (shape) => input(shape).shape.length <= 3));
 */
export const shapes = ({ rank = 3, smallest = 1, largest = 4 }: ShapeOptions = {}): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: smallest, max: largest }), { maxLength: rank });
