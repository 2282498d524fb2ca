/**
 * The table of composed functions of tensor/ for the test of extreme numbers: how each is applied, to inputs of which
 * shapes. An export that is neither here, nor a primitive, nor named below with a reason fails that test.
 */

import * as T from '../../tensor/index.ts';
import { interpolate, interpolateTransposed } from '../../tensor/primitives/interpolate.ts';

export interface Composed {
  readonly shapes: readonly (readonly number[])[];
  readonly apply: (...x: T.Tensor[]) => T.Tensor | readonly T.Tensor[];
}

/** Row numbers with a repeated, a missing and a single destination. */
const rows = T.constantIndex([4, 0, 0, 2, 0, 4, 0, 4], 5);
const knots = T.constantIndex([1, 0, 1, 1, 0], 3);
const vector = [9];
const matrix = [3, 9];
const unary = (
  apply: (x: T.Tensor) => T.Tensor | readonly T.Tensor[],
  shape: readonly number[] = vector,
): Composed => ({
  shapes: [shape],
  apply,
});
const binary = (apply: (a: T.Tensor, b: T.Tensor) => T.Tensor): Composed => ({ shapes: [vector, vector], apply });

export const composed: Readonly<Record<string, Composed>> = {
  square: unary(T.square),
  stopGradient: unary(T.stopGradient),
  rsqrt: unary(T.rsqrt),
  reciprocal: unary(T.reciprocal),
  silu: unary(T.silu),
  relu: unary(T.relu),
  pow: unary((x) => [0, 1, 2, 3, 10, -1, -2, -3, 0.5, -0.5, 1.5, -2.5, 65].map((p) => T.pow(x, p))),
  maximum: binary(T.maximum),
  minimum: binary(T.minimum),
  clamp: unary((x) => [T.clamp(x, -1, 2), T.clamp(x, -Infinity, 0), T.clamp(x, 0, Infinity)]),
  reduceMin: unary((x) => [T.reduceMin(x), T.reduceMin(x, { axis: 1 }), T.reduceMin(x, { axis: 0 })], matrix),
  prod: unary((x) => [T.prod(x, 0), T.prod(x, 1)], [3, 5]),
  cumsum: unary((x) => [T.cumsum(x), T.cumsum(x, 0)], [3, 5]),
  logSumExp: unary((x) => [T.logSumExp(x, { axis: -1 }), T.logSumExp(x)], matrix),
  logSoftmax: unary((x) => T.logSoftmax(x), matrix),
  softmax: unary((x) => T.softmax(x), matrix),
  mean: unary((x) => [T.mean(x), T.mean(x, { axis: 1 }), T.mean(x, { axis: 0, keep: true })], matrix),
  variance: unary((x) => T.variance(x, { axis: 1 }), matrix),
  layerNorm: { shapes: [[2, 5], [5], [5]], apply: (x, weight, bias) => T.layerNorm(x, weight, bias) },
  norm: unary((x) => T.norm(x), [5, 3]),
  normalize: unary(T.normalize, [5, 3]),
  cross: {
    shapes: [
      [3, 3],
      [3, 3],
    ],
    apply: T.cross,
  },
  det3: unary(T.det3, [2, 3, 3]),
  l1Loss: binary(T.l1Loss),
  l2Loss: binary(T.l2Loss),
  huberLoss: binary((a, b) => T.huberLoss(a, b, 0.5)),
  matmul: {
    shapes: [[5, 6], [6, 9], [6], [2, 4, 6], [2, 6, 3]],
    apply: (a, b, v, c, d) => [T.matmul(a, b), T.matmul(a, v), T.matmul(v, b), T.matmul(c, d)],
  },
  linear: {
    shapes: [
      [5, 6],
      [9, 6],
    ],
    apply: T.linear,
  },
  degree: unary((x) => T.mul(T.degree(rows), T.sum(x))),
  segmentMean: unary((x) => T.segmentMean(x, rows), [8, 5]),
  segmentMax: unary((x) => T.segmentMax(x, rows), [8, 5]),
  interpolate: {
    shapes: [[3, 8], [5]],
    apply: (table, t) => [0, 1, 2, 3].map((order) => interpolate(table, knots, t, order)),
  },
  interpolateTransposed: { shapes: [[5, 4], [5]], apply: (x, t) => interpolateTransposed(x, knots, t) },
  concat: { shapes: [matrix, [2, 9]], apply: (a, b) => T.concat([a, b, T.broadcastTo(T.tensor(Infinity), [1, 9])]) },
  stack: binary((a, b) => T.stack([a, b], 1)),
  transpose: unary(T.transpose, matrix),
  at: unary((x) => [T.at(x, 0), T.at(x, -1, 2)], matrix),
  einsum: {
    shapes: [
      [5, 6],
      [6, 9],
    ],
    apply: (a, b) => [T.einsum('ij,jk->ik', a, b), T.einsum('ij->j', a), T.einsum('ij,ij->i', a, a)],
  },
  scan: unary((x) => T.scan((carry, row) => [T.add(carry, row), T.mul(carry, row)], T.tensor(0), x), [4]),
  unsqueeze: unary((x) => T.unsqueeze(x, 1), matrix),
  broadcastTo: unary((x) => T.broadcastTo(x, [3, 9])),
  permute: unary((x) => T.permute(x, [1, 0]), matrix),
  withRule: unary(
    T.withRule(
      (x) => T.exp(x),
      (c) => [c],
    ),
  ),
};

/** Exports that compute nothing with the numbers of tensors, with the reason. */
export const apart: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['input', 'variable', 'tensor', 'constantIndex', 'index', 'sizeOf'].map((name) => [name, 'a leaf']),
  ),
  dimension: 'about shapes',
  Tensor: 'what all operations make',
  primitive: 'makes operations',
  Value: 'numbers with a shape',
  ...Object.fromEntries(
    ['fold', 'integers', 'key', 'normal', 'permutation', 'split', 'uniform'].map((name) => [
      name,
      'draws random numbers',
    ]),
  ),
  ...Object.fromEntries(
    [
      'compile',
      'cpuEngine',
      'defaultEngine',
      'printDot',
      'printProfile',
      'printSvg',
      'printText',
      'referenceEngine',
      'value',
    ].map((name) => [name, 'runs or shows graphs']),
  ),
};
