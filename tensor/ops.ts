/**
 * Composite operations: everything here is built from primitives, so derivatives come for free.
 *
 * Functions that have a kink say what their derivative is there; docs/derivatives.md lists them all. NaN stays NaN.
 */

import { axisOf } from './checks.ts';
import { type Shape, showShape } from './dimension.ts';
import { callerError } from './errors.ts';
import { literal } from './leaves.ts';
import { withRule } from './primitives/custom.ts';
import {
  abs,
  add,
  div,
  exp,
  gate,
  less,
  log,
  mul,
  neg,
  type Operand,
  sigmoid,
  sqrt,
  sub,
  where,
} from './primitives/elementwise.ts';
import { knowSquare } from './primitives/inverses.ts';
import { broadcastTo, concat, reshape, slice } from './primitives/movement.ts';
import { mean, type ReduceOptions, reduceMax, sum } from './primitives/reduce.ts';
import type { Tensor } from './tensor.ts';

export { cumsum } from './primitives/cumsum.ts';
export { pow } from './primitives/power.ts';

/**
 * x^2, elementwise. The squares of a root, of |x| and of a norm are built without the root, so that derivatives are right at 0.
 *
 * @example tensor([1, -3]).square(); // [1, 9]
 */
export const square = (x: Tensor): Tensor => mul(x, x);
/**
 * 1 / sqrt(x), elementwise: Infinity at 0, NaN below.
 *
 * @example tensor([1, 4]).rsqrt(); // [1, 0.5]
 */
export const rsqrt = (x: Tensor): Tensor => div(1, sqrt(x));
/**
 * x sigmoid(x), elementwise (Hendrycks and Gimpel 2016); NaN at -Infinity, as a product of -Infinity and 0.
 *
 * @example tensor([0, 2]).silu(); // [0, 1.76159]
 */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** 1 where x <= 0, else 0, also where x is NaN. */
const isNotPositive = (x: Tensor): Tensor => where(less(0, x), 0, less(x, 1));

/**
 * max(x, 0), elementwise. The derivative at 0 is 0; at NaN, which stays NaN, it is 1.
 *
 * @example tensor([-1, 2]).relu(); // [0, 2]
 */
export const relu = (x: Tensor): Tensor => where(isNotPositive(x), 0, x);

/**
 * The larger of a and b, elementwise, NaN where either is; shapes broadcast as for `add`. Where they are equal each gets half of
 * the derivative (also where the larger is not known, for one of them is NaN).
 *
 * @example tensor([1, 5]).maximum(3); // [3, 5]
 */
export const maximum = (a: Operand, b: Operand): Tensor =>
  where(less(b, a), a, where(less(a, b), b, add(mul(0.5, a), mul(0.5, b))));
/**
 * The smaller of a and b, elementwise, with the conventions of `maximum`.
 *
 * @example tensor([1, 5]).minimum(3); // [1, 3]
 */
export const minimum = (a: Operand, b: Operand): Tensor => neg(maximum(neg(a), neg(b)));
/**
 * x limited to [low, high], elementwise, NaN where x is; the derivative is 1 inside and at both ends, 0 outside. Throws unless
 * low <= high.
 *
 * @example tensor([-1, 0.5, 7]).clamp(0, 1); // [0, 0.5, 1]
 */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw callerError(`clamp: expected limits in ascending order, got ${low} and ${high}.`);
  return where(less(x, low), low, where(less(high, x), high, x));
}

/**
 * The minimum over axes (all by default), Infinity over nothing; ties share its derivative equally. Shapes and errors are those
 * of `sum`.
 *
 * @example tensor([[1, 5], [4, 2]]).reduceMin({ axis: 1 }); // [1, 2]
 */
export const reduceMin = (x: Tensor, options: ReduceOptions = {}): Tensor => neg(reduceMax(neg(x), options));

/**
 * The product over one axis, of nothing 1; the shape is that of `x` without the axis. It is formed by halves and never divides, so
 * that zeros do no harm to derivatives. Throws where `x` has no such axis, or a named one.
 *
 * @example tensor([[1, 2], [3, 4]]).prod(1); // [2, 12]
 */
export function prod(x: Tensor, axis: number): Tensor {
  const at = axisOf(x.shape, axis, 'prod');
  const size = x.shape[at];
  if (typeof size !== 'number') throw callerError(`prod: axis ${axis} of ${showShape(x.shape)} is no number.`);
  const without = x.shape.filter((_, k) => k !== at);
  if (size === 0) return broadcastTo(literal(1), without);
  if (size === 1) return reshape(x, without);
  const half = Math.floor(size / 2);
  const part = (from: number, to: number): Tensor =>
    slice(
      x,
      x.shape.map((_, k) => (k === at ? [from, to] : null)),
    );
  const halves = prod(mul(part(0, half), part(half, 2 * half)), at);
  return size === 2 * half ? halves : mul(halves, prod(part(size - 1, size), at));
}

/**
 * log(sum(exp(x))) over axes (all of them by default), shifted by the maximum so that nothing overflows. Shapes and errors are
 * those of `sum`.
 *
 * -Infinity counts as nothing: all of them (or none at all) give -Infinity. One Infinity gives Infinity. Derivatives are
 * the softmax: NaN where that cannot be known (at an Infinity; everywhere if all are -Infinity).
 *
 * @example tensor([1000, 1000]).logSumExp(); // 1000.69
 */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axis } = options;
  const given: readonly number[] =
    axis === undefined ? x.shape.map((_, k) => k) : Array.isArray(axis) ? axis : [axis as number];
  const total = keptLogSumExp(given.map((a) => axisOf(x.shape, a, 'logSumExp')))(x);
  return options.keep ? total : reshape(total, sum(x, options).shape);
}

/** By axes: a function with a rule is made once, so that equal expressions of it are one node. */
const logSumExps = new Map<string, (x: Tensor) => Tensor>();

/** logSumExp over these axes, which are kept with size 1. */
function keptLogSumExp(axis: readonly number[]): (x: Tensor) => Tensor {
  const key = axis.join();
  const known = logSumExps.get(key);
  if (known) return known;
  const options = { axis, keep: true };
  const value = (t: Tensor): Tensor => {
    const top = reduceMax(t, options);
    // Infinity minus infinity is no shift: such maxima decide by themselves.
    const shift = where(less(abs(top), Number.POSITIVE_INFINITY), top, 0);
    return add(log(sum(exp(sub(t, shift)), options)), shift);
  };
  const made = withRule(value, (c, y, [t]) => [gate(c, exp(sub(t, y)))]);
  logSumExps.set(key, made);
  return made;
}
/**
 * x - logSumExp(x) along an axis, the last one by default, in the shape of `x`: the logarithm of `softmax`, which see for
 * infinities. Throws where `x` has no such axis.
 *
 * @example tensor([0, 0]).logSoftmax(); // [-0.693147, -0.693147]
 */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => sub(x, logSumExp(x, { axis, keep: true }));
/**
 * exp(x) / sum(exp(x)) along an axis, the last one by default, in the shape of `x`: shares that add up to 1. Throws where `x` has
 * no such axis.
 *
 * -Infinity gets 0. Infinity gets NaN and all finite numbers beside it 0; where all are -Infinity all get NaN: such shares
 * depend on how the infinities are approached.
 *
 * @example tensor([0, 1]).softmax(); // [0.268941, 0.731059]
 */
export const softmax = (x: Tensor, axis = -1): Tensor => exp(logSoftmax(x, axis));

/**
 * The mean of squared deviations from the mean, over axes (all by default); divided by n, not n - 1. Shapes and errors are those
 * of `sum`.
 *
 * @example tensor([1, 2, 3, 6]).variance(); // 3.5
 */
export const variance = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  mean(square(sub(x, mean(x, { ...options, keep: true }))), options);

/**
 * Layer normalisation over the last axis, then scale and shift by `weight` and `bias` [channels], in the shape of `x`
 * [..., channels] (Ba et al. 2016): (x - mean) / sqrt(variance + epsilon) weight + bias. Throws where shapes do not broadcast.
 *
 * @example tensor([1, 3]).layerNorm(tensor([2, 2]), tensor([0, 1])); // [-1.99999, 2.99999]
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, { axis: -1, keep: true }));
  const spread = mean(square(centred), { axis: -1, keep: true });
  return add(mul(div(centred, sqrt(add(spread, epsilon))), weight), bias);
}

/**
 * The Euclidean norm over axes (the last one by default), the root of the sum of squares, which must not overflow. Shapes and
 * errors are those of `sum`.
 *
 * At the zero vector all derivatives are 0: it counts as a branch not taken, as distances of 0 in physics ask for. The
 * square of a norm is built as the sum of squares, and has the derivatives of that everywhere.
 *
 * @example tensor([[3, 4], [0, 0]]).norm(); // [5, 0]
 */
export function norm(x: Tensor, options: ReduceOptions = { axis: -1 }): Tensor {
  const squares = sum(square(x), options);
  const absent = isNotPositive(squares);
  return knowSquare(where(absent, 0, sqrt(where(absent, 1, squares))), squares);
}
/**
 * x / |x| along the last axis, in the shape of `x`; the zero vector stays zero, and its derivatives are 0. See `norm`. Throws
 * where `x` has no axis.
 *
 * @example tensor([[3, 4], [0, 0]]).normalize(); // [[0.6, 0.8], [0, 0]]
 */
export function normalize(x: Tensor): Tensor {
  const squares = sum(square(x), { axis: -1, keep: true });
  const absent = isNotPositive(squares);
  return where(absent, 0, div(x, sqrt(where(absent, 1, squares))));
}

const column = (x: Tensor, k: number): Tensor => {
  const rank = x.shape.length;
  return slice(
    x,
    x.shape.map((_, axis) => (axis === rank - 1 ? [k, k + 1] : null)),
  );
};

/**
 * The cross product along the last axis, which has size 3: [..., 3] and [..., 3] give [..., 3]; leading axes broadcast. Throws
 * where the last axis is shorter, or shapes do not broadcast.
 *
 * @example tensor([1, 0, 0]).cross(tensor([0, 1, 0])); // [0, 0, 1]
 */
export function cross(a: Tensor, b: Tensor): Tensor {
  const part = (i: number, j: number) => sub(mul(column(a, i), column(b, j)), mul(column(a, j), column(b, i)));
  return concat([part(1, 2), part(2, 0), part(0, 1)], -1);
}

/**
 * Determinants of 3x3 matrices, [..., 3, 3] to [...]. Throws where rows do not have three entries.
 *
 * @example det3(tensor([[2, 0, 0], [0, 3, 0], [0, 0, 4]])); // 24
 */
export function det3(x: Tensor): Tensor {
  const row = (k: number): Tensor => {
    const at = x.shape.length - 2;
    const shape: Shape = [...x.shape.slice(0, at), 3];
    return reshape(
      slice(
        x,
        x.shape.map((_, axis) => (axis === at ? [k, k + 1] : null)),
      ),
      shape,
    );
  };
  return sum(mul(row(0), cross(row(1), row(2))), { axis: -1 });
}

/**
 * The mean of |a - b| over all elements, a number; shapes broadcast as for `add`. Where a and b agree the derivative is 0.
 *
 * @example tensor([1, 2]).l1Loss(tensor([1, 5])); // 1.5
 */
export const l1Loss = (a: Tensor, b: Tensor): Tensor => mean(abs(sub(a, b)));
/**
 * The mean of (a - b)^2 over all elements, a number; shapes broadcast as for `add`.
 *
 * @example tensor([1, 2]).l2Loss(tensor([1, 5])); // 4.5
 */
export const l2Loss = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));
/**
 * The mean Huber loss over all elements, a number: (a - b)^2 / 2 where |a - b| is below `delta`, delta (|a - b| - delta / 2) from
 * there on (Huber 1964); shapes broadcast as for `add`. Second derivatives (without the mean) are 1 below `delta`, also where a
 * and b agree, and 0 from there on. Throws unless delta is finite and above 0.
 *
 * @example tensor([1, 2]).huberLoss(tensor([1.5, 5]), 1); // 1.3125
 */
export function huberLoss(a: Tensor, b: Tensor, delta: number): Tensor {
  if (!(delta > 0 && delta < Number.POSITIVE_INFINITY)) {
    throw callerError(
      `huberLoss: expected a finite delta above 0, got ${delta}. Use l2Loss for a loss without linear part.`,
    );
  }
  const difference = sub(a, b);
  const size = abs(difference);
  const near = less(size, delta);
  // The quadratic part sees no infinite difference: a derivative of 0 times infinity would be NaN.
  const quadratic = mul(0.5, square(where(near, difference, 0)));
  return mean(where(near, quadratic, mul(delta, sub(size, 0.5 * delta))));
}
