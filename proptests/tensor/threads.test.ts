/**
 * The CPU engine's own promises: the same bits on any number of threads, cuts that keep results apart, functions of
 * stated accuracy.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { chunkCount, cutRows, separators } from '../../tensor/engines/cpu/chunks.ts';
import { createPlan } from '../../tensor/engines/cpu/plan.ts';
import { engineState } from '../../tensor/engines/cpu/state.ts';
import {
  add,
  cos,
  cpuEngine,
  dimension,
  exp,
  type Feeds,
  gather,
  index,
  input,
  key,
  log,
  matmul,
  mul,
  segmentSum,
  sigmoid,
  sin,
  softplus,
  square,
  sum,
  type Tensor,
  tanh,
  uniform,
  variable,
} from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';

const rowsOf = dimension('rows', { streamed: true });
const groups = dimension('groups');

test('one, two and three threads give the same bits: sums apart, sums in copies, products', async () => {
  const [x, w, target, source, knot] = [
    input([groups, 40]),
    variable(uniform(key(1), 1600), [40, 40]),
    index(rowsOf, groups),
    index(rowsOf, groups),
    index(rowsOf, 50),
  ];
  const mixed = matmul(x, w);
  const message = mul(sigmoid(gather(mixed, target)), softplus(gather(mixed, source)));
  const table = segmentSum(message, knot);
  const loss = add(sum(square(segmentSum(message, target))), sum(square(table)));
  const outputs = [loss, table, ...grad(loss, [x, w])];
  for (const [groupCount, rows] of [
    [400, 12_000],
    [1, 9000],
    [37, 5001],
  ] as const) {
    const u = uniform(key(rows), rows);
    // Blocks of groups, as structures in a batch: targets ascend, sources stay in their block.
    const targets = Int32Array.from({ length: rows }, (_, k) => Math.floor((k * groupCount) / rows));
    const block = Math.max(1, Math.floor(groupCount / 8));
    const sources = targets.map((t, k) =>
      Math.min(groupCount - 1, Math.floor(t / block) * block + Math.floor(u[k] * block)),
    );
    const feeds = new Map<Tensor, unknown>([
      [x, uniform(key(2), groupCount * 40)],
      [target, { values: targets, count: groupCount }],
      [source, { values: sources, count: groupCount }],
      [knot, { values: Int32Array.from(u, (v) => Math.floor(50 * v)), count: 50 }],
    ]) as Feeds;
    const expected = await run(outputs, { feeds });
    for (const precision of ['f32', 'f64'] as const) {
      const one = await cpuEngine({ precision, threads: 1 }).compile({ outputs }).run(feeds);
      for (const threads of [2, 3]) {
        assert.equal(
          await cpuEngine({ precision, threads }).compile({ outputs }).run(feeds),
          one,
          `${threads} threads, ${precision}`,
        );
      }
      for (const [k, values] of expected.entries()) {
        const bound = (precision === 'f32' ? 1e-4 : 1e-12) * values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
        values.forEach((v, e) => {
          assert.ok(Math.abs(one[k][e] - v) <= bound, `${precision}: output ${k}[${e}]: ${one[k][e]}, expected ${v}`);
        });
      }
    }
  }
});

test('many runs in a row: no chunk is lost or done twice', async () => {
  const [x, target] = [input([rowsOf, 8]), index(rowsOf, groups)];
  const plan = cpuEngine({ threads: 3 }).compile({ outputs: [segmentSum(exp(exp(exp(mul(0, x)))), target)] });
  const rows = 20_000;
  const feeds = new Map<Tensor, unknown>([
    [x, new Float64Array(8 * rows)],
    [target, { values: new Int32Array(rows), count: 1 }],
  ]) as Feeds;
  const [first] = await plan.run(feeds);
  for (let k = 0; k < 200; k++) assert.equal((await plan.run(feeds))[0], first, `run ${k}`);
});

test('helpers see all of a memory that grows while it is on its way to them', async () => {
  const x = input([rowsOf, 8]);
  const y = exp(exp(exp(x)));
  const feeds = [5_000, 10_000, 15_000, 20_000, 25_000].map(
    (rows): Feeds => new Map([[x, new Float64Array(8 * rows)]]),
  );
  // Each engine has a memory of its own: the first run tells the helpers, all runs make it grow. Helpers that do not
  // look again then fail every few hundred engines.
  for (let k = 0; k < 200; k++) {
    const plan = cpuEngine({ threads: 3 }).compile({ outputs: [y] });
    for (const fed of feeds) {
      const [values] = await plan.run(fed);
      assert.ok(
        values.every((value) => value === values[0]),
        `engine ${k}`,
      );
    }
  }
});

test('helpers reach addresses beyond 2 GiB', async () => {
  const [x, target] = [input([rowsOf, 8]), index(rowsOf, groups)];
  const rows = 20_000;
  const feeds = new Map<Tensor, unknown>([
    [x, Float64Array.from({ length: 8 * rows }, (_, k) => Math.cos(k))],
    [target, { values: Int32Array.from({ length: rows }, (_, k) => k % 50), count: 50 }],
  ]) as Feeds;
  const program = { outputs: [segmentSum(exp(sin(x)), target), exp(sin(x))] };
  const low = await cpuEngine({ threads: 2 }).compile(program).run(feeds);
  const state = engineState('f32', 2);
  // Never touched, so it costs no memory: the arena of the plan lies above it.
  state.heap.reserve(2.2e9);
  const plan = createPlan(program, state);
  // The first runs end before the helper has the code.
  for (let k = 0; k < 50; k++) assert.equal(await plan.run(feeds), low, `run ${k}`);
});

test('separators are exactly the positions where an index separates', () =>
  check(
    fc.tuple(fc.array(fc.nat(9), { maxLength: 25 }), fc.integer({ min: 0, max: 1 })),
    ([values, reach]) => {
      const flags = separators(Int32Array.from(values), reach);
      for (let p = 0; p <= values.length; p++) {
        const apart = values.slice(0, p).every((a) => values.slice(p).every((b) => a + reach < b));
        assert.is(flags[p], Number(apart), `position ${p} of ${values}`);
      }
    },
    200,
  ));

test('cuts cover all rows in order, and keep apart what they say they keep apart', () =>
  check(
    fc.tuple(
      fc.array(fc.array(fc.nat(30), { minLength: 60, maxLength: 60 }), { maxLength: 3 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 8 }),
    ),
    ([lists, sorted, count]) => {
      const indices = lists.map((l) => Int32Array.from(sorted ? l.sort((a, b) => a - b) : l));
      const { bounds, apart } = cutRows(
        60,
        count,
        indices.map((v) => separators(v, 0)),
      );
      assert.is(bounds.length, count + 1);
      assert.is(bounds[0], 0);
      assert.is(bounds[count], 60);
      for (let k = 0; k < count; k++) assert.ok(bounds[k] < bounds[k + 1], `${bounds}`);
      indices.forEach((values, i) => {
        if (!apart[i]) return;
        for (let k = 1; k < count; k++) {
          const [before, after] = [values.slice(0, bounds[k]), values.slice(bounds[k])];
          assert.ok(Math.max(...before) < Math.min(...after), `index ${i} at ${bounds[k]}`);
        }
      });
    },
    100,
  ));

test('small work is not shared out', () => {
  assert.is(chunkCount(10, 10, 0), 1);
  assert.is(chunkCount(1e6, 1e4, 0), 16);
  assert.is(chunkCount(1e6, 100, 1e9), 1);
});

/** Distance in units of the last place of a float32 or float64 result. */
const ulps = (found: number, expected: number, bits: number): number =>
  Math.abs(found - expected) / 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(expected)))) - bits);

test('exp, log, sigmoid, softplus, tanh, sin and cos keep their stated accuracy', async () => {
  const count = 20_001;
  const grid = (low: number, high: number) =>
    Float64Array.from({ length: count }, (_, k) => Math.fround(low + ((high - low) * k) / (count - 1)));
  const cases: [
    name: string,
    f: (x: Tensor) => Tensor,
    exact: (x: number) => number,
    x: Float64Array,
    ulp: number,
    ulp64?: number,
  ][] = [
    ['exp', exp, Math.exp, grid(-87, 88), 2],
    ['log', log, Math.log, grid(-80, 80).map((x) => Math.fround(Math.exp(x))), 2],
    ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x)), grid(-80, 80), 4],
    ['softplus', softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), grid(-80, 80), 4],
    // (1 - e) / (1 + e) cancels down to |x| = 0.1, where the series takes over.
    ['tanh', tanh, Math.tanh, grid(-10, 10), 4, 32],
  ];
  for (const [precision, bits] of [
    ['f32', 23],
    ['f64', 52],
  ] as const) {
    const engine = cpuEngine({ precision, threads: 1 });
    for (const [name, f, exact, x, most, most64 = most] of cases) {
      const place = input([count]);
      const [values] = await engine.compile({ outputs: [f(place)] }).run(new Map([[place, x]]));
      let worst = 0;
      values.forEach((v, k) => {
        worst = Math.max(worst, ulps(v, exact(x[k]), bits));
      });
      assert.ok(worst <= (precision === 'f32' ? most : most64), `${name} ${precision}: ${worst} ulp`);
    }
    // Of sin and cos the error is absolute, in units of the last place of 1.
    for (const [f, exact] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      for (const range of [4, 3000, 1e7]) {
        const [place, x] = [input([count]), grid(-range, range)];
        const [values] = await engine.compile({ outputs: [f(place)] }).run(new Map([[place, x]]));
        values.forEach((v, k) => {
          assert.ok(Math.abs(v - exact(x[k])) <= 2 * 2 ** -bits, `${f.name}(${x[k]}) ${precision}: ${v}`);
        });
      }
    }
  }
});

test('functions at their limits', async () => {
  const x = [
    0,
    -0,
    1e-30,
    -1e-30,
    200,
    -200,
    1000,
    -1000,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];
  for (const precision of ['f32', 'f64'] as const) {
    const place = input([x.length]);
    const outputs = [exp(place), log(place), sigmoid(place), softplus(place), tanh(place), sin(place)];
    const [e, l, s, p, t, trig] = await cpuEngine({ precision })
      .compile({ outputs })
      .run(new Map([[place, x]]));
    assert.ok(
      e[6] === Infinity && e[8] === Infinity && e[7] < 1e-37 && e[9] < 1e-37 && Number.isNaN(e[10]),
      `exp ${e}`,
    );
    assert.ok(l[0] === -Infinity && Number.isNaN(l[5]) && l[8] === Infinity && Number.isNaN(l[10]), `log ${l}`);
    assert.equal([s[6], s[8], Number.isNaN(s[10])], [1, 1, true]);
    assert.ok(s[7] >= 0 && s[7] < 1e-37);
    assert.ok(p[6] === 1000 && p[8] === Infinity && p[7] < 1e-37 && Number.isNaN(p[10]), `softplus ${p}`);
    assert.equal([t[0], t[8], t[9]], [0, 1, -1]);
    assert.ok(Number.isNaN(trig[8]) && Number.isNaN(trig[10]), `sin ${trig}`);
  }
});

test('an index that points outside is refused before anything is computed', async () => {
  const x = variable([1, 2, 3], [3, 1]);
  for (const rows of [[0, 5], [-1]]) {
    const bad = { values: Int32Array.from(rows), count: 3 };
    const place = index(rowsOf, 3, 'source');
    const plan = cpuEngine().compile({ outputs: [gather(x, place)] });
    const message = await plan.run(new Map([[place, bad]])).then(() => '', String);
    assert.match(message, /index 'source'.*points at (5|-1), expected 0 to 2/);
  }
});

test.run();
