/** The public face: methods, compiled functions, values, lists in lists, readable lines, and errors that point at the caller. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { product } from '../../tensor/dimension.ts';
import * as T from '../../tensor/index.ts';
import { check } from '../support/check.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
const numbers = fc.double({ noDefaultInfinity: true });

/** Lists in lists of a shape, filled in row-major order. */
function listsOf(shape: readonly number[], data: readonly number[]): T.Nested {
  let next = 0;
  const part = (axis: number): T.Nested =>
    axis === shape.length ? data[next++] : Array.from({ length: shape[axis] }, () => part(axis + 1));
  return part(0);
}

const valuesWithShape = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    data: fc.array(numbers, { minLength: product(shape), maxLength: product(shape) }),
  }),
);

/** Free functions of one tensor that are no methods, with the reason. */
const NOT_METHODS: Readonly<Record<string, string>> = {
  degree: 'takes an index',
  value: 'answers later',
};

test('methods are the free functions: both give the same node', () => {
  const x = T.input([3, 3], 'x');
  let compared = 0;
  for (const [name, f] of Object.entries(T) as [string, (x: T.Tensor) => T.Tensor][]) {
    if (typeof f !== 'function' || f.length !== 1 || name in NOT_METHODS) continue;
    let free: T.Tensor;
    try {
      free = f(x);
    } catch {
      continue;
    }
    if (!(free instanceof T.Tensor)) continue;
    const method = (x as unknown as Record<string, (() => T.Tensor) | undefined>)[name];
    assert.ok(method, `${name} is a method`);
    // A function with a rule of its own makes a new node every time.
    const made = method.call(x);
    assert.ok(made === free || String(made) === String(free), name);
    compared++;
  }
  assert.ok(compared >= 20, `${compared} functions of one tensor`);
  assert.ok(x.mul(2).add(x) === T.add(T.mul(x, 2), x));
  assert.ok(x.where(1, 2) === T.where(x, 1, 2));
  assert.ok(
    x
      .slice([[0, 1]])
      .reshape([3])
      .matmul(x)
      .sum({ axis: 0 }) instanceof T.Tensor,
  );
});

test('lists in lists keep their shape, there and back', () =>
  check(
    valuesWithShape,
    async ({ shape, data }) => {
      // Below an axis of no entries lists cannot tell further axes.
      const empty = shape.indexOf(0);
      const seen = empty < 0 ? shape : shape.slice(0, empty + 1);
      const lists = listsOf(seen, data);
      const value = await T.tensor(lists, 'given').value();
      assert.equal(value.shape, seen);
      assert.equal(value.toArray(), lists);
      assert.equal(JSON.parse(JSON.stringify({ value })).value, JSON.parse(JSON.stringify(lists)));
      const again = await T.tensor(Float64Array.from(data), shape).value({ engine: T.referenceEngine() });
      assert.equal([again.shape, [...again.data]], [shape, data]);
    },
    30,
  ));

test('lists of unequal length or depth are refused, with the place', () =>
  check(
    fc.record({ rows: fc.integer({ min: 2, max: 4 }), columns: fc.integer({ min: 1, max: 4 }), at: fc.nat() }),
    ({ rows, columns, at }) => {
      const odd = 1 + (at % (rows - 1));
      for (const wrong of [
        [],
        7,
        Array.from({ length: columns + 1 }, () => 0),
        Array.from({ length: columns }, () => [0]),
      ]) {
        const lists: unknown[] = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 1));
        lists[odd] = wrong;
        assert.throws(() => T.tensor(lists as never, 'odd'), new RegExp(`odd: the entry at \\[${odd}(, 0)?\\]`));
      }
    },
    10,
  ));

test('a compiled function takes names and gives names, in any form of numbers', async () => {
  const [x, m] = [T.input([3], 'x'), T.input([2, 3], 'm')];
  const f = T.compile({ x, m }, { y: x.mul(2), product: m.matmul(x) });
  const expected = { y: [2, 4, 6], product: [14, 32] };
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const forms = [
    rows,
    Float64Array.of(1, 2, 3, 4, 5, 6),
    Float32Array.of(1, 2, 3, 4, 5, 6),
    await T.tensor(rows).value(),
  ];
  for (const form of forms) {
    const { y, product } = await f({ x: [1, 2, 3], m: form });
    assert.equal({ y: y.toArray(), product: product.toArray() }, expected);
  }
  assert.equal((await T.compile({ x }, { y: x.sum() })({ x: 2 })).y.item(), 6, 'one number fills a shape');
});

test('a compiled function refuses what does not fit, and says what it expected', async () => {
  const [x, n] = [T.input([3], 'x'), T.input([T.dimension('atoms'), 3], 'n')];
  const f = T.compile({ x, n }, { y: n.mul(x) });
  const fed = { x: [1, 2, 3], n: [[1, 2, 3]] };
  const refused = async (feeds: object, message: RegExp) => {
    try {
      await f(feeds as typeof fed);
    } catch (error) {
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable(`${JSON.stringify(feeds)} was taken`);
  };
  await refused({ ...fed, x: [1, 2] }, /^x: expected numbers of shape \[3\], got \[2\]/);
  await refused({ ...fed, x: [[1, 2, 3]] }, /^x: expected numbers of shape \[3\], got \[1, 3\]/);
  await refused({ ...fed, n: [1, 2, 3] }, /^n: expected numbers of shape \[atoms, 3\], got \[3\]/);
  await refused({ ...fed, n: Float64Array.of(1, 2) }, /do not make whole rows of 3/);
  await refused({ ...fed, x: '1' }, /^x: expected a number, lists of numbers/);
  await refused({ ...fed, z: 1 }, /'z' is no input of this function, expected x, n/);
  await refused({ n: fed.n }, /'x' \[3\] was given no value/);
  assert.throws(
    () => T.compile({ x }, { y: n.sum() }),
    /depend on 'n' \[atoms, 3\], which is not among the inputs \(x\)/,
  );
  assert.throws(() => T.compile({ x: T.tensor([1]) }, { y: x }), /expected an input, index or variable as 'x'/);
  assert.throws(() => T.compile({ x: 3 as never }, { y: x }), /expected an input, index or variable as 'x', got 3/);
  assert.throws(() => T.compile({}, { y: [1] as never }), /expected a tensor as the output 'y', got a list/);
});

test('values know how many rows a named dimension has, also where rows hold nothing', async () => {
  const atoms = T.dimension('atoms');
  const x = T.input([atoms, 2], 'x');
  const f = T.compile({ x }, { twice: x.mul(2), none: x.slice([null, [0, 0]]) });
  for (const count of [0, 1, 4]) {
    const { twice, none } = await f({ x: new Float64Array(2 * count) });
    assert.equal(
      [twice.shape, none.shape],
      [
        [count, 2],
        [count, 0],
      ],
    );
  }
});

test('updates happen all at once after every call, and a variable says its present value', async () => {
  const [a, b] = [T.variable(1, 'a'), T.variable(10, 'b')];
  const swap = T.compile(
    {},
    { sum: a.add(b) },
    {
      update: [
        [a, b],
        [b, a],
      ],
    },
  );
  assert.is((await swap()).sum.item(), 11);
  assert.equal([(await a.value()).item(), (await b.value()).item()], [10, 1]);
  const other = T.cpuEngine();
  assert.is((await a.value({ engine: other })).item(), 1, 'the state of another engine');
  const fed = T.compile({ a }, { twice: a.mul(2) });
  assert.is((await fed({ a: 7 })).twice.item(), 14);
  assert.is((await a.value()).item(), 10, 'what is fed is not stored');
});

test('rows can be named by a list, and derivatives stop where they are told', async () => {
  const x = T.tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    'x',
  );
  assert.equal((await x.gather([2, 0, 2]).value()).toArray(), [
    [5, 6],
    [1, 2],
    [5, 6],
  ]);
  assert.equal((await grad(x.gather([2, 0, 2]).sum(), [x])[0].value()).toArray(), [
    [1, 1],
    [0, 0],
    [2, 2],
  ]);
  assert.throws(() => x.gather([3]), /row 0 points at 3, expected 0 to 2/);
  assert.throws(() => T.input([T.dimension('rows')], 'r').gather([0]), /rows have|have a name. Give an index/);
  const [slope] = grad(x.mul(T.stopGradient(x)).sum(), [x]);
  assert.equal((await slope.value()).toArray(), [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  assert.ok(T.softmax(x) === x.softmax(), 'equal expressions with a rule are one node');
});

test('a derivative by a number that formulas have absorbed is refused', () => {
  const one = T.tensor(1);
  assert.throws(() => grad(one.mul(2), [one]), /cannot differentiate by 1, a number that is written into formulas/);
  const named = T.tensor(1, 'one');
  assert.is(grad(named.mul(2), [named]).length, 1);
});

test('tensors print as one line with name, shape and formula', () => {
  const [x, w] = [T.input([3], 'x'), T.variable([1, 2, 3], 'w')];
  const lines: [unknown, string][] = [
    [x, "input 'x' [3]"],
    [w, "variable 'w' [3]"],
    [T.index(4, 3, 'rows'), "index 'rows' [4]"],
    [
      T.tensor([
        [1, 2],
        [3, 4],
      ]),
      'tensor [2, 2] = [[1, 2], [3, 4]]',
    ],
    [T.tensor([0.1 + 0.2], 'third'), "tensor 'third' [1] = [0.3]"],
    [x.sin().mul(x.square()).sum(), 'tensor [] = sum(sin(x) * x^2)'],
    [x.sub(w.sub(1)), 'tensor [3] = x - (w - 1)'],
    [x.add(1).div(w.neg()), 'tensor [3] = (x + 1) / (-w)'],
    [x.pow(1.5).neg(), 'tensor [3] = -x^1.5'],
  ];
  for (const [tensor, line] of lines) assert.equal([String(tensor), inspect(tensor)], [line, line]);
  let deep = x;
  for (let k = 0; k < 1000; k++) deep = deep.sin().add(x.mul(deep));
  assert.ok(String(deep).length < 130, 'long formulas are cut');
  const value = new T.Value(
    [2, 7],
    Float64Array.from({ length: 14 }, (_, k) => k / 3),
  );
  assert.is(
    String(value),
    '[[0, 0.333333, 0.666667, ..., 1.33333, 1.66667, 2], [2.33333, 2.66667, 3, ..., 3.66667, 4, 4.33333]]',
  );
  assert.is(inspect(value).slice(0, 18), 'Value [2, 7] [[0, ');
});

test('the stack of an error begins at the line that called the library', () => {
  const x = T.input([3], 'x');
  const wrong: (() => unknown)[] = [
    () => x.add(T.tensor([1, 2])),
    () => x.sum({ axis: 2 }),
    () => T.tensor([[1], [1, 2]]),
    () => T.compile({}, { x }),
    () => grad(x, [x]),
    () => T.concat([x, x], 3),
    () => x.reshape([2]),
  ];
  for (const call of wrong) {
    try {
      call();
      assert.unreachable(String(call));
    } catch (error) {
      const [, first] = (error as Error).stack!.split('\n    at ');
      assert.match(first, /surface\.test\.ts/, String(call));
    }
  }
});

test.run();
