/**
 * What the tests of tensor/ and autograd/ share: a source of random draws, comparisons of arrays, and random
 * smooth functions.
 *
 * Everything is a pure function of an integer that fast-check draws, so a printed counterexample can be replayed.
 */

import * as assert from 'uvu/assert';
import {
  add,
  broadcastTo,
  concat,
  constantIndex,
  cos,
  div,
  exp,
  fold,
  gather,
  key,
  matmul,
  mean,
  mul,
  normal,
  type Operand,
  segmentSum,
  sigmoid,
  sin,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  uniform,
} from '../../tensor/index.ts';
import type { Draw } from '../../tensor/primitive.ts';

/** Draws that depend on `seed` only. */
export function drawer(seed: number): Draw {
  let calls = 0;
  const next = () => uniform(fold(key(seed), calls++), 1)[0];
  const draw: Draw = {
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    reals: (count, low, high, avoid = [], gap = 0) =>
      Array.from({ length: count }, () => {
        for (;;) {
          const x = low + next() * (high - low);
          if (avoid.every((point) => Math.abs(x - point) >= gap)) return x;
        }
      }),
  };
  return draw;
}

export const size = (shape: readonly unknown[]): number => (shape as number[]).reduce((a, b) => a * b, 1);

/** `count` standard normal numbers. */
export const normals = (seed: number, count: number): Float64Array => normal(key(seed), count);

/** Asserts equal lengths and |found - expected| <= tolerance * (largest |expected|, at least `floor`). */
export function close(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  where: string,
  floor = 0,
): void {
  assert.is(found.length, expected.length, `${where}: ${found.length} numbers, expected ${expected.length}`);
  let largest = floor;
  for (let k = 0; k < expected.length; k++) {
    if (Number.isFinite(expected[k])) largest = Math.max(largest, Math.abs(expected[k]));
  }
  for (let k = 0; k < expected.length; k++) {
    const same = Object.is(found[k], expected[k]) || Math.abs(found[k] - expected[k]) <= tolerance * largest;
    assert.ok(
      same,
      `${where}: entry ${k} is ${found[k]}, expected ${expected[k]} (tolerance ${tolerance} of ${largest})`,
    );
  }
}

/** Asserts equal bits. */
export function identical(found: ArrayLike<number>, expected: ArrayLike<number>, where: string): void {
  assert.is(found.length, expected.length, where);
  for (let k = 0; k < expected.length; k++) {
    assert.ok(Object.is(found[k], expected[k]), `${where}: entry ${k} is ${found[k]}, expected ${expected[k]}`);
  }
}

/** A fixed projection onto a number: sum of w y with unremarkable weights w. */
export const project = (y: Tensor, salt = 0): Tensor => {
  const weights = Array.from({ length: size(y.shape) }, (_, k) => Math.sin(1.3 * (k + 1) + salt) + 0.2);
  return sum(mul(y, tensor(weights, y.shape)));
};

/** A random smooth function from [n] to [n], built from many primitives; values and slopes stay moderate. */
export function smoothFunction(draw: Draw, n: number, steps = 6): (x: Tensor) => Tensor {
  const unary: ((a: Tensor) => Tensor)[] = [
    sin,
    cos,
    tanh,
    sigmoid,
    softplus,
    (a) => exp(mul(0.5, tanh(a))),
    (a) => mul(0.3, mul(a, a)),
    (a) => broadcastTo(mean(a), [n]),
    (a) => add(a, mul(0.2, sum(sin(a)))),
    (a) => (n > 1 ? concat([slice(a, [[1, n]]), slice(a, [[0, 1]])]) : a),
  ];
  const binary: ((a: Tensor, b: Tensor) => Tensor)[] = [
    add,
    sub,
    (a, b) => mul(tanh(a), b),
    (a, b) => div(a, add(1.7, cos(b))),
  ];
  const matrix = tensor(draw.reals(n * n, -0.7, 0.7), [n, n], 'matrix');
  const rows = constantIndex(
    Array.from({ length: n }, () => draw.integer(0, n - 1)),
    n,
  );
  unary.push(
    (a) => matmul(matrix, a),
    (a) => gather(a, rows),
    (a) => mul(0.5, segmentSum(sin(a), rows)),
  );
  const plan = Array.from({ length: steps }, (_, k) => ({
    one: draw.integer(0, 1) === 0,
    op: draw.integer(0, 999),
    a: draw.integer(0, k),
    b: draw.integer(0, k),
  }));
  const shift: Operand = draw.reals(1, 0.2, 0.9)[0];
  return (x) => {
    const pool = [add(x, shift)];
    for (const { one, op, a, b } of plan) {
      pool.push(one ? unary[op % unary.length](pool[a]) : binary[op % binary.length](pool[a], pool[b]));
    }
    // The last two values, wrapped so that no random chain is linear in x.
    return add(sin(pool[pool.length - 1]), mul(0.5, tanh(pool[pool.length - 2])));
  };
}
