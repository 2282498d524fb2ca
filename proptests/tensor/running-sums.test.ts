/**
 * Running sums, products and logSumExp along axes against plain loops, infinities and NaN among the numbers.
 *
 * Gradients of running sums are running sums from the other end; those of products the products of all others.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { topological } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { close } from './support.ts';

const engines = [
  [T.referenceEngine(), 1e-12],
  [T.cpuEngine({ precision: 'f64', threads: 2 }), 1e-12],
  [T.cpuEngine({ threads: 1 }), 1e-4],
] as const;

const extreme = fc.constantFrom(0, -0, 1, -3, Infinity, -Infinity, Number.NaN);
const plain = fc.integer({ min: -40, max: 40 }).map((k) => k / 8);
/** Mostly plain numbers, at most a few that are not. */
const numbers = (count: number) =>
  fc
    .tuple(
      fc.array(plain, { minLength: count, maxLength: count }),
      fc.array(fc.tuple(fc.nat(), extreme), { maxLength: 2 }),
    )
    .map(([values, others]) => {
      for (const [k, value] of others) if (count > 0) values[k % count] = value;
      return values;
    });

/** [outer, n, inner] with its numbers; the axis in the middle is the one that is worked on. */
const arrays = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(255, 256, 257, 300)),
    fc.integer({ min: 1, max: 2 }),
  )
  .chain(([outer, n, inner]) =>
    numbers(outer * n * inner).map((data) => ({ shape: [outer, n, inner] as const, data })),
  );
type Arrays = typeof arrays extends fc.Arbitrary<infer A> ? A : never;

/** `f` applied to each line along the middle axis. */
function alongMiddle({ shape: [outer, n, inner] }: Arrays, data: ArrayLike<number>, f: (line: number[]) => number[]) {
  const lines: number[][] = [];
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      lines.push(f(Array.from({ length: n }, (_, k) => data[(o * n + k) * inner + i])));
    }
  }
  const length = lines[0].length;
  return Array.from({ length: outer * length * inner }, (_, at) => {
    const [o, k, i] = [Math.floor(at / (length * inner)), Math.floor(at / inner) % length, at % inner];
    return lines[o * inner + i][k];
  });
}

const running = (line: readonly number[]): number[] => {
  let total = 0;
  return line.map((v) => {
    total += v;
    return total;
  });
};
const fromBehind = (line: readonly number[]): number[] => running([...line].reverse()).reverse();
const weights = (count: number): number[] => Array.from({ length: count }, (_, k) => ((k * 7) % 5) - 2.5);

async function onEngines(
  outputs: readonly T.Tensor[],
  x: T.Tensor,
  data: readonly number[],
  expected: readonly (readonly number[])[],
  what: string,
) {
  for (const [engine, tolerance] of engines) {
    const found = await run(outputs, { engine, feeds: new Map([[x, data]]) });
    found.forEach((values, k) => {
      close(
        values.map((v) => v + 0),
        expected[k].map((v) => v + 0),
        tolerance,
        `${what}, ${engine.name}, output ${k}`,
        1,
      );
    });
  }
}

test('cumsum is a plain loop, and its derivatives are such loops from behind', () =>
  check(
    arrays,
    async (a) => {
      const x = T.input(a.shape);
      const y = T.cumsum(x, 1);
      const w = weights(a.data.length);
      const weight = T.tensor(w, a.shape);
      const first = grad(T.sum(T.mul(y, weight)), [x])[0];
      const finite = a.data.every(Number.isFinite);
      // The gradient of the sum of squares, and of a projection of that: linear in x, so exact.
      const squares = grad(T.sum(T.square(y)), [x])[0];
      const second = grad(T.sum(T.mul(squares, weight)), [x])[0];
      const twice = (data: readonly number[]) =>
        alongMiddle(a, alongMiddle(a, data, running), fromBehind).map((v) => 2 * v);
      await onEngines(
        [y, first, second, ...(finite ? [squares] : [])],
        x,
        a.data,
        [alongMiddle(a, a.data, running), alongMiddle(a, w, fromBehind), twice(w), ...(finite ? [twice(a.data)] : [])],
        `cumsum of ${a.shape}`,
      );
    },
    8,
  ));

test('cumsum of tens of thousands of numbers is small work: its graph grows with the logarithm of their number', async () => {
  const nodes = (n: number) => {
    const x = T.input([n]);
    const y = T.cumsum(x);
    return topological([y, ...grad(T.sum(T.square(y)), [x])]).length;
  };
  assert.ok(nodes(20_000) < 200 && nodes(2_000_000) < 2 * nodes(20_000));
  const x = T.input([20_000]);
  const y = T.cumsum(x);
  const data = Array.from({ length: 20_000 }, (_, k) => Math.sin(k) + 0.01);
  const sums = running(data);
  const gradient = fromBehind(sums).map((v) => 2 * v);
  await onEngines([y, grad(T.sum(T.square(y)), [x])[0]], x, data, [sums, gradient], 'cumsum of 20,000');
});

test('cumsum after a named axis and along the first of several; axes that are not there are refused', async () => {
  const rows = T.dimension('rows');
  const x = T.input([rows, 40]);
  const data = Array.from({ length: 120 }, (_, k) => k % 7);
  const expected = [0, 1, 2].flatMap((r) => running(data.slice(40 * r, 40 * r + 40)));
  await onEngines([T.cumsum(x)], x, data, [expected], 'named rows');
  const y = T.input([40, 3]);
  const columns = alongMiddle({ shape: [1, 40, 3], data } as never, data, running);
  await onEngines([T.cumsum(y, 0), T.cumsum(y, -2)], y, data, [columns, columns], 'first axis');
  for (const axis of [2, -3, 0.5, Number.NaN, '0']) {
    for (const f of [T.cumsum, T.prod, T.softmax, (t: T.Tensor, at: number) => T.sum(t, { axis: at })]) {
      assert.throws(() => f(y, axis as number), /axis \S+ does not exist in \[40, 3\]/);
    }
  }
  assert.throws(() => T.cumsum(x, 0), /axis 0 of \[rows, 40\] is no number/);
  assert.throws(() => T.prod(x, 0), /axis 0 of \[rows, 40\] is no number/);
  assert.throws(() => T.cumsum(T.tensor(1)), /does not exist/);
});

test('products are plain loops, also of nothing, and their gradients products of all others', () =>
  check(
    fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 3 }))
      .chain(([n, inner]) => numbers(n * inner).map((data) => ({ shape: [1, n, inner] as const, data }))),
    async (a) => {
      const x = T.input(a.shape);
      const y = T.prod(x, 1);
      const product = (line: readonly number[]) => line.reduce((p, v) => p * v, 1);
      const others = alongMiddle(a, a.data, (line) => line.map((_, k) => product(line.filter((_, i) => i !== k))));
      const infinite = a.data.some((v) => !Number.isFinite(v));
      // Infinity times 0 is NaN in one order of factors if it is in all, but partial products may differ from it.
      const outputs = infinite ? [y] : [y, grad(T.sum(y), [x])[0]];
      await onEngines(
        outputs,
        x,
        a.data,
        [alongMiddle(a, a.data, (line) => [product(line)]), others],
        `prod of ${a.shape}`,
      );
    },
    10,
  ));

test('logSumExp over any axes, named ones too, with infinities: the logarithm of a sum, and softmax its gradient', () =>
  check(
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
      .chain(([n, m]) =>
        fc.tuple(
          fc.constant([n, m]),
          fc.array(fc.oneof(plain, extreme, fc.constantFrom(500, -500)), { minLength: n * m, maxLength: n * m }),
        ),
      ),
    async ([[n, m], data]) => {
      const x = T.input([T.dimension('rows'), m]);
      const lse = (values: readonly number[]): number => {
        const top = Math.max(...values);
        if (Number.isNaN(top) || !Number.isFinite(top)) return top;
        return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0));
      };
      const row = (r: number) => data.slice(r * m, (r + 1) * m);
      const rowsOf = Array.from({ length: n }, (_, r) => lse(row(r)));
      const columns = Array.from({ length: m }, (_, c) => lse(data.filter((_, k) => k % m === c)));
      const share = (v: number, total: number) => Math.exp(v - total);
      const y = T.logSumExp(x);
      const expected = [
        rowsOf,
        columns,
        [lse(data)],
        data.map((v) => share(v, lse(data))),
        data.map((v, k) => share(v, rowsOf[Math.floor(k / m)])),
        data.map((v, k) => v - rowsOf[Math.floor(k / m)]),
      ];
      const outputs = [
        T.logSumExp(x, { axis: 1 }),
        T.logSumExp(x, { axis: [0], keep: true }),
        y,
        grad(y, [x])[0],
        T.softmax(x),
        T.logSoftmax(x),
      ];
      await onEngines(outputs, x, data, expected, `logSumExp of [${data}]`);
    },
    12,
  ));

test('norms, normalised vectors and means of squares keep NaN, and nothing else is spoilt', () =>
  check(
    fc.array(fc.oneof(plain, extreme), { minLength: 6, maxLength: 6 }),
    async (data) => {
      const x = T.input([2, 3]);
      const pick = (r: number) => data.slice(3 * r, 3 * r + 3);
      const length = (v: readonly number[]) => Math.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2);
      const both = [0, 1].map((r) => length(pick(r)));
      const unit = data.map((v, k) => (both[Math.floor(k / 3)] === 0 ? 0 : v / both[Math.floor(k / 3)]));
      const spread = [0, 1].map((r) => {
        const mean = pick(r).reduce((s, v) => s + v, 0) / 3;
        return pick(r).reduce((s, v) => s + (v - mean) ** 2, 0) / 3;
      });
      const outputs = [
        T.norm(x),
        T.normalize(x),
        T.variance(x, { axis: 1 }),
        T.relu(x),
        T.square(T.norm(x)),
        T.square(T.abs(x)),
      ];
      const squares = data.map((v) => v * v);
      const expected = [both, unit, spread, data.map((v) => Math.max(v, 0)), both.map((v) => v * v), squares];
      await onEngines(outputs, x, data, expected, `[${data}]`);
    },
    15,
  ));

test.run();
