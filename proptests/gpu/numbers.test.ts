/**
 * Numbers of the GPU engine, on a real device: every primitive, generated programs, and the places where gpu.js or
 * float32 would be silently wrong.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import * as X from '../../tensor/compile/expr.ts';
import type { GpuEngine } from '../../tensor/gpu.ts';
import * as T from '../../tensor/index.ts';
import type { Primitive } from '../../tensor/primitive.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { node } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close, drawer, identical, project, smoothFunction } from '../tensor/support.ts';
import { testGpu } from './device.ts';

const gpu = await testGpu(test);
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const N = T.dimension('n');
const D = T.dimension('d');
const E = T.dimension('edges', { streamed: true });

/** Compares outputs with the reference; `tolerance` of the largest entry of each. */
async function agrees(
  engine: GpuEngine,
  outputs: T.Tensor[],
  what: string,
  feeds: T.Feeds = new Map(),
  tolerance = 1e-5,
): Promise<void> {
  const expected = await run(outputs, { feeds });
  const found = await run(outputs, { feeds, engine });
  found.forEach((values, k) => {
    close(values, expected[k], tolerance, `${what}, output ${k}`, 1e-6);
  });
}

gpu.test('the mode that was asked for is the one that runs', async ({ info, traffic }) => {
  assert.is(info.mode, 'webgpu');
  assert.ok(info.name.length > 3, info.name);
  if (process.env.LATTIGRAD_SOFTWARE_GPU === '1') assert.ok(info.software, info.name);
  assert.is(traffic.live, 0);
});

gpu.test('every primitive and its gradient, generated from its record', async (engine) => {
  let seen = 0;
  for (const { sample, name } of primitives) {
    if (!sample) continue;
    seen++;
    await check(
      seeds,
      async (seed) => {
        const { inputs, apply } = sample(drawer(seed));
        // Numbers that float32 holds exactly, since comparisons of rounded ones may differ.
        const xs = inputs.map(({ data, shape }) => T.variable(data.map(Math.fround), shape));
        const y = apply(xs);
        await agrees(engine, [y, ...grad(project(y), xs)], name, new Map(), 2e-5);
      },
      1,
    );
  }
  assert.ok(seen > 25, `${seen} primitives`);
});

gpu.test('a new elementwise primitive is one record: the engine has never heard of it', async (engine) => {
  const swish: Primitive = {
    name: 'swish of this test',
    doc: 'x exp(-x^2)',
    shape: ([x]) => x.shape,
    reference: ([x]) => x.data.map((v) => v * Math.exp(-v * v)),
    vjp: (c, y, [x]) => [T.mul(c, T.sub(T.exp(T.neg(T.mul(x, x))), T.mul(2, T.mul(x, y))))],
    lowering: { kind: 'map', expr: ([x]) => X.mul(x, X.exp(X.neg(X.mul(x, x)))) },
    sample: null,
  };
  const x = T.variable([-2, -0.5, 0, 0.25, 3], [5]);
  const y = node(swish, [x]);
  await agrees(engine, [y, ...grad(project(y), [x])], swish.name);
});

gpu.test('generated programs, their gradients and second derivatives', (engine) =>
  check(
    seeds,
    async (seed) => {
      const draw = drawer(seed);
      const n = draw.integer(1, 6);
      const f = smoothFunction(draw, 5);
      const x = T.variable(draw.reals(n, -1, 1).map(Math.fround), [n]);
      const y = f(x);
      const [first] = grad(project(y), [x]);
      const [second] = grad(project(first, 1), [x]);
      await agrees(engine, [y, first, second], `seed ${seed}`, new Map(), 1e-4);
    },
    4,
  ),
);

gpu.test(
  'what WGSL computes inexactly is composed: sin and cos, tanh, small arguments, sigmoid far out',
  async (engine) => {
    const x = T.input([N], 'x');
    const far = Float64Array.from({ length: 300 }, (_, k) => Math.fround((k - 150) * 6.7 + 1e-3 * k));
    const near = Float64Array.from({ length: 60 }, (_, k) => Math.fround((k % 2 ? -1 : 1) * 10 ** (-k / 10)));
    for (const data of [far, near]) {
      const outputs = [T.sin(x), T.cos(x), T.tanh(x), T.sigmoid(x), T.softplus(x)];
      const expected = await run(outputs, { feeds: new Map([[x, data]]) });
      const found = await run(outputs, { feeds: new Map([[x, data]]), engine });
      found.forEach((values, k) => {
        close(values, expected[k], 1e-6, `output ${k}`);
      });
      // tanh(x) ~ x and sin(x) ~ x: small arguments keep their digits.
      for (const k of [0, 2]) {
        found[k].forEach((value, i) => {
          const want = expected[k][i];
          if (Math.abs(data[i]) < 0.5)
            assert.ok(Math.abs(value - want) <= 1e-5 * Math.abs(want), `${data[i]}: ${value}`);
        });
      }
    }
  },
);

gpu.test('loops do not end at 1000: long segments, long rows, long contracted sides', async (engine) => {
  const [x, index] = [T.input([N, 2], 'x'), T.index(N, D, 'index')];
  const rows = 2700;
  const data = Float64Array.from({ length: 2 * rows }, (_, k) => Math.fround(Math.sin(k * k) + 0.5));
  const feeds = new Map<T.Tensor, T.Numbers | T.IndexValue>([
    [x, data],
    [index, { values: Int32Array.from({ length: rows }, (_, k) => (k % 3 === 0 ? 2 : 0)), count: 4 }],
  ]);
  const sums = T.segmentSum(x, index);
  await agrees(engine, [sums, T.segmentMax(x, index), T.gather(sums, index), T.degree(index)], 'segments', feeds);

  const wide = T.tensor(
    Float64Array.from({ length: 2 * 1500 }, (_, k) => Math.fround(Math.cos(k))),
    [2, 1500],
  );
  await agrees(
    engine,
    [T.sum(wide, { axis: 1 }), T.reduceMax(wide, { axis: 1 }), T.matmul(wide, T.transpose(wide))],
    'rows',
  );
});

gpu.test('sums over all rows go in two passes: any number of rows, the bits repeat', (engine) =>
  check(
    fc.oneof(fc.integer({ min: 0, max: 1100 }), fc.constantFrom(1, 255, 256, 257, 512)),
    async (rows) => {
      const [a, b] = [T.input([N, 3], 'a'), T.input([N, 4], 'b')];
      const wave = (count: number, shift: number) =>
        Float64Array.from({ length: count }, (_, k) => Math.fround(Math.sin(k * k + shift)));
      const feeds = new Map([
        [a, wave(3 * rows, 1)],
        [b, wave(4 * rows, 2)],
      ]);
      const w = T.variable(new Float64Array(12), [3, 4]);
      // The gradient for w is a' b, contracted over the rows.
      const [product] = grad(T.sum(T.mul(T.matmul(a, w), b)), [w]);
      const outputs = [product, T.sum(a), T.sum(a, { axis: 0 }), T.mean(T.mul(a, a))];
      if (rows === 0) outputs.pop();
      await agrees(engine, outputs, `${rows} rows`, feeds, 2e-5);
      const [first, again] = [await run(outputs, { engine, feeds }), await run(outputs, { engine, feeds })];
      first.forEach((values, k) => {
        identical(values, again[k], `output ${k}`);
      });
    },
    6,
  ),
);

gpu.test('a long sum stays exact: 300,000 equal numbers', async (engine) => {
  const x = T.input([N], 'x');
  const data = new Float64Array(300_000).fill(Math.fround(0.1));
  const [total] = await run([T.sum(x)], { engine, feeds: new Map([[x, data]]) });
  // One running float32 sum is off by 2.7e-3.
  let running = 0;
  for (const value of data) running = Math.fround(running + value);
  const exact = 300_000 * Math.fround(0.1);
  assert.ok(Math.abs(running / exact - 1) > 5e-4);
  assert.ok(Math.abs(total[0] / exact - 1) < 3e-5, `${total[0]}`);
});

gpu.test('a tensor of more than 2^24 elements is addressed by row and column', async (engine) => {
  const rows = 200_000;
  const channels = 100;
  assert.ok(rows * channels > 2 ** 24);
  const [x, w] = [
    T.input([N], 'x'),
    T.tensor(
      Float64Array.from({ length: channels }, (_, k) => k),
      [channels],
    ),
  ];
  const index = T.index(E, N, 'pick');
  // Whole numbers below 2^24, different for neighbouring elements: a wrong address shows.
  const large = T.add(T.mul(T.unsqueeze(x, 1), 64), w);
  const feeds = new Map<T.Tensor, T.Numbers | T.IndexValue>([
    [x, Float64Array.from({ length: rows }, (_, k) => k)],
    [index, { values: Int32Array.of(0, 4095, 4096, 167_772, 167_773, 199_998, 199_999), count: rows }],
  ]);
  const picked = T.gather(large, index);
  const plan = engine.compile({ outputs: [picked] });
  assert.is(plan.kernels, 2, 'the large tensor is stored');
  const [found] = await plan.run(feeds);
  const [expected] = await T.referenceEngine()
    .compile({ outputs: [picked] })
    .run(feeds);
  identical(found, expected, 'picked rows');
});

gpu.test('programs that need more arrays than a kernel takes', async (engine) => {
  const xs = Array.from({ length: 20 }, (_, k) => T.input([N, 1 + (k % 3)], `x${k}`));
  const feeds = new Map(
    xs.map((x, k) => [x, Float64Array.from({ length: 5 * (1 + (k % 3)) }, (_, i) => Math.fround(Math.sin(i + k)))]),
  );
  const total = xs.map((x) => T.sum(T.mul(x, x), { axis: 1 })).reduce((sum, x) => T.add(T.mul(sum, 0.5), x));
  await agrees(engine, [total], 'twenty arrays', feeds);
});

test.run();
