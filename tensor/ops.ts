/**
 * Composite operations: everything here is built from primitives, so derivatives come for free.
 *
 * Functions that have a kink say what their derivative is there.
 */
import { type Shape, showShape } from './dimension.ts';
import { constant, literal } from './leaves.ts';
import {
  abs,
  add,
  div,
  exp,
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
import { matmul } from './primitives/linalg.ts';
import { broadcastTo, concat, permute, reshape, slice } from './primitives/movement.ts';
import { mean, type ReduceOptions, reduceMax, sum } from './primitives/reduce.ts';
import type { Tensor } from './tensor.ts';

export const square = (x: Tensor): Tensor => mul(x, x);
export const rsqrt = (x: Tensor): Tensor => div(1, sqrt(x));
/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));
/** max(x, 0); the derivative at 0 is 0. */
export const relu = (x: Tensor): Tensor => where(less(0, x), x, 0);

/** x^p: by products for small integers, else exp(p log x), which needs x > 0. */
export function pow(x: Tensor, exponent: number): Tensor {
  if (Number.isInteger(exponent) && Math.abs(exponent) <= 64) {
    if (exponent < 0) return div(1, pow(x, -exponent));
    if (exponent === 0) return broadcastTo(literal(1), x.shape);
    if (exponent === 1) return x;
    const whole = square(pow(x, Math.floor(exponent / 2)));
    return exponent % 2 === 0 ? whole : mul(whole, x);
  }
  if (exponent === 0.5) return sqrt(x);
  if (exponent === -0.5) return rsqrt(x);
  return exp(mul(exponent, log(x)));
}

/** The larger of a and b; where they are equal each gets half of the derivative. */
export const maximum = (a: Operand, b: Operand): Tensor =>
  where(less(b, a), a, where(less(a, b), b, add(mul(0.5, a), mul(0.5, b))));
export const minimum = (a: Operand, b: Operand): Tensor => neg(maximum(neg(a), neg(b)));
/** x limited to [low, high]; the derivative is 1 inside and 0 outside. */
export const clamp = (x: Tensor, low: number, high: number): Tensor =>
  where(less(x, low), low, where(less(high, x), high, x));

export const reduceMin = (x: Tensor, options: ReduceOptions = {}): Tensor => neg(reduceMax(neg(x), options));

/** Product over one numeric axis, by halves (so that zeros do no harm). */
export function prod(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const size = x.shape[at];
  if (typeof size !== 'number' || size === 0)
    throw new Error(`prod: axis ${axis} of ${showShape(x.shape)} must be a number > 0.`);
  if (size === 1)
    return reshape(
      x,
      x.shape.filter((_, k) => k !== at),
    );
  const half = Math.floor(size / 2);
  const range = (from: number, to: number) =>
    slice(
      x,
      x.shape.map((_, k) => (k === at ? [from, to] : null)),
    );
  return mul(prod(range(0, half), at), prod(range(half, size), at));
}

/** Running sum along a numeric axis (a product with a triangle of ones). */
export function cumsum(x: Tensor, axis = -1): Tensor {
  const last = x.shape.length - 1;
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (typeof x.shape[at] !== 'number') throw new Error(`cumsum: axis ${axis} of ${showShape(x.shape)} is no number.`);
  if (at !== last) {
    const swap = x.shape.map((_, k) => (k === at ? last : k === last ? at : k));
    return permute(cumsum(permute(x, swap)), swap);
  }
  const n = x.shape[at] as number;
  const triangle = Array.from({ length: n * n }, (_, k) => (Math.floor(k / n) <= k % n ? 1 : 0));
  return matmul(x, constant(triangle, [n, n], 'triangle'));
}

/** log(sum(exp(x))) over axes, shifted by the maximum so that nothing overflows. */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const top = reduceMax(x, { ...options, keep: true });
  const total = add(log(sum(exp(sub(x, top)), { ...options, keep: true })), top);
  return options.keep ? total : reshape(total, sum(x, options).shape);
}
export const logSoftmax = (x: Tensor, axis = -1): Tensor => sub(x, logSumExp(x, { axis, keep: true }));
export const softmax = (x: Tensor, axis = -1): Tensor => exp(logSoftmax(x, axis));

/** Mean of squared deviations (biased). */
export const variance = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  mean(square(sub(x, mean(x, { ...options, keep: true }))), options);

/** Layer normalisation over the last axis, then scale and shift (Ba et al. 2016). */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, { axis: -1, keep: true }));
  const spread = mean(square(centred), { axis: -1, keep: true });
  return add(mul(div(centred, sqrt(add(spread, epsilon))), weight), bias);
}

/** Euclidean norm over axes; its derivative at the zero vector is 0. */
export function norm(x: Tensor, options: ReduceOptions = { axis: -1 }): Tensor {
  const squares = sum(square(x), options);
  const present = less(0, squares);
  return where(present, sqrt(where(present, squares, 1)), 0);
}
/** x / |x| along the last axis; the zero vector stays zero. */
export function normalize(x: Tensor): Tensor {
  const length = norm(x, { axis: -1, keep: true });
  return div(x, add(length, sub(1, less(0, length))));
}

const column = (x: Tensor, k: number): Tensor => {
  const rank = x.shape.length;
  return slice(
    x,
    x.shape.map((_, axis) => (axis === rank - 1 ? [k, k + 1] : null)),
  );
};

/** Cross product along the last axis (size 3). */
export function cross(a: Tensor, b: Tensor): Tensor {
  const part = (i: number, j: number) => sub(mul(column(a, i), column(b, j)), mul(column(a, j), column(b, i)));
  return concat([part(1, 2), part(2, 0), part(0, 1)], -1);
}

/** Determinants of 3x3 matrices, [..., 3, 3] to [...]. */
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

/** Mean of |a - b| over all elements. */
export const l1Loss = (a: Tensor, b: Tensor): Tensor => mean(abs(sub(a, b)));
/** Mean of (a - b)^2 over all elements. */
export const l2Loss = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));
/** Mean Huber loss: quadratic below `delta`, linear beyond (Huber 1964). */
export function huberLoss(a: Tensor, b: Tensor, delta: number): Tensor {
  const size = abs(sub(a, b));
  return mean(where(less(size, delta), mul(0.5, square(size)), mul(delta, sub(size, 0.5 * delta))));
}
