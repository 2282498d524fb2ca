/** Picking along leading axes: the right numbers, their derivatives, and what is refused. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients } from '../../autograd/index.ts';
import { at, dimension, input, square, type Tensor } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { size } from './support.ts';

const picks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    indices: fc
      .tuple(...shape.map((n) => fc.integer({ min: -n, max: n - 1 })))
      .chain((all) => fc.integer({ min: 0, max: shape.length }).map((count) => all.slice(0, count))),
  }),
);

test('at picks the block that nested lists have at these positions', () =>
  check(picks, async ({ shape, indices }) => {
    const numbers = Array.from({ length: size(shape) }, (_, k) => k);
    const x = input(shape, 'x');
    // By the definition of row-major order: each position narrows the block.
    let block = numbers;
    indices.forEach((index, axis) => {
      const rows = block.length / shape[axis];
      const position = index < 0 ? shape[axis] + index : index;
      block = block.slice(position * rows, (position + 1) * rows);
    });
    const y = at(x, ...indices);
    assert.is(x.at(...indices), y, 'the method is the function');
    assert.equal(y.shape, shape.slice(indices.length));
    const [found] = await run([y], { feeds: new Map([[x, numbers]]) });
    assert.equal([...found], block);
  }));

test('its derivatives are those of the numbers that are picked', () =>
  checkGradients(
    (x) => square(at(x, 1, -1)),
    [{ shape: [2, 3, 2], data: Array.from({ length: 12 }, (_, k) => k / 4) }],
  ));

test('positions outside, broken ones, too many and named axes are refused', () => {
  const x = input([2, 3], 'x');
  assert.throws(() => at(x, 2), "at: expected a whole number from -2 to 1 at axis 0 of 'x' [2, 3], got 2 (a number).");
  assert.throws(() => at(x, 0, -4), /from -3 to 2 at axis 1 .* got -4/);
  assert.throws(() => at(x, 0.5), /got 0.5/);
  assert.throws(() => at(x, Number.NaN), /got NaN/);
  assert.throws(() => at(x, '1' as unknown as number), /got the text "1"/);
  assert.throws(() => at(x, 0, 0, 0), "at: 3 positions are more than the 2 axes of 'x' [2, 3].");
  assert.throws(() => at(input([0, 3], 'none'), 0), /expected nothing, for it is empty/);
  const named: Tensor = input([dimension('atoms'), 3], 'positions');
  assert.throws(() => at(named, 0), /axis 0 of 'positions' \[atoms, 3\] has a name/);
});

test.run();
