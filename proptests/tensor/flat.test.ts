/**
 * Tensors too narrow for vector lanes, [n] and [n, 3] above all: elementwise work and sums over everything, which run on
 * the numbers instead of the rows. The reference at awkward sizes, one to three threads, and every place alike.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileProgram } from '../../tensor/compile/plan.ts';
import { flatWidth } from '../../tensor/engines/cpu/flat.ts';
import {
  abs,
  add,
  cpuEngine,
  dimension,
  exp,
  type Feeds,
  input,
  mean,
  mul,
  reduceMax,
  referenceEngine,
  type Size,
  sigmoid,
  sin,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from '../../tensor/index.ts';
import type { Draw } from '../../tensor/primitive.ts';
import { check } from '../support/check.ts';
import { close, drawer, identical, normals } from './support.ts';

const rows = dimension('rows');
const edges = dimension('edges', { streamed: true });
const SIZES = [0, 1, 3, 4, 5, 63, 64, 67, 1029, 40_003];
const oracle = referenceEngine();
const engines = [1, 2, 3].map((threads) => cpuEngine({ threads }));
const exact = cpuEngine({ precision: 'f64' });

/** A random elementwise function of two tensors of one shape and a number. */
function elementwise(draw: Draw, x: Tensor, y: Tensor, scale: Tensor): Tensor {
  const pool = [x, y, mul(x, scale)];
  const pick = () => pool[draw.integer(0, pool.length - 1)];
  for (let k = 0; k < 5; k++) {
    const a = pick();
    const made = [
      () => sigmoid(a),
      () => tanh(a),
      () => sub(mul(a, pick()), scale),
      () => add(mul(0.5, a), pick()),
      () => softplus(a),
      () => exp(mul(-0.5, square(tanh(a)))),
    ][draw.integer(0, 5)]();
    pool.push(tanh(made));
  }
  return pool.at(-1)!;
}

const shapes = (n: Size): Size[][] => [[n], [n, 1], [n, 3], [n, 2, 3], [n, 5], [n, 4]];

test('functions and sums agree with the reference, on any number of threads', () =>
  check(
    fc.tuple(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.nat(5),
      fc.constantFrom<Size | undefined>(rows, edges, undefined),
    ),
    async ([seed, kind, named]) => {
      const draw = drawer(seed);
      const fixed = SIZES[draw.integer(0, SIZES.length - 1)];
      const shape = shapes(named ?? fixed)[kind];
      const width = shape.slice(1).reduce<number>((w, s) => w * (s as number), 1);
      const [x, y, scale] = [input(shape), input(shape), input([])];
      const z = elementwise(draw, x, y, scale);
      const outputs = [z, mul(z, scale), sum(z), mean(abs(z)), reduceMax(z), sum(mul(x, y))];
      const plans = engines.map((engine) => engine.compile({ outputs }));
      for (const n of named === undefined ? [fixed] : SIZES) {
        const [a, b] = [0, 1].map((k) => normals(seed + k, n * width).map(Math.fround)) as [Float64Array, Float64Array];
        const feeds = new Map<Tensor, unknown>([
          [x, a],
          [y, b],
          [scale, 0.75],
        ]) as Feeds;
        const [first, ...others] = await Promise.all(plans.map((plan) => plan.run(feeds)));
        for (const other of others)
          other.forEach((values, k) => {
            identical(values, first[k], `${n} rows of ${width}, output ${k}`);
          });
        const expected = await oracle.compile({ outputs }).run(feeds);
        const precise = await exact.compile({ outputs }).run(feeds);
        expected.forEach((values, k) => {
          // The last one adds products of both signs: its rounding grows with the number of terms, its value may not.
          const floor = k === 5 ? Math.sqrt(n * width) : 1e-2;
          close(first[k], values, 3e-5, `float32, ${n} rows of ${width}, output ${k}`, floor);
          close(precise[k], values, 1e-12, `float64, ${n} rows of ${width}, output ${k}`, floor);
        });
      }
    },
    15,
  ));

test('equal numbers give equal bits wherever they stand, cuts between threads included', () =>
  check(
    fc.integer({ min: 0, max: 2 ** 31 }),
    async (seed) => {
      const [x, y, scale] = [input([rows]), input([rows]), input([])];
      const outputs = [elementwise(drawer(seed), x, y, scale), add(mul(x, y), scale)];
      const period = 4 * 7;
      // A sixteenth of it is no multiple of four.
      const n = period * 6001;
      const wave = (salt: number) => Float64Array.from({ length: n }, (_, k) => Math.sin(salt + (k % period)));
      const feeds = new Map<Tensor, unknown>([
        [x, wave(1)],
        [y, wave(2)],
        [scale, 1 / 3],
      ]) as Feeds;
      for (const found of await engines[1].compile({ outputs }).run(feeds))
        for (let k = period; k < n; k++) assert.is(found[k], found[k - period], `number ${k}`);
    },
    5,
  ));

test('temporaries of a block have room of their own', async () => {
  const [x, y] = [input([rows, 1]), input([rows])];
  const row = sum(sin(x), { axis: 1 });
  const outputs = [add(tanh(row), y), mul(reduceMax(x, { axis: 1 }), row), sub(row, y)];
  const { kernels } = compileProgram({ outputs });
  assert.ok(kernels.every((k) => k.kind === 'sweep' && k.temps.length > 0 && flatWidth(k) === 1));
  // Many runs of the largest size: helper threads must have arrived for their temporaries to meet.
  for (const n of [...SIZES, ...new Array<number>(20).fill(SIZES.at(-1)!)]) {
    const feeds: Feeds = new Map([
      [x, normals(1, n).map(Math.fround)],
      [y, normals(2, n).map(Math.fround)],
    ]);
    const expected = await oracle.compile({ outputs }).run(feeds);
    for (const engine of engines)
      for (const [k, values] of (await engine.compile({ outputs }).run(feeds)).entries())
        close(values, expected[k], 1e-6, `${n} rows, ${engine.threads} threads`, 1);
  }
});

test('which sweeps are over numbers', () => {
  const widthOf = (output: Tensor) => {
    const [kernel] = compileProgram({ outputs: [output] }).kernels;
    assert.ok(kernel?.kind === 'sweep');
    return flatWidth(kernel);
  };
  const x = input([rows, 2, 3]);
  assert.is(widthOf(sin(input([rows]))), 1);
  assert.is(widthOf(mul(sin(x), input([]))), 6, 'one number for all');
  assert.is(widthOf(sum(sin(x))), 6);
  assert.is(widthOf(mul(x, input([3]))), undefined, 'a row for all');
  assert.is(widthOf(mul(x, input([rows, 1, 1]))), undefined, 'a number for a row');
  assert.is(widthOf(sum(x, { axis: 2 })), undefined);
  assert.is(widthOf(sum(x, { axis: 0 })), undefined);
});

test.run();
