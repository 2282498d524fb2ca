/**
 * Infinities, NaN, denormals and the largest numbers mean the same on every engine: each primitive on all pairs of such
 * numbers, each composed function, literals, and random programs for the simplifier, with first derivatives. What may
 * differ from the reference engine is one table (`ALLOWED` in extremes.ts); all else is a fault.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { cpuEngine, type Engine, input } from '../../tensor/index.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { interpolateTransposed } from '../../tensor/primitives/interpolate.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { ALLOWED, type Arithmetic, EXTREMES, expectAllowed, f32, f64 } from './extremes.ts';
import {
  arityOf,
  type Case,
  composedCase,
  elementwiseCase,
  everyPair,
  extremeNumbers,
  isElementwise,
  others,
  primitiveCase,
} from './extremes-cases.ts';
import { apart, composed } from './extremes-composed.ts';
import { drawer, identical, size } from './support.ts';

const engines: readonly (readonly [Engine, Arithmetic])[] = [
  [cpuEngine({ threads: 1 }), f32],
  [cpuEngine({ threads: 2 }), f32],
  [cpuEngine({ precision: 'f64', threads: 1 }), f64],
  [cpuEngine({ precision: 'f64', threads: 2 }), f64],
];
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Runs a case on all engines. Returns how many numbers were compared. */
async function holds({ name, outputs }: Case, feeds: ReadonlyMap<T.Tensor, readonly number[]>): Promise<number> {
  let compared = 0;
  for (const [engine, arithmetic] of engines.filter((_, k) => k % 2 === 0))
    compared += await expectAllowed(engine, arithmetic, outputs, feeds, name);
  return compared;
}

for (const op of primitives.filter(isElementwise)) {
  test(`${op.name}: every pair of extreme numbers, with derivatives`, async () => {
    const numbers = everyPair(arityOf(op));
    const made = elementwiseCase(op, numbers.length, numbers[0].length);
    assert.ok((await holds(made, new Map(made.inputs.map((x, k) => [x, numbers[k]])))) > 50);
  });
}

for (const op of others) {
  test(`${op.name}: extreme numbers in any place, with derivatives`, () =>
    check(
      fc.tuple(seeds, fc.array(seeds, { minLength: 4, maxLength: 4 })),
      async ([shape, draws]) => {
        const made = primitiveCase(op, shape);
        for (const seed of draws) await holds(made, extremeNumbers(made.inputs, seed));
      },
      10,
    ));
}

/** Numbers that programs write down: identities, powers of two and their neighbours, and what float32 cannot hold. */
const LITERALS = [
  ...[0, -0, 1, -1, 2, 0.5, 3, 49, 0.1, -10, Infinity, -Infinity, Number.NaN, 1e-200],
  ...[2 ** -126, 2 ** 127, 1e-37, 1e38, 1e200],
];

test('operations with literals on either side are those of the same numbers in an array', async () => {
  const x = input([EXTREMES.length]);
  const operations = { add: T.add, sub: T.sub, mul: T.mul, div: T.div, gate: T.gate, less: T.less };
  for (const [name, f] of Object.entries(operations)) {
    const outputs = LITERALS.flatMap((c) => [f(x, c), f(c, x)]);
    await holds({ name, inputs: [x], outputs }, new Map([[x, EXTREMES]]));
  }
  for (const c of [0, -1, 0.5, 3, Infinity, 1e-200, 1e38]) {
    const outputs = LITERALS.map((d) => T.mul(c, T.mul(d, x)));
    await holds({ name: 'two factors', inputs: [x], outputs }, new Map([[x, EXTREMES]]));
  }
  const masks = LITERALS.flatMap((c) => [T.where(c, x, 1), T.where(x, c, 0), T.where(x, x, c)]);
  await holds({ name: 'where', inputs: [x], outputs: masks }, new Map([[x, EXTREMES]]));
});

test('a quotient by a literal is the quotient, to the last bit', () =>
  check(
    fc.tuple(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 9, maxLength: 9 }),
      fc.oneof(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: -126, max: 126 }).map((k) => 2 ** k),
        fc.double({ min: 1e-30, max: 1e30 }).map(Math.fround),
      ),
    ),
    async ([factors, divisor]) => {
      const x = input([9]);
      const data = factors.map((k) => Math.fround(k * divisor));
      const outputs = [T.div(x, divisor), T.floor(T.div(x, divisor))];
      for (const [engine, { round }] of engines) {
        const found = await run(outputs, { engine, feeds: new Map([[x, data]]) });
        identical(
          found[0].map((v) => v + 0),
          data.map((v) => round(v / divisor) + 0),
          `x / ${divisor}`,
        );
        identical(
          found[1].map((v) => v + 0),
          data.map((v) => Math.floor(round(v / divisor)) + 0),
          `floor(x / ${divisor})`,
        );
      }
    },
  ));

const knots = T.constantIndex([2, 0, 1, 1], 4);

/** A random program of sums, products and quotients with literals, repeated inputs, sums over repetitions and gates. */
function randomProgram(seed: number): Case {
  const draw = drawer(seed);
  const inputs = [input([4]), input([4]), input([4, 4])] as const;
  const pool: T.Tensor[] = [inputs[0], inputs[1], T.broadcastTo(T.tensor(0), [4])];
  const chosen = (limit: number): T.Tensor => pool[Math.max(0, pool.length - 1 - draw.integer(0, limit))];
  const literal = (): T.Tensor => T.broadcastTo(T.tensor(LITERALS[draw.integer(0, 13)]), [4]);
  const any = (): T.Tensor => (draw.integer(0, 3) === 0 ? literal() : chosen(4));
  const column = (x: T.Tensor): T.Tensor => T.unsqueeze(x, 1);
  const twice = (f: (a: T.Tensor, b: T.Tensor) => T.Tensor) => () => {
    const x = any();
    return f(x, x);
  };
  const steps: (() => T.Tensor)[] = [
    ...[T.add, T.sub, T.mul, T.div, T.gate].flatMap((f) => [() => f(any(), any()), twice(f)]),
    () => T.mul(literal(), T.mul(literal(), chosen(2))),
    () => T.div(any(), literal()),
    () => T.neg(T.neg(any())),
    () => T.where(any(), chosen(2), chosen(2)),
    () => T.sum(T.broadcastTo(column(any()), [4, draw.integer(0, 3)]), { axis: 1 }),
    () => T.reshape(T.matmul(T.broadcastTo(any(), [4, 4]), column(chosen(4))), [4]),
    () => T.matmul(any(), inputs[2]),
    () => T.reshape(T.matmul(T.transpose(column(any())), inputs[2]), [4]),
    () => T.sum(interpolateTransposed(column(any()), knots, any()), { axis: 1 }),
    () => T.concat([T.slice(any(), [[0, 2]]), T.slice(any(), [[2, 4]])]),
  ];
  for (let k = 0; k < 8; k++) {
    pool.push(steps[draw.integer(0, steps.length - 1)]());
  }
  return { name: `program ${seed}`, inputs, outputs: [...pool.slice(3), ...grad(T.sum(pool.at(-1)!), [...inputs])] };
}

test('random programs: what the simplifier leaves out changes no infinity, NaN or zero', () =>
  check(
    fc.tuple(seeds, fc.array(seeds, { minLength: 3, maxLength: 3 })),
    async ([program, draws]) => {
      const made = randomProgram(program);
      for (const seed of draws) await holds(made, extremeNumbers(made.inputs, seed));
    },
    120,
  ));

test('sums and maxima: a NaN anywhere stays one, nothing but -Infinity is the maximum of such, no rows make 0', async () => {
  const index = T.constantIndex([0, 1, 1, 2, 3, 3, 5], 6);
  const x = input([7]);
  const [nan, low] = [Number.NaN, -Infinity];
  const feeds = new Map([[x, [1, nan, 2, low, low, low, 5]]]);
  const outputs = [T.segmentSum(x, index), T.segmentMax(x, index), T.segmentMean(x, index), T.sum(x), T.reduceMax(x)];
  for (const engine of [T.referenceEngine(), ...engines.map(([engine]) => engine)]) {
    const found = await run(outputs, { engine, feeds });
    identical(found[0], [1, nan, low, low, 0, 5], 'segmentSum');
    identical(found[1], [1, nan, low, low, 0, 5], 'segmentMax');
    identical(found[2], [1, nan, low, low, 0, 5], 'segmentMean');
    identical([found[3][0], found[4][0]], [nan, nan], 'sum and reduceMax');
  }
});

test('extreme numbers among many: the same bits on one thread and on two', async () => {
  const rows = 9001;
  const [x, y, index] = [T.input([rows, 11]), T.input([rows]), T.index(rows, 700)];
  const of = (t: T.Tensor, salt: number): number[] =>
    Array.from({ length: size(t.shape) }, (_, k) =>
      k % 97 === salt ? EXTREMES[(k * 31) % EXTREMES.length] : Math.sin(k * k + salt),
    );
  const functions = [T.exp, T.log, T.sin, T.sigmoid, T.tanh, T.softplus, T.square];
  const mixed = functions.map((f) => f(x)).reduce((a, b) => T.add(a, b));
  const outputs = [
    ...[mixed, T.sin(y), T.sum(x, { axis: 0 }), T.reduceMax(x, { axis: 0 }), T.reduceMax(x), T.logSumExp(x)],
    ...[T.segmentSum(mixed, index), T.segmentMax(x, index), T.segmentMean(x, index), ...grad(T.sum(mixed), [x])],
  ];
  const values = Int32Array.from({ length: rows }, (_, k) => (k * k) % 700);
  const feeds: T.Feeds = new Map<T.Tensor, number[] | T.IndexValue>([
    [x, of(x, 3)],
    [y, of(y, 5)],
    [index, { values, count: 700 }],
  ]);
  for (const precision of ['f32', 'f64'] as const) {
    const [one, two] = await Promise.all(
      [1, 2].map((threads) => run(outputs, { engine: cpuEngine({ precision, threads }), feeds })),
    );
    one.forEach((found, k) => {
      identical(two[k], found, `${precision}, output ${k}`);
    });
  }
});

test('every export is a primitive, stands in the table of composed functions, or is named with a reason', () => {
  const known = new Set([...primitives.map(({ name }) => name), ...Object.keys(composed), ...Object.keys(apart)]);
  const exported = Object.entries(T).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  assert.equal(
    exported.filter((name) => !known.has(name)),
    [],
    'add these to proptests/tensor/extremes-composed.ts',
  );
  // These two serve the radial tables of nn/ and are not part of the public face.
  const inside = ['interpolate', 'interpolateTransposed'];
  for (const name of [...Object.keys(composed), ...Object.keys(apart)]) {
    assert.ok(exported.includes(name) || inside.includes(name), name);
  }
});

test('docs/numbers.md tells users of every allowed difference, and of no other', () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/numbers.md', import.meta.url)), 'utf8');
  const [, table] = text.split('## What may differ');
  const told = [...table.matchAll(/^\| ([a-z][^|]*?) \|/gm)].map(([, name]) => name);
  assert.equal([...told].sort(), Object.keys(ALLOWED).sort());
});

for (const name of Object.keys(composed)) {
  test(`${name}: extreme numbers in any place, with derivatives`, async () => {
    const made = composedCase(name);
    await check(seeds, async (seed) => void (await holds(made, extremeNumbers(made.inputs, seed))), 25);
  });
}

test.run();
