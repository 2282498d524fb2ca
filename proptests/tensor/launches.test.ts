/**
 * Kernels that run as one: random layers on random row spaces against the reference, bit for bit as if each kernel ran on
 * its own, and on any number of threads; and which programs make how many launches.
 *
 * Layers branch, meet again, read other rows and sum over rows, so that some kernels may share a launch and some must not.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  add,
  cpuEngine,
  dimension,
  type Feeds,
  gather,
  index,
  input,
  linear,
  matmul,
  mul,
  permute,
  referenceEngine,
  reshape,
  type Size,
  segmentSum,
  sigmoid,
  silu,
  slice,
  sub,
  sum,
  type Tensor,
  tanh,
  variable,
} from '../../tensor/index.ts';
import type { Draw } from '../../tensor/primitive.ts';
import { check } from '../support/check.ts';
import { close, drawer, identical, normals } from './support.ts';

const rows = dimension('rows');
const SIZES = [0, 1, 3, 4, 5, 1027];
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const oracle = referenceEngine();
const engines = [1, 2, 3].map((threads) => cpuEngine({ threads }));
const [single] = engines as [(typeof engines)[0]];
const apart = cpuEngine({ threads: 2, fuse: false });
const exact = cpuEngine({ precision: 'f64' });

interface Network {
  readonly x: Tensor;
  readonly at: Tensor;
  readonly weights: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

const pick = <T>(draw: Draw, from: readonly T[]): T => from[draw.integer(0, from.length - 1)]!;

/** A random network on an input [n, 8] and an index from rows to rows; every product's result is below about 1. */
function network(draw: Draw, n: Size, steps: number): Network {
  const [x, at] = [input([n, 8], 'x'), index(n, n, 'at')];
  const weights: Tensor[] = [];
  const weight = (inner: number, outer: number, flip: boolean): Tensor => {
    const values = draw.reals(inner * outer, -1, 1).map((v) => Math.fround(v / Math.sqrt(inner)));
    const made = variable(values, flip ? [outer, inner] : [inner, outer]);
    weights.push(made);
    return made;
  };
  const width = (t: Tensor): number => t.shape[1] as number;
  const pool = [x];
  const product = (t: Tensor): Tensor => {
    const [inner, outer] = [width(t), pick(draw, [1, 3, 8, 9, 16])];
    switch (draw.integer(0, 3)) {
      case 0:
        return linear(t, weight(inner, outer, true));
      case 1:
        return matmul(t, weight(inner, outer, false));
      case 2: {
        // Several rows of the product in one row of the batch.
        if (inner % 2 !== 0) return matmul(t, weight(inner, outer, false));
        const y = matmul(reshape(t, [n, 2, inner / 2]), weight(inner / 2, outer, false));
        return reshape(permute(y, [0, 2, 1]), [n, 2 * outer]);
      }
      default:
        // Once as it is, once through an activation.
        return ((y: Tensor) => sub(silu(y), mul(0.5, y)))(matmul(t, weight(inner, outer, false)));
    }
  };
  const epilogue = (t: Tensor): Tensor => {
    const w = width(t);
    const fitting = pool.filter((other) => other !== t && width(other) === w);
    switch (draw.integer(0, 9)) {
      case 0:
        return add(t, variable(draw.reals(w, -1, 1).map(Math.fround), [w]));
      case 1:
        return silu(t);
      case 2:
      case 3:
        return fitting.length > 0 ? add(mul(0.5, t), tanh(pick(draw, fitting))) : tanh(t);
      case 4:
        return mul(t, sigmoid(sum(t, { axis: 1, keep: true })));
      case 5:
        return w > 1 ? slice(t, [null, [1, w]]) : tanh(t);
      case 6:
        return gather(tanh(t), at);
      case 7:
        return add(t, tanh(mul(0.2, segmentSum(tanh(t), at))));
      case 8:
        return add(t, tanh(mul(0.01, sum(tanh(t), { axis: 0 }))));
      default:
        return mul(tanh(t), 0.7);
    }
  };
  for (let k = 0; k < steps; k++) {
    const from = pick(draw, pool.slice(-4));
    pool.push(k % 2 === 0 ? product(from) : epilogue(from));
  }
  const last = pool.slice(-2);
  const loss = last.map((t) => sum(mul(0.1, tanh(t)))).reduce((a, b) => add(a, b));
  return { x, at, weights, outputs: [...last, pick(draw, pool), loss, ...grad(loss, [x, ...weights])] };
}

function feedsOf({ x, at }: Network, n: number, seed: number): Feeds {
  const data = normals(seed, 8 * n).map(Math.fround);
  const places = Int32Array.from({ length: n }, (_, k) => (k * 7919 + seed) % n);
  return new Map<Tensor, unknown>([
    [x, data],
    [at, { values: places, count: n }],
  ]) as Feeds;
}

test('random networks: the reference, any number of threads, and kernel by kernel', async () => {
  let [kernels, launches, products, smaller] = [0, 0, 0, 0];
  await check(
    fc.tuple(seeds, fc.constantFrom(...SIZES, undefined)),
    async ([seed, fixed]) => {
      const draw = drawer(seed);
      const made = network(draw, fixed ?? rows, draw.integer(2, 9));
      const { outputs } = made;
      const all = [...engines, apart].map((engine) => engine.compile({ outputs }));
      const expected = oracle.compile({ outputs });
      for (const n of fixed === undefined ? SIZES : [fixed]) {
        const feeds = feedsOf(made, n, seed % 100);
        const [first, ...others] = await Promise.all(all.map((plan) => plan.run(feeds)));
        for (const other of others)
          other.forEach((values, k) => {
            identical(values, first[k], `${n} rows, output ${k}`);
          });
        const right = await expected.run(feeds);
        const precise = await exact.compile({ outputs }).run(feeds);
        right.forEach((values, k) => {
          close(precise[k], values, 1e-10, `float64, ${n} rows, output ${k}`, 1e-3);
          close(first[k], values, 3e-4, `float32, ${n} rows, output ${k}`, 1e-2);
        });
      }
      const [report, alone] = [all[0].report(), all[3].report()];
      assert.is(alone.launches, alone.kernels);
      assert.is(report.kernels, alone.kernels);
      kernels += report.kernels;
      launches += report.launches;
      products += report.products;
      smaller += Number(report.arenaBytes < alone.arenaBytes);
    },
    40,
  );
  assert.ok(
    products > 100 && launches < 0.8 * kernels,
    `${products} products; ${kernels} kernels, ${launches} launches`,
  );
  assert.ok(smaller > 0, 'something computed in place saves memory');
});

/** The plan of these outputs after a run over so many rows of 8 numbers. */
async function planned(outputs: readonly Tensor[], x: Tensor, n = 1000, engine = single) {
  const plan = engine.compile({ outputs });
  await plan.run(new Map([[x, normals(1, 8 * n)]]));
  return plan.report();
}

const weightOf = (inner: number, outer: number) => variable(normals(inner * outer, inner * outer), [outer, inner]);
const biasOf = (outer: number) => variable(normals(outer, outer), [outer]);

test('a linear layer with bias, activation and residual over named rows is one launch, as is a chain of layers', async () => {
  const x = input([rows, 8]);
  const layer = (y: Tensor, outer: number) =>
    silu(add(linear(y, weightOf(y.shape[1] as number, outer)), biasOf(outer)));
  const one = await planned([layer(x, 16)], x);
  assert.equal([one.kernels, one.launches], [2, 1]);
  const residual = await planned([add(x, layer(x, 8))], x);
  assert.equal([residual.kernels, residual.launches], [2, 1]);
  const chain = await planned([layer(add(layer(x, 8), layer(x, 8)), 5)], x);
  assert.is(chain.products, 3);
  assert.is(chain.launches, 1);
  const batched = input([rows, 2, 4]);
  const small = single.compile({ outputs: [silu(linear(batched, weightOf(4, 3)))] });
  assert.is(small.report().launches, 1);
});

test('what needs other rows waits for them', async () => {
  const [x, at] = [input([rows, 8]), index(rows, rows)];
  const y = linear(x, weightOf(8, 8));
  const launches = (output: Tensor) => single.compile({ outputs: [output] }).report().launches;
  assert.is(launches(silu(y)), 1);
  assert.is(launches(gather(silu(y), at)), 2, 'rows picked by an index');
  assert.is(launches(segmentSum(silu(y), at)), 2, 'rows added up at an index');
  assert.is(launches(add(y, sum(y, { axis: 0 }))), 3, 'a sum over all rows');
  const fixed = matmul(input([6, 6]), weightOf(6, 6));
  assert.is(launches(add(fixed, permute(fixed, [1, 0]))), 2, 'a transpose');
  assert.is(launches(matmul(fixed, silu(fixed))), 2, 'a right side');
});

test('a raw product of which only an elementwise function is used takes no memory', async () => {
  const n = 1000;
  const x = input([rows, 8]);
  const y = linear(x, weightOf(8, 32));
  const bytes = async (outputs: readonly Tensor[]) => (await planned(outputs, x, n)).arenaBytes;
  const product = await bytes([y]);
  // Beside the product: the bias, and scratch.
  const most = product + 4096;
  assert.ok((await bytes([silu(add(y, biasOf(32)))])) <= most, 'in place of the product');
  assert.ok((await bytes([add(silu(y), tanh(y))])) <= most, 'also where it is used twice');
  assert.ok((await bytes([y, silu(y)])) >= product + 4 * 32 * n, 'not where the product is asked for itself');
  const sums = sum(y, { axis: 1, keep: true });
  assert.ok((await bytes([mul(sums, silu(y))])) >= product + 4 * 32 * n, 'nor where the row is read before');
  assert.ok((await bytes([silu(y), mul(sums, y)])) >= product + 2 * 4 * 32 * n, 'or after');
});

test('a stream that sums at other rows are added to keeps one place', async () => {
  const [x, at] = [input([rows, 8]), index(rows, rows)];
  const stream = (layers: number): Tensor[] => {
    let y = silu(linear(x, weightOf(8, 32)));
    for (let k = 0; k < layers; k++) y = tanh(add(y, segmentSum(y, at)));
    return [y];
  };
  const n = 1000;
  const places = { values: Int32Array.from({ length: n }, (_, k) => (k * 7919) % n), count: n };
  const feeds = new Map<Tensor, unknown>([
    [x, normals(1, 8 * n).map(Math.fround)],
    [at, places],
  ]) as Feeds;
  const bytes: number[] = [];
  for (const layers of [2, 6]) {
    const plan = single.compile({ outputs: stream(layers) });
    const [found] = await plan.run(feeds);
    const [expected] = await oracle.compile({ outputs: stream(layers) }).run(feeds);
    close(found, expected, 1e-4, `${layers} layers`);
    bytes.push(plan.report().arenaBytes);
  }
  // A stream and the sums being made and being used; each layer has so many numbers.
  assert.is(bytes[1], bytes[0]);
  assert.ok(bytes[1] < 4 * 32 * n * 4, `${bytes}`);
});

test.run();
