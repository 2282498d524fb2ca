/**
 * Running sums in linear time and memory: within blocks by shifts that double, then over the totals of the blocks.
 *
 * Only sums of the numbers themselves are formed, never a product with 0 or a difference: an infinity or NaN shows from
 * its own place on, and nowhere before. All steps are linear, so derivatives are such sums from the other end.
 */

import { axisOf } from '../checks.ts';
import { showShape } from '../dimension.ts';
import { callerError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './elementwise.ts';
import { padTo, permute, reshape, shifted, slice, unsqueeze } from './movement.ts';

/** Numbers summed up by shifts. */
const BLOCK = 16;

/** Running sums of a short last axis (Hillis and Steele 1986). */
function byShifts(x: Tensor): Tensor {
  let sums = x.shape.length === 1 ? unsqueeze(x, 0) : x;
  for (let by = 1; by < (x.shape.at(-1) as number); by *= 2) sums = add(sums, shifted(sums, by));
  return reshape(sums, x.shape);
}

function alongLast(x: Tensor): Tensor {
  const n = x.shape.at(-1) as number;
  if (n <= BLOCK) return byShifts(x);
  const leading = x.shape.slice(0, -1);
  const blocks = Math.ceil(n / BLOCK);
  const whole = [...leading, blocks * BLOCK];
  const everywhere = leading.map(() => null);
  const filled = n === blocks * BLOCK ? x : padTo(x, whole, [...everywhere, { start: 0, step: 1, count: n }]);
  const within = byShifts(reshape(filled, [...leading, blocks, BLOCK]));
  const totals = reshape(slice(within, [...everywhere, null, [BLOCK - 1, BLOCK]]), [...leading, blocks]);
  const before = alongLast(shifted(totals, 1));
  return slice(reshape(add(within, unsqueeze(before, -1)), whole), [...everywhere, [0, n]]);
}

/**
 * Running sums of `x` along an axis, the last one by default, in the shape of `x`: entry k is the sum of the entries up to k. They
 * take linear time (blocks by doubling shifts, Hillis and Steele 1986). Throws where `x` has no such axis, or a named one.
 *
 * @example tensor([1, 2, 3]).cumsum(); // [1, 3, 6]
 */
export function cumsum(x: Tensor, axis = -1): Tensor {
  const at = axisOf(x.shape, axis, 'cumsum');
  if (typeof x.shape[at] !== 'number') throw callerError(`cumsum: axis ${axis} of ${showShape(x.shape)} is no number.`);
  const last = x.shape.length - 1;
  const swap = x.shape.map((_, k) => (k === at ? last : k === last ? at : k));
  return permute(alongLast(permute(x, swap)), swap);
}
