/** Entries of a tensor, and rows, by their numbers along the leading axes. */

import { described } from '../described.ts';
import { isNamed } from '../dimension.ts';
import { callerError } from '../errors.ts';
import { showTensor, type Tensor } from '../tensor.ts';
import { reshape, type SliceRange, slice } from './movement.ts';

/**
 * The part of `x` at these positions along its leading axes, which the result no longer has: of [n, m, k], `at(x, i)` is
 * [m, k] and `at(x, i, j)` is [k]. Positions are whole numbers; negative ones count from the end, so that -1 is the last.
 *
 * Throws for a position outside of its axis, for more positions than axes, and for a named axis, whose size only a run
 * knows: take rows of that with `gather`.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.at(-1); // [3, 4]
 * x.at(0, 1); // 2
 */
export function at(x: Tensor, ...indices: number[]): Tensor {
  const rank = x.shape.length;
  if (indices.length > rank) {
    throw callerError(`at: ${indices.length} positions are more than the ${rank} axes of ${showTensor(x)}.`);
  }
  const ranges = indices.map((index, axis): SliceRange => {
    const size = x.shape[axis];
    if (isNamed(size)) {
      throw callerError(
        `at: axis ${axis} of ${showTensor(x)} has a name, so its size is known only in a run. Take rows of it with gather.`,
      );
    }
    const position = index < 0 ? index + size : index;
    if (Number.isInteger(index) && position >= 0 && position < size) return [position, position + 1];
    const range = size === 0 ? 'nothing, for it is empty' : `a whole number from ${-size} to ${size - 1}`;
    throw callerError(`at: expected ${range} at axis ${axis} of ${showTensor(x)}, got ${described(index)}.`);
  });
  return reshape(slice(x, ranges), x.shape.slice(indices.length));
}
