/**
 * What is no number is no number, and what is no row is no row: wrong values are refused where they enter, on every engine.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { indexOf } from '../../graph/index.ts';
import * as T from '../../tensor/index.ts';
import { interpolate, interpolateTransposed } from '../../tensor/primitives/interpolate.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';

const engines = [T.referenceEngine(), T.cpuEngine({ precision: 'f64' }), T.cpuEngine()];
const wrongRows = (count: number) =>
  fc.constantFrom<unknown>(
    1.7,
    Number.NaN,
    Infinity,
    -Infinity,
    -1,
    count,
    count + 0.5,
    '0',
    '',
    null,
    undefined,
    true,
    1n,
    [0],
    {},
  );
const wrongNumbers = fc.constantFrom<unknown>('1', '', null, undefined, true, 1n, [1], {});
const COUNT = 4;
const good = fc.array(fc.nat(COUNT - 1), { minLength: 1, maxLength: 6 });

const oneLine = (error: Error, pattern: RegExp): true => {
  assert.match(error.message, pattern);
  assert.ok(!error.message.includes('\n') && error.message.length < 400);
  return true;
};
/** Every engine refuses to run with these values. */
async function refused(
  output: T.Tensor,
  feeds: readonly (readonly [T.Tensor, unknown])[],
  pattern: RegExp,
): Promise<void> {
  for (const engine of engines) {
    const plan = engine.compile({ outputs: [output] });
    await plan.run(new Map(feeds) as T.Feeds).then(
      () => assert.unreachable(`${engine.name} took it`),
      (error: Error) => void oneLine(error, pattern),
    );
  }
}
/** `values` with a wrong one put in anywhere. */
const spoilt = (wrong: fc.Arbitrary<unknown>) =>
  fc.tuple(good, wrong, fc.nat()).map(([values, bad, k]) => {
    const at = k % (values.length + 1);
    return { values: [...values.slice(0, at), bad, ...values.slice(at)] as number[], at };
  });

test('row numbers given once are whole and in range, or refused with their place', () =>
  check(
    spoilt(wrongRows(COUNT)),
    ({ values, at }) => {
      const pattern = new RegExp(`index: (row|number) ${at} `);
      assert.throws(
        () => T.constantIndex(values, COUNT),
        (error: Error) => oneLine(error, pattern),
      );
    },
    60,
  ));

test('lists with holes, text, big integers and counts that are none are refused', async () => {
  // biome-ignore lint/suspicious/noSparseArray: that is what is tested
  const holes = [0, , 1] as number[];
  for (const values of [
    holes,
    '012',
    7,
    null,
    undefined,
    { length: 1, 0: 0 },
    BigInt64Array.of(1n),
    new DataView(new ArrayBuffer(4)),
  ]) {
    assert.throws(() => T.constantIndex(values as never, COUNT), /index: (expected an array|number 1 is undefined)/);
    // A single number fills a shape.
    if (values === 7) continue;
    assert.throws(
      () => T.tensor(values as never, [3], 'weights'),
      /weights: (expected a number, lists of numbers|number 1 is undefined)/,
    );
  }
  for (const count of [1.5, -1, Number.NaN, Infinity, '2', null, undefined]) {
    assert.throws(() => T.constantIndex([0], count as number), /whole number >= 0 of rows to point into/);
    assert.throws(() => T.index(2, count as number), /whole number >= 0 of rows to point into/);
    assert.throws(() => indexOf(Int32Array.of(0), count as number), /whole number of destinations/);
  }
  assert.throws(() => T.constantIndex([0], 0), /no rows, for there are none/);
  assert.throws(() => indexOf([0, 1.7] as never, 2), /expected an Int32Array/);
  assert.equal(
    (await run([T.gather(T.tensor([5, 6, 7]), T.constantIndex([2, 0, -0], 3))]))[0],
    Float64Array.of(7, 5, 5),
  );
});

test('row numbers that are fed are an Int32Array in range', () =>
  check(
    fc.tuple(good, fc.nat(), fc.constantFrom(-1, COUNT, -(2 ** 31), 2 ** 31 - 1)),
    async ([values, k, bad]) => {
      const at = T.index(T.dimension('rows'), COUNT);
      const y = T.gather(T.tensor([1, 2, 3, 4]), at);
      const wrong = Int32Array.from(values);
      wrong[k % values.length] = bad;
      await refused(
        y,
        [[at, { values: wrong, count: COUNT }]],
        new RegExp(`row ${k % values.length} points at ${bad}, expected 0 to 3`),
      );
      for (const list of [
        values,
        [...values, 0.5],
        values.map(String),
        Float64Array.from(values),
        values.join(''),
        null,
        undefined,
      ]) {
        await refused(y, [[at, { values: list, count: COUNT }]], /expected row numbers as an Int32Array, got/);
      }
      await refused(y, [[at, values]], /expected \{values, count\}/);
    },
    10,
  ));

test('the reverse direction that is fed belongs to the rows, or is refused', () =>
  check(
    fc.tuple(good, fc.nat(), fc.nat(), fc.integer({ min: -2, max: 7 })),
    async ([values, which, place, value]) => {
      const index = indexOf(Int32Array.from(values), COUNT);
      const at = T.index(T.dimension('rows'), COUNT);
      const y = T.gather(T.tensor([1, 2, 3, 4]), at);
      for (const engine of engines) {
        const [found] = await engine.compile({ outputs: [y] }).run(new Map([[at, index]]));
        assert.equal(
          [...found],
          values.map((v) => v + 1),
        );
      }
      const part = (['pointers', 'permutation'] as const)[which % 2];
      const changed = index[part].slice();
      changed[place % changed.length] = value;
      if (changed[place % changed.length] === index[part][place % changed.length]) return;
      const pattern = /pointers and permutation are not the reverse direction/;
      await refused(y, [[at, { ...index, [part]: changed }]], pattern);
      await refused(y, [[at, { ...index, [part]: index[part].slice(1) }]], pattern);
      await refused(y, [[at, { ...index, [part]: [...index[part]] }]], pattern);
      await refused(y, [[at, { values: index.values, count: COUNT, [part]: index[part] }]], pattern);
    },
    15,
  ));

test('a reverse direction that names a row twice, or out of order, is none', async () => {
  const at = T.index(3, COUNT);
  const y = T.segmentSum(T.tensor([1, 2, 3]), at);
  const index = indexOf(Int32Array.of(2, 2, 2), COUNT);
  for (const wrong of [
    [0, 0, 1],
    [2, 1, 0],
    [0, 1, 3],
  ]) {
    await refused(y, [[at, { ...index, permutation: Int32Array.from(wrong) }]], /are not the reverse direction/);
  }
});

test('numbers that are fed or written are numbers', () =>
  check(
    spoilt(wrongNumbers),
    async ({ values, at }) => {
      const x = T.input([T.dimension('rows')]);
      await refused(T.mul(x, 2), [[x, values]], new RegExp(`number ${at} is`));
      assert.throws(
        () => T.tensor(values),
        (error: Error) => oneLine(error, new RegExp(`number ${at} is|the entry at \\[\\d\\] is .* expected a`)),
      );
      const v = T.variable(0, [values.length]);
      for (const engine of engines) assert.throws(() => engine.write(v, values), new RegExp(`number ${at} is`));
    },
    15,
  ));

test('text and big integers are no feeds, also where one number is asked for', async () => {
  const [one, many] = [T.input([]), T.input([T.dimension('rows')])];
  for (const x of [one, many]) {
    for (const value of ['1', '', 1n, true, BigInt64Array.of(1n), { 0: 1, length: 1 }]) {
      await refused(T.mul(x, 2), [[x, value]], /expected an array of numbers, got/);
    }
  }
  assert.throws(() => T.tensor('2' as never), /tensor: expected a number, lists of numbers/);
});

test('sizes of shapes are whole numbers or dimensions, and operands numbers or tensors', () =>
  check(
    fc.tuple(
      fc.constantFrom<unknown>('3', '', null, undefined, true, 1n, [3], {}, 1.5, -1, Number.NaN, Infinity),
      fc.nat(2),
    ),
    ([bad, place]) => {
      const shape: unknown[] = [1, 1];
      shape.splice(place, 0, bad);
      const x = T.tensor([7]);
      for (const build of [
        () => T.input(shape as never),
        () => T.variable(0, shape as never),
        () => T.tensor([7], shape as never),
        // In reshape, -1 stands for the size that is left.
        ...(bad === -1 ? [] : [() => T.reshape(x, shape as never)]),
        () => T.broadcastTo(x, shape as never),
      ]) {
        assert.throws(build, (error: Error) =>
          oneLine(error, new RegExp(`axis ${place} has size .*expected an integer`)),
        );
      }
      assert.throws(() => T.index(bad as never, 3), /axis 0 has size .*expected an integer >= 0 or a dimension/);
      if (typeof bad !== 'number') {
        assert.throws(() => T.index(3, bad as never), /whole number >= 0 of rows to point into/);
        for (const f of [T.add, T.sub, T.mul, T.div, T.less, T.maximum, T.gate]) {
          for (const operands of [
            [x, bad],
            [bad, x],
            [bad, bad],
          ] as const) {
            assert.throws(
              () => f(operands[0] as never, operands[1] as never),
              (error: Error) => oneLine(error, /expected a tensor or a number, got/),
            );
          }
        }
        assert.throws(() => T.neg(bad as never), /expected a tensor or a number, got/);
        assert.throws(() => T.where(bad as never, x, x), /expected a tensor or a number, got/);
      }
      for (const list of ['3', 3, null, undefined]) assert.throws(() => T.input(list as never), /expected a shape/);
    },
    40,
  ));

test('axes, ranges and orders are whole and there', () => {
  const x = T.input([2, 3]);
  for (const order of [[0, 2], [0, 0.5], [0, Number.NaN], [0, -1], ['0', '1'], [0]]) {
    assert.throws(() => T.permute(x, order as number[]), /permute: expected an order of the 2 axes/);
  }
  assert.throws(() => T.slice(x, [null, null, [0, 1]]), /3 ranges are more than \[2, 3\] has axes/);
  for (const range of [[0, Number.NaN], ['0', 1], [0, 1.5], [0]]) {
    assert.throws(() => T.slice(x, [range as never]), /expected integers for axis 0/);
  }
  for (const axis of [0.5, Number.NaN, 2, '1']) {
    assert.throws(() => T.reduceMax(x, { axis: axis as number }), /axis \S+ does not exist in \[2, 3\]/);
    assert.throws(() => T.concat([x, x], axis as number), /no axis/);
  }
  const [table, knot, t] = [T.input([4, 2]), T.index(3, 4), T.input([3])];
  for (const order of [-1, 0.5, 4, Number.NaN, '1']) {
    assert.throws(() => interpolate(table, knot, t, order as number), /0 to 3 derivatives/);
    assert.throws(() => interpolateTransposed(T.input([3, 1]), knot, t, order as number), /0 to 3 derivatives/);
  }
  assert.throws(() => interpolate(table, T.input([3]), t), /expected an index of knots/);
});

test.run();
