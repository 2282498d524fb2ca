/** Primitives of one's own: every engine computes what the definition says, derivatives follow, and names are kept apart. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, grad } from '../../autograd/index.ts';
import {
  abs,
  add,
  cpuEngine,
  div,
  type Engine,
  input,
  mul,
  neg,
  primitive,
  referenceEngine,
  type Scalar,
  scalar,
  sin,
  sub,
  sum,
  type Tensor,
} from '../../tensor/index.ts';
import { internedCount } from '../../tensor/tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { difference, printed, runChained } from './gpu-cpu-mode.ts';
import { close, drawer } from './support.ts';

const softsign = primitive({
  name: 'softsign_test',
  doc: 'a / (1 + |a|)',
  definition: (a) => a / (1 + Math.abs(a)),
  expression: (a) => scalar.div(a, scalar.add(1, scalar.abs(a))),
  rule: (c, _, [a]) => [div(c, mul(add(1, abs(a)), add(1, abs(a))))],
});

/** A Gaussian of a distance in widths; its rule uses itself. */
const bump: (x: Tensor | number, width: Tensor | number) => Tensor = primitive({
  name: 'bump_test',
  doc: 'e^(-(x / w)^2)',
  definition: (x: number, w: number) => Math.exp(-((x / w) ** 2)),
  expression: (x, w) => {
    const t = scalar.div(x, w);
    return scalar.exp(scalar.neg(scalar.mul(t, t)));
  },
  rule: (c, y, [x, w]) => {
    const slope = mul(c, mul(y, div(mul(-2, x), mul(w, w))));
    return [slope, neg(mul(slope, div(x, w)))];
  },
  domain: [{}, { low: 0.5, high: 2 }],
});

/** Three operands, a choice and every function that has not occurred yet. */
const mixed = primitive({
  name: 'mixed_test',
  doc: 'a function with everything in it',
  definition: (a, b, c) =>
    Math.min(Math.sin(a), Math.floor(b)) + Math.max(Math.cos(b), c) - Math.sqrt(c) * Math.log(c) + (a < b ? a : 3),
  expression: (a, b, c) => {
    const low = scalar.min(scalar.sin(a), scalar.floor(b));
    const high = scalar.max(scalar.cos(b), c);
    const product = scalar.mul(scalar.sqrt(c), scalar.log(c));
    return scalar.add(scalar.sub(scalar.add(low, high), product), scalar.selectLess(a, b, a, 3));
  },
  rule: () => [null, null, null],
  domain: [{}, { avoid: [-2, -1, 0, 1, 2] }, { low: 0.2, high: 2 }],
});

const engines: readonly (readonly [Engine, number])[] = [
  [referenceEngine(), 0],
  [cpuEngine({ precision: 'f64' }), 1e-13],
  [cpuEngine(), 1e-5],
];

test('every engine computes the definition, for shapes that broadcast', () =>
  check(fc.integer(), async (seed) => {
    const draw = drawer(seed);
    const [rows, columns] = [draw.integer(1, 5), draw.integer(1, 9)];
    const a = input([rows, 1], 'a');
    const b = input([columns], 'b');
    const c = input([], 'c');
    const values = {
      a: draw.reals(rows, -2, 2),
      b: draw.reals(columns, 0.5, 2, [1], 0.01),
      c: draw.reals(1, 0.2, 2),
    };
    const outputs = [softsign(a), bump(a, b), mixed(a, b, c), bump(2, b)];
    const table = (f: (a: number, b: number) => number) => values.a.flatMap((x) => values.b.map((y) => f(x, y)));
    const z = values.c[0];
    const expected = [
      values.a.map((x) => x / (1 + Math.abs(x))),
      table((x, y) => Math.exp(-((x / y) ** 2))),
      table(
        (x, y) =>
          Math.min(Math.sin(x), Math.floor(y)) +
          Math.max(Math.cos(y), z) -
          Math.sqrt(z) * Math.log(z) +
          (x < y ? x : 3),
      ),
      values.b.map((y) => Math.exp(-((2 / y) ** 2))),
    ];
    const feeds = new Map([
      [a, values.a],
      [b, values.b],
      [c, values.c],
    ]);
    for (const [engine, tolerance] of engines) {
      const found = await run(outputs, { engine, feeds });
      for (const [k, numbers] of found.entries()) {
        close(numbers, expected[k], tolerance, `output ${k} on ${engine.name}`);
      }
    }
    const program = await printed({ outputs }, feeds);
    const values_ = runChained(program);
    for (const [k, buffer] of program.compiled.outputs.entries()) {
      assert.ok(difference(values_[buffer], expected[k]) < 1e-5, `output ${k} on a GPU`);
    }
  }));

test('derivatives follow to the third order, from the rule alone', async () => {
  const at = { shape: [4], data: [-1.5, -0.4, 0.3, 1.1] };
  await checkGradients((a) => softsign(a), [at], { order: 3 });
  await checkGradients(bump, [at, { shape: [], data: [0.8] }], { order: 3 });
});

test('third derivatives agree on all engines', async () => {
  const x = input([3], 'x');
  const derivative = (y: Tensor): Tensor => grad(sum(y), [x])[0];
  const third = derivative(derivative(derivative(mul(bump(x, 0.9), sin(x)))));
  const feeds = new Map([[x, [-0.7, 0.2, 1.3]]]);
  const [expected] = await run([third], { feeds });
  for (const [engine, tolerance] of engines.slice(1)) {
    close((await run([third], { engine, feeds }))[0], expected, Math.max(tolerance, 1e-12) * 10, engine.name);
  }
});

test('a name means one thing: other definitions are refused, the same definition again is the same primitive', async () => {
  const scaled = (factor: number) =>
    primitive({
      name: 'scaled_test',
      doc: 'a number times x',
      definition: (x: number) => factor * x,
      expression: (x) => scalar.mul(factor, x),
      rule: (c) => [mul(factor, c)],
    });
  const x = input([2], 'x');
  const twice = scaled(2);
  assert.is(scaled(2)(x), twice(x), 'equal expressions are one node');
  assert.throws(() => scaled(3), /another definition of 'scaled_test'/);
  // What was refused has changed nothing, also not what has been compiled.
  const count = internedCount();
  assert.is(twice(x), twice(x));
  assert.is(internedCount(), count);
  for (const [engine] of engines) {
    assert.equal([...(await run([twice(x)], { engine, feeds: new Map([[x, [1, -2]]]) }))[0]], [2, -4]);
  }
  assert.throws(() => scaled(Number.NaN), /another definition/);
});

test('primitives that differ in their names alone are nodes of their own', async () => {
  const make = (name: string, rule: (c: Tensor) => readonly [Tensor]) =>
    primitive({ name, doc: 'x', definition: (x: number) => x, expression: (x) => x, rule });
  const [a, b] = [make('same_a_test', (c) => [c]), make('same_b_test', (c) => [neg(c)])];
  const x = input([], 'x');
  const [da, db] = [grad(a(x), [x])[0], grad(b(x), [x])[0]];
  for (const [engine] of engines) {
    const found = await run([a(x), b(x), da, db], { engine, feeds: new Map([[x, [5]]]) });
    assert.equal(
      found.map(([value]) => value),
      [5, 5, 1, -1],
    );
  }
});

const fine = {
  name: 'fine_test',
  doc: 'x',
  definition: (x: number): number => x,
  expression: (x: Scalar): Scalar => x,
  rule: (c: Tensor): readonly (Tensor | null)[] => [c],
};

test('what cannot be a primitive is refused where it is defined', () => {
  const refused = (change: object, message: RegExp) =>
    assert.throws(() => primitive({ ...fine, ...change } as typeof fine), message);
  refused({ name: 'mul' }, /the library has a primitive 'mul'/);
  refused({ name: 'literal' }, /the library has a primitive 'literal'/);
  refused({ name: 'two words' }, /expected a name of letters, digits and _, got the text "two words"/);
  refused({ definition: () => 1 }, /one to three operands, got 0/);
  refused({ definition: (a: number, b: number) => a + b }, /the definition has 2 operands, the expression 1/);
  refused(
    { expression: (x: Scalar) => scalar.mul(2, x) },
    /'fine_test': at .* the definition is .* and the expression/,
  );
  refused({ expression: (x: Scalar) => scalar.add(1e-8, x) }, /They have to agree/);
  refused({ expression: () => undefined }, /the definition has 1 operand, the expression 0/);
  refused({ expression: (_: Scalar) => undefined }, /expected a scalar expression, got undefined/);
  refused(
    { definition: Math.log, expression: scalar.log },
    /the definition is NaN. Give a domain in which it is finite/,
  );
  refused({ domain: { low: 1, high: 1 } }, /expected a domain from low to high, got 1 to 1/);
  refused({ domain: [{}, {}] }, /expected 1 domains, one for each operand, got 2/);
});

test('a rule that returns something else than cotangents, and a wrong number of operands, are refused', () => {
  const [x, y] = [input([2], 'x'), input([2], 'y')];
  const few = primitive({ ...fine, name: 'few_test', rule: () => [] });
  const small = primitive({ ...fine, name: 'small_test', rule: (c: Tensor) => [sum(c)] });
  assert.throws(() => grad(sum(few(x)), [x]), /few_test: expected the rule to return a list of 1 .*, got a list of 0/);
  assert.throws(() => grad(sum(small(x)), [x]), /small_test: the rule returned \[\] for operand 0, expected \[2\]/);
  assert.throws(() => (few as (...x: Tensor[]) => Tensor)(x, y), /few_test: expected 1 operand, got 2/);
  assert.throws(() => bump(x, input([3], 'z')), /bump_test of 'x' and 'z'/);
});

test('numbers alone are computed at once, by the definition', async () => {
  const [value] = await run([sub(bump(0.3, 2), 0)]);
  assert.equal([...value], [Math.exp(-(0.15 ** 2))]);
});

test.run();
