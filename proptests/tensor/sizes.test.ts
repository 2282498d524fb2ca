/**
 * Sizes: the CPU engine against the reference for 0, 1, a few and many rows, named and numeric.
 *
 * One plan serves all sizes of a named dimension, so vector tails, empty batches and long rows meet the same code.
 */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  add,
  broadcastTo,
  concat,
  constantIndex,
  cpuEngine,
  degree,
  dimension,
  type Feeds,
  gather,
  index,
  input,
  linear,
  matmul,
  mean,
  mul,
  permute,
  reduceMax,
  referenceEngine,
  reshape,
  type Shape,
  segmentMax,
  segmentMean,
  segmentSum,
  sin,
  slice,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from '../../tensor/index.ts';
import type { Primitive } from '../../tensor/primitive.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { interpolate, interpolateTransposed } from '../../tensor/primitives/interpolate.ts';
import { matmulTNPrimitive } from '../../tensor/primitives/linalg.ts';
import { node } from '../../tensor/tensor.ts';
import { close, drawer, normals } from './support.ts';

const SIZES = [0, 1, 3, 4, 5, 1027];
const rows = dimension('rows');
const edges = dimension('edges', { streamed: true });
const segments = dimension('segments');
const reference = referenceEngine();
const engines = [
  { engine: cpuEngine(), tolerance: 5e-5 },
  { engine: cpuEngine({ precision: 'f64' }), tolerance: 1e-11 },
];

const values = (n: number, seed: number): number[] => [...normals(seed, n)].map(Math.fround);

/** A nonlinear number made of y, with slopes below 1: float32 must not drown in an ill-conditioned test. */
const scalar = (y: Tensor, salt: number): Tensor => sum(sin(add(mul(0.3, y), salt)));

/** Value, gradients of a nonlinear number made of it, and the gradients of a number made of those. */
function orders(y: Tensor, xs: readonly Tensor[]): Tensor[] {
  const first = grad(scalar(y, 0.1), xs);
  const slope = first.map((g, k) => scalar(g, 1 + k)).reduce((a, b) => add(a, b));
  return [y, ...first, ...grad(slope, xs)];
}

async function compare(outputs: readonly Tensor[], runs: readonly (() => Feeds)[], where: string): Promise<void> {
  const oracle = reference.compile({ outputs });
  const plans = engines.map(({ engine, tolerance }) => ({ engine, plan: engine.compile({ outputs }), tolerance }));
  const compiled = engines.map(({ engine }) => engine.counters.compiles);
  for (const [k, feeds] of runs.entries()) {
    const fed = feeds();
    const expected = await oracle.run(fed);
    for (const { plan, tolerance } of plans) {
      const found = await plan.run(fed);
      found.forEach((values, output) => {
        close(values, expected[output], tolerance, `${where}, run ${k}, output ${output}, ${tolerance}`, 1e-3);
      });
    }
  }
  engines.forEach(({ engine }, k) => {
    assert.is(engine.counters.compiles, compiled[k], 'changing sizes compiles nothing');
  });
}

/** Numbers of the domain of an elementwise primitive: many of its samples, end to end. */
function domainOf({ sample }: Primitive, argument: number, count: number, seed: number): number[] {
  const numbers: number[] = [];
  for (let k = 0; numbers.length < count; k++) {
    numbers.push(...sample!(drawer(seed + k)).inputs[argument].data.map(Math.fround));
  }
  return numbers.slice(0, count);
}

for (const primitive of primitives.filter(({ lowering }) => lowering.kind === 'map')) {
  for (const [kind, shape] of [
    ['rows', [rows]],
    ['rows of 3', [rows, 3]],
    ['streamed rows of 5', [edges, 5]],
  ] as const) {
    test(`${primitive.name} over ${kind} of every size`, async () => {
      const { inputs, apply } = primitive.sample!(drawer(1));
      const xs = inputs.map(() => input(shape as Shape));
      const width = (shape[1] as number | undefined) ?? 1;
      // Near poles second derivatives are large: the projections are linear here, with weights that are fed.
      const weights = [input(shape as Shape), ...xs.map(() => input(shape as Shape))];
      const y = apply(xs);
      const first = grad(sum(mul(y, weights[0])), xs);
      const slope = first.map((g, k) => sum(mul(g, weights[1 + k]))).reduce((a, b) => add(a, b));
      const runs = SIZES.map((n) => () => {
        const arrays = xs.map((x, k) => [x, domainOf(primitive, k, n * width, 100 * n)] as const);
        return new Map([...arrays, ...weights.map((w, k) => [w, values(n * width, n + k)] as const)]);
      });
      await compare([y, ...first, ...grad(slope, xs)], runs, primitive.name);
    });
  }
}

/** Uses of the other primitives on an input with a leading axis of any size, and perhaps a second input. */
const uses: Record<string, { shapes: (n: Shape[number]) => Shape[]; apply: (...x: Tensor[]) => Tensor }> = {
  'sum over rows': { shapes: (n) => [[n, 5]], apply: (x) => mul(0.05, sum(x, { axis: 0 })) },
  'sum over channels': { shapes: (n) => [[n, 5]], apply: (x) => sum(x, { axis: 1 }) },
  'sum over all': { shapes: (n) => [[n, 2, 3]], apply: (x) => mul(0.05, sum(x)) },
  'sum over outer axes': { shapes: (n) => [[n, 2, 3]], apply: (x) => mul(0.05, sum(x, { axis: [0, 2] })) },
  'mean over channels': { shapes: (n) => [[n, 5]], apply: (x) => mean(x, { axis: 1, keep: true }) },
  'maximum over channels': { shapes: (n) => [[n, 5]], apply: (x) => reduceMax(x, { axis: 1 }) },
  'broadcast from a row': { shapes: (n) => [[n, 3], [3]], apply: (x, y) => mul(x, y) },
  'broadcast from a column': {
    shapes: (n) => [
      [n, 3],
      [n, 1],
    ],
    apply: (x, y) => add(x, y),
  },
  'broadcast from a number': { shapes: (n) => [[n, 3], []], apply: (x, y) => mul(x, broadcastTo(y, x.shape)) },
  'transposed channels': { shapes: (n) => [[n, 2, 3]], apply: (x) => mul(transpose(x), 2) },
  'sliced channels': { shapes: (n) => [[n, 7]], apply: (x) => slice(x, [null, [1, 6, 2]]) },
  'joined channels': {
    shapes: (n) => [
      [n, 2],
      [n, 3],
    ],
    apply: (x, y) => concat([x, y, x], 1),
  },
  'other shape': { shapes: (n) => [[n, 6]], apply: (x) => mul(reshape(x, [x.shape[0], 3, 2]), 3) },
  'matrix product': {
    shapes: (n) => [
      [n, 6],
      [6, 5],
    ],
    apply: (x, w) => matmul(x, w),
  },
  'linear layer': {
    shapes: (n) => [
      [n, 6],
      [9, 6],
    ],
    apply: (x, w) => tanh(linear(x, w)),
  },
  'contraction over rows': {
    shapes: (n) => [
      [n, 4],
      [n, 7],
    ],
    apply: (x, y) => mul(0.05, node(matmulTNPrimitive, [x, y])),
  },
  'batched product': {
    shapes: (n) => [
      [n, 2, 3],
      [n, 3, 4],
    ],
    apply: (x, y) => matmul(x, y),
  },
};

for (const [name, { shapes, apply }] of Object.entries(uses)) {
  for (const named of [rows, edges]) {
    test(`${name}: named rows${named.streamed ? ', streamed,' : ''} of every size`, async () => {
      const xs = shapes(named).map((shape) => input(shape));
      const count = (x: Tensor, n: number) => x.shape.reduce<number>((a, b) => a * (typeof b === 'number' ? b : n), 1);
      const runs = SIZES.map((n) => () => new Map(xs.map((x, k) => [x, values(count(x, n), 31 * n + k)] as const)));
      await compare(orders(apply(...xs), xs), runs, name);
    });
  }
  test(`${name}: numeric rows of every size`, async () => {
    for (const n of SIZES) {
      const xs = shapes(n).map((shape) => input(shape));
      const count = (x: Tensor) => (x.shape as number[]).reduce((a, b) => a * b, 1);
      await compare(
        orders(apply(...xs), xs),
        [() => new Map(xs.map((x, k) => [x, values(count(x), n + k)] as const))],
        `${name} of ${n}`,
      );
    }
  });
}

for (const named of [rows, edges]) {
  const kind = named.streamed ? 'streamed rows' : 'rows';
  const picks = (n: number, count: number) => ({
    values: Int32Array.from({ length: n }, (_, k) => (k * 7 + (k >> 2)) % count),
    count,
  });

  test(`gather and segments over ${kind} of every size`, async () => {
    const at = index(named, segments);
    const atoms = input([segments, 3]);
    const messages = input([named, 3]);
    const gathered = gather(atoms, at);
    const mixed = mul(gathered, messages);
    const outputs = [
      ...orders(mixed, [atoms, messages]),
      ...orders(mul(0.05, segmentSum(mixed, at)), [atoms, messages]),
      ...orders(segmentMean(mixed, at), [messages]),
      ...orders(segmentMax(messages, at), [messages]),
      degree(at),
    ];
    const runs = SIZES.flatMap((n) =>
      [1, 5, 300].map((m) => () => {
        const feeds: Feeds = new Map<Tensor, number[] | { values: Int32Array; count: number }>([
          [at, picks(n, m)],
          [atoms, values(3 * m, m)],
          [messages, values(3 * n, n + 1)],
        ]);
        return feeds;
      }),
    );
    await compare(outputs, runs, 'segments');
  });

  test(`interpolate and its transpose over ${kind} of every size`, async () => {
    const table = input([6, 3 * 4]);
    const knot = index(named, 6);
    const t = input([named]);
    const x = input([named, 4]);
    const outputs = [
      ...orders(interpolate(table, knot, t), [table, t]),
      ...orders(mul(0.05, interpolateTransposed(x, knot, t)), [x, t]),
    ];
    const runs = SIZES.map((n) => () => {
      const feeds: Feeds = new Map<Tensor, number[] | { values: Int32Array; count: number }>([
        [table, values(72, 5)],
        [knot, { values: picks(n, 5).values, count: 6 }],
        [t, values(n, n + 2).map((v) => Math.fround(0.5 + 0.4 * Math.sin(v)))],
        [x, values(4 * n, n + 3)],
      ]);
      return feeds;
    });
    await compare(outputs, runs, 'interpolate');
  });
}

test('products larger than any tile', async () => {
  for (const [m, k, n] of [
    [130, 70, 33],
    [1, 257, 5],
    [5, 1, 300],
    [67, 129, 1],
  ] as const) {
    const [a, b] = [input([m, k]), input([k, n])];
    const c = tensor(values(m * n, 9), [m, n]);
    const y = matmul(a, b);
    const outputs = [y, ...grad(sum(mul(y, c)), [a, b])];
    const feeds = new Map([
      [a, values(m * k, 1)],
      [b, values(k * n, 2)],
    ]);
    await compare(outputs, [() => feeds], `${m} x ${k} x ${n}`);
  }
});

test('views of numeric axes and maxima of everything', async () => {
  for (const n of [1, 3, 4, 5, 1027]) {
    const x = input([n, 3, 2]);
    const outputs = [
      ...orders(permute(x, [2, 0, 1]), [x]),
      ...orders(permute(x, [2, 1, 0]), [x]),
      ...orders(slice(x, [[n >> 1, n], null, [1, 2]]), [x]),
      ...orders(slice(x, [[0, n, 2], [0, 3, 2], null]), [x]),
      ...orders(concat([x, x], 0), [x]),
      ...orders(reduceMax(x), [x]),
      ...orders(reduceMax(x, { axis: 0 }), [x]),
      ...orders(gather(x, constantIndex([0, n - 1, n >> 1, 0], n)), [x]),
    ];
    await compare(outputs, [() => new Map([[x, values(6 * n, n)]])], `views of ${n}`);
  }
});

test('the maximum of nothing is -Infinity, the sum 0', async () => {
  const x = input([rows, 3]);
  const outputs = [reduceMax(x, { axis: 0 }), sum(x, { axis: 0 }), sum(x)];
  await compare(outputs, [() => new Map([[x, []]])], 'nothing');
  for (const { engine } of engines) {
    const [top, total] = await engine.compile({ outputs }).run(new Map([[x, []]]));
    assert.equal([...top], [-Infinity, -Infinity, -Infinity]);
    assert.equal([...total], [0, 0, 0]);
  }
});

test.run();
