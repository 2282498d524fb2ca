/**
 * Derivatives where functions have none: the defined values at kinks, and no NaN out of a branch not taken.
 *
 * Forces are differentiated once more in training, so all of this must hold for the second order too.
 */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  abs,
  add,
  clamp,
  constantIndex,
  cpuEngine,
  div,
  type Engine,
  exp,
  gather,
  input,
  l1Loss,
  less,
  log,
  maximum,
  minimum,
  mul,
  norm,
  normalize,
  reduceMax,
  reduceMin,
  referenceEngine,
  relu,
  segmentMax,
  segmentMean,
  softplus,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from '../../tensor/index.ts';
import { run } from '../support/run.ts';

const engines: Engine[] = [referenceEngine(), cpuEngine(), cpuEngine({ precision: 'f64' })];

/** The value of f and its first and second derivatives (of sums) at x, checked on every engine. */
async function derivatives(
  f: (x: Tensor) => Tensor,
  x: readonly number[],
  expected: readonly (readonly number[])[],
  what: string,
  shape: readonly number[] = [x.length],
): Promise<void> {
  const at = input(shape);
  const y = f(at);
  const first = grad(sum(y), [at])[0];
  const outputs = [y, first, grad(sum(first), [at])[0]].slice(0, expected.length);
  for (const engine of engines) {
    const found = await run(outputs, { engine, feeds: new Map([[at, x]]) });
    expected.forEach((numbers, order) => {
      numbers.forEach((number, k) => {
        const value = found[order][k];
        const near = Object.is(value, number) || Math.abs(value - number) <= 1e-5 * Math.max(1, Math.abs(number));
        assert.ok(near, `${what}, ${engine.name}: order ${order}, entry ${k} is ${value}, expected ${number}`);
      });
    });
  }
}

test('|x|, relu and clamp at their kinks', async () => {
  await derivatives(
    abs,
    [-2, 0, 3],
    [
      [2, 0, 3],
      [-1, 0, 1],
      [0, 0, 0],
    ],
    'abs',
  );
  await derivatives(
    relu,
    [-2, 0, 3],
    [
      [0, 0, 3],
      [0, 0, 1],
      [0, 0, 0],
    ],
    'relu',
  );
  await derivatives(
    (x) => clamp(x, -1, 1),
    [-3, 0.5, 3],
    [
      [-1, 0.5, 1],
      [0, 1, 0],
      [0, 0, 0],
    ],
    'clamp',
  );
  await derivatives((x) => l1Loss(x, tensor([1, 2])), [1, 5], [[1.5], [0, 0.5], [0, 0]], 'l1Loss');
});

test('the norm of the zero vector has derivative 0, to second order', async () => {
  await derivatives(
    (x) => norm(x, { axis: -1 }),
    [0, 0, 0, 3, 0, 4],
    [
      [0, 5],
      [0, 0, 0, 0.6, 0, 0.8],
    ],
    'norm',
    [2, 3],
  );
  const second = [0, 0, 0, (16 - 12) / 125, 7 / 125 - 7 / 125 + 1 / 5 - 0, (9 - 12) / 125];
  second[4] = 1 / 5; // d/dy of (x + y + z)/r at y = 0: (1 - 0)/r
  await derivatives(
    (x) => norm(x, { axis: -1 }),
    [0, 0, 0, 3, 0, 4],
    [[0, 5], [0, 0, 0, 0.6, 0, 0.8], second],
    'norm',
    [2, 3],
  );
  await derivatives(normalize, [0, 0, 3, 4], [[0, 0, 0.6, 0.8]], 'normalize', [2, 2]);
});

test('ties of maxima share the derivative equally', async () => {
  await derivatives((x) => reduceMax(x), [2, 5, 5, 1], [[5], [0, 0.5, 0.5, 0], [0, 0, 0, 0]], 'reduceMax');
  await derivatives((x) => reduceMax(x), [5, 5, 1, 5], [[5], [1 / 3, 1 / 3, 0, 1 / 3]], 'both axes', [2, 2]);
  await derivatives((x) => reduceMin(x), [2, 2, 2, 5], [[2], [1 / 3, 1 / 3, 1 / 3, 0]], 'reduceMin');
  await derivatives(
    (x) => maximum(x, tensor([1, 1, 1])),
    [0, 1, 2],
    [
      [1, 1, 2],
      [0, 0.5, 1],
      [0, 0, 0],
    ],
    'maximum',
  );
  await derivatives(
    (x) => minimum(x, tensor([1, 1, 1])),
    [0, 1, 2],
    [
      [0, 1, 1],
      [1, 0.5, 0],
      [0, 0, 0],
    ],
    'minimum',
  );
  const segments = constantIndex([0, 0, 2, 2], 3);
  await derivatives(
    (x) => segmentMax(x, segments),
    [4, 4, 1, 2],
    [
      [4, 0, 2],
      [0.5, 0.5, 0, 1],
    ],
    'segmentMax',
  );
});

test('maximum and minimum of infinities are infinities, not NaN', async () => {
  await derivatives(
    (x) => maximum(x, tensor([1, 1])),
    [-Infinity, Infinity],
    [
      [1, Infinity],
      [0, 1],
    ],
    'maximum',
  );
  await derivatives(
    (x) => minimum(x, tensor([1, 1])),
    [-Infinity, Infinity],
    [
      [-Infinity, 1],
      [1, 0],
    ],
    'minimum',
  );
});

test('empty segments are 0 and pass nothing on', async () => {
  const segments = constantIndex([0, 2], 4);
  await derivatives(
    (x) => segmentMean(x, segments),
    [3, 5],
    [
      [3, 0, 5, 0],
      [1, 1],
      [0, 0],
    ],
    'segmentMean',
  );
  await derivatives(
    (x) => segmentMax(x, segments),
    [3, 5],
    [
      [3, 0, 5, 0],
      [1, 1],
      [0, 0],
    ],
    'segmentMax',
  );
});

test('a branch that is not taken adds no NaN or infinity, to second order', async () => {
  const inside = (x: Tensor) => less(0, x);
  const cases: [string, (x: Tensor) => Tensor, [number, number, number]][] = [
    ['sqrt', sqrt, [2, 0.25, -1 / 32]],
    ['log', log, [Math.log(4), 1 / 4, -1 / 16]],
    ['reciprocal', (x) => div(1, x), [1 / 4, -1 / 16, 1 / 32]],
    ['ratio', (x) => div(add(x, 1), x), [5 / 4, -1 / 16, 1 / 32]],
    ['rsqrt', (x) => div(1, sqrt(x)), [0.5, -1 / 16, 3 / 128]],
    ['log of sqrt', (x) => log(sqrt(x)), [Math.log(2), 1 / 8, -1 / 32]],
  ];
  for (const [name, f, [y, first, second]] of cases) {
    for (const outside of [0, -1]) {
      await derivatives(
        (x) => where(inside(x), f(x), 0),
        [4, outside],
        [
          [y, 0],
          [first, 0],
          [second, 0],
        ],
        `${name} at ${outside}`,
      );
      await derivatives(
        (x) => mul(where(sub(1, inside(x)), 7, f(x)), 1),
        [4, outside],
        [
          [y, 7],
          [first, 0],
          [second, 0],
        ],
        `${name} at ${outside}, other branch`,
      );
    }
  }
  await derivatives(
    (x) => where(less(x, 10), x, exp(exp(x))),
    [1, 5],
    [
      [1, 5],
      [1, 1],
      [0, 0],
    ],
    'overflow',
  );
});

test('a NaN that does matter stays visible, on every engine', async () => {
  for (const f of [log, sqrt, exp, (x: Tensor) => div(1, x)]) {
    const x = input([2]);
    const poisoned = sum(mul(f(x), tensor([Number.NaN, 1])));
    for (const engine of engines) {
      const [y, g] = await run([poisoned, grad(poisoned, [x])[0]], { engine, feeds: new Map([[x, [4, 4]]]) });
      assert.ok(Number.isNaN(y[0]), `${engine.name}: the value`);
      assert.ok(Number.isNaN(g[0]), `${engine.name}: the gradient`);
      assert.ok(Number.isFinite(g[1]), `${engine.name}: the gradient beside it`);
    }
  }
});

test('smooth functions far out neither overflow nor become NaN', async () => {
  await derivatives(
    softplus,
    [-800, 0, 800],
    [
      [0, Math.log(2), 800],
      [0, 0.5, 1],
      [0, 0.25, 0],
    ],
    'softplus',
  );
});

test('a gathered kink counts once for each use', async () => {
  const rows = constantIndex([0, 0, 1], 2);
  await derivatives(
    (x) => abs(gather(x, rows)),
    [-1, 0],
    [
      [1, 1, 0],
      [-2, 0],
      [0, 0],
    ],
    'gathered abs',
  );
});

test.run();
