/**
 * Infinities, NaN, denormals and the largest numbers mean the same on every engine: each primitive on all pairs of such
 * numbers, each composed function, literals, and random programs for the simplifier, with first derivatives. What may
 * differ from the reference engine is one table (`ALLOWED` in extremes.ts); all else is a fault.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import { cpuEngine, type Engine, input, primitives } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { type Arithmetic, EXTREMES, expectAllowed, f32, f64 } from './extremes.ts';
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
import { drawer, identical } from './support.ts';

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
    const made = elementwiseCase(op, numbers.length, numbers[0]!.length);
    assert.ok((await holds(made, new Map(made.inputs.map((x, k) => [x, numbers[k]!])))) > 50);
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
      3,
    ));
}

/** Numbers that programs write down: identities, powers of two and their neighbours, and what float32 cannot hold. */
const LITERALS = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  3,
  49,
  0.1,
  -10,
  Infinity,
  -Infinity,
  Number.NaN,
  2 ** -126,
  2 ** 127,
  1e-37,
  1e38,
];

test('operations with literals on either side are those of the same numbers in an array', async () => {
  const x = input([EXTREMES.length]);
  const operations = { add: T.add, sub: T.sub, mul: T.mul, div: T.div, gate: T.gate, less: T.less };
  for (const [name, f] of Object.entries(operations)) {
    const outputs = LITERALS.flatMap((c) => [f(x, c), f(c, x)]);
    await holds({ name, inputs: [x], outputs }, new Map([[x, EXTREMES]]));
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
        const found = await T.run(outputs, { engine, feeds: new Map([[x, data]]) });
        identical(
          found[0]!.map((v) => v + 0),
          data.map((v) => round(v / divisor) + 0),
          `x / ${divisor}`,
        );
        identical(
          found[1]!.map((v) => v + 0),
          data.map((v) => Math.floor(round(v / divisor)) + 0),
          `floor(x / ${divisor})`,
        );
      }
    },
  ));

/** A random program of sums, products and quotients with literals, repeated inputs, sums over repetitions and gates. */
function randomProgram(seed: number): Case {
  const draw = drawer(seed);
  const inputs = [input([4]), input([4]), input([4, 4])] as const;
  const pool: T.Tensor[] = [inputs[0], inputs[1], T.broadcastTo(T.literal(0), [4])];
  const pick = (): T.Tensor => pool[draw.integer(0, pool.length - 1)]!;
  const literal = (): T.Tensor => T.broadcastTo(T.literal(LITERALS[draw.integer(0, 12)]!), [4]);
  const any = (): T.Tensor => (draw.integer(0, 3) === 0 ? literal() : pick());
  const steps: (() => T.Tensor)[] = [
    () => T.add(any(), any()),
    () => T.sub(any(), any()),
    () => T.mul(any(), any()),
    () => T.mul(literal(), any()),
    () => T.div(any(), any()),
    () => T.div(any(), literal()),
    () => T.neg(any()),
    () => T.gate(any(), any()),
    () => T.where(any(), pick(), any()),
    () => T.sum(T.broadcastTo(T.unsqueeze(any(), 1), [4, draw.integer(0, 3)]), { axis: 1 }),
    () => T.matmul(inputs[2], any()),
    () => T.matmul(any(), inputs[2]),
    () => T.sum(T.matmul(inputs[2], T.transpose(T.broadcastTo(any(), [1, 4]))), { axis: 1 }),
    () => T.concat([T.slice(any(), [[0, 2]]), T.slice(any(), [[2, 4]])]),
  ];
  for (let k = 0; k < 8; k++) {
    pool.push(steps[draw.integer(0, steps.length - 1)]!());
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
    60,
  ));

test('every export is a primitive, stands in the table of composed functions, or is named with a reason', () => {
  const known = new Set([...primitives.map(({ name }) => name), ...Object.keys(composed), ...Object.keys(apart)]);
  const exported = Object.entries(T).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  assert.equal(
    exported.filter((name) => !known.has(name)),
    [],
    'add these to proptests/tensor/extremes-composed.ts',
  );
  for (const name of [...Object.keys(composed), ...Object.keys(apart)]) assert.ok(exported.includes(name), name);
});

for (const name of Object.keys(composed)) {
  test(`${name}: extreme numbers in any place, with derivatives`, async () => {
    const made = composedCase(name);
    await check(seeds, async (seed) => void (await holds(made, extremeNumbers(made.inputs, seed))), 8);
  });
}

test.run();
