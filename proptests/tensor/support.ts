/**
 * What the tests of tensor/ and autograd/ share: a source of random draws, comparisons of arrays, and random
 * smooth functions.
 *
 * Everything is a pure function of an integer that fast-check draws, so a printed counterexample can be replayed.
 */

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { fold, key, mul, normal, sum, type Tensor, tensor, uniform } from '../../tensor/index.ts';
import type { Draw } from '../../tensor/primitive.ts';
import { programs } from '../../testing/index.ts';

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

/** A smooth function that keeps shapes, for draws of other things, too: one of the programs of testing/. */
export const smoothFunction = (draw: Draw, steps = 6): ((x: Tensor) => Tensor) =>
  fc.sample(programs({ steps }), { seed: draw.integer(0, 2 ** 31 - 1), numRuns: 1 })[0].apply;
