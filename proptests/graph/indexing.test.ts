/**
 * Both directions of a row index: the reverse direction lists every row once, in order, under its destination.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { indexOf } from '../../graph/index.ts';
import { check } from '../support/check.ts';

const cases = fc
  .integer({ min: 0, max: 12 })
  .chain((count) =>
    fc.tuple(
      fc.constant(count),
      count === 0 ? fc.constant<number[]>([]) : fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 40 }),
    ),
  );

test('rows under a destination are those that point at it, in ascending order', () =>
  check(
    cases,
    ([count, values]) => {
      const index = indexOf(Int32Array.from(values), count);
      assert.is(index.count, count);
      assert.equal([...index.values], values);
      assert.is(index.pointers.length, count + 1);
      assert.is(index.pointers[0], 0);
      for (let d = 0; d < count; d++) {
        const rows = values.flatMap((value, row) => (value === d ? [row] : []));
        assert.equal([...index.permutation.subarray(index.pointers[d], index.pointers[d + 1])], rows);
      }
      assert.is(index.pointers[count], values.length);
      assert.is(index.permutation.length, values.length);
    },
    100,
  ));

test('sorted exactly when destinations ascend, and then the permutation is the identity', () =>
  check(
    cases,
    ([count, values]) => {
      const ascending = [...values].sort((a, b) => a - b);
      const same = values.every((value, k) => value === ascending[k]);
      assert.is(indexOf(Int32Array.from(values), count).sorted, same);
      const sorted = indexOf(Int32Array.from(ascending), count);
      assert.ok(sorted.sorted);
      assert.equal(
        [...sorted.permutation],
        ascending.map((_, row) => row),
      );
    },
    100,
  ));

test('a destination out of range is refused, with its row', () =>
  check(fc.tuple(cases, fc.boolean(), fc.nat()), ([[count, values], below, position]) => {
    const row = position % (values.length + 1);
    const bad = below ? -1 : count;
    assert.throws(
      () => indexOf(Int32Array.from([...values.slice(0, row), bad, ...values.slice(row)]), count),
      new RegExp(`row ${row} points at ${bad}`),
    );
  }));

test.run();
