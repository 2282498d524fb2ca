/**
 * Fingerprints: equal for equal data, different after any change of a number, the order, or a label's presence.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fingerprintStructures } from '../../data/fingerprint.ts';
import type { LabelledStructure } from '../../data/index.ts';
import { universe } from '../../universe/index.ts';
import { check } from '../support/check.ts';
import { record } from './records.ts';

const hash = (list: readonly LabelledStructure[]): string => fingerprintStructures('x', list).sha256;
const records = fc.array(record, { minLength: 1, maxLength: 4 });

test('copies have the same fingerprint; ids and other properties do not count', () =>
  check(records, (list) => {
    const copy = list.map((s) => ({ ...structuredClone(s), id: 'other', properties: { more: 1 } }));
    const { sha256, ...rest } = fingerprintStructures('x', list);
    assert.equal(rest, { name: 'x', structures: list.length });
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.is(hash(copy), sha256);
  }));

test('any bit of any number counts, and so does a label that is there, the order, and the number of structures', () =>
  check(
    fc.record({ list: records, which: fc.nat(), at: fc.nat() }),
    ({ list, which, at }) => {
      const before = hash(list);
      const k = which % list.length;
      const s = list[k];
      const changed = (change: Partial<LabelledStructure>) => hash(list.with(k, { ...s, ...change }));
      const flipped = <A extends Float64Array | Int32Array>(array: A): A => {
        const copy = array.slice() as A;
        new Uint8Array(copy.buffer)[at % copy.byteLength] ^= 1;
        return copy;
      };
      for (const name of ['positions', 'cell', 'forces', 'stress'] as const) {
        const array = s[name];
        if (array) assert.is.not(changed({ [name]: flipped(array) }), before, name);
      }
      assert.is.not(changed({ numbers: flipped(s.numbers) }), before, 'numbers');
      assert.is.not(changed({ periodic: [!s.periodic[0], s.periodic[1], s.periodic[2]] }), before, 'periodic');
      for (const name of ['energy', 'forces', 'stress'] as const) {
        const { [name]: label, ...without } = s;
        if (label !== undefined) assert.is.not(hash(list.with(k, without)), before, `no ${name}`);
      }
      if (s.energy === undefined) assert.is.not(changed({ energy: 0 }), before, 'energy');
      assert.is.not(hash([...list, s]), before, 'one more');
      assert.is.not(hash(list.slice(1)), before, 'one less');
      if (list.length > 1 && hash([list[0]]) !== hash([list[1]]))
        assert.is.not(hash([list[1], list[0], ...list.slice(2)]), before, 'order');
    },
    60,
  ));

test('the built-in universe has one fingerprint a seed', async () => {
  const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => universe({ count: 5, seed })));
  assert.is(hash(a), hash(b));
  assert.is.not(hash(a), hash(c));
});

test.run();
