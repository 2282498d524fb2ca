/**
 * The same structure more than once: found after whole-lattice shifts and reordering of atoms and of the list, never confused with a
 * step of a relaxation or another crystal.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { firstOfItsKind, repeatedNotes } from '../../data/index.ts';
import { displace, type Structure } from '../../graph/index.ts';
import { crystals, reals } from '../../testing/index.ts';
import { shiftAtoms } from '../../testing/laws/descriptions.ts';
import { check } from '../support/check.ts';

const named = (structure: Structure, id: string): Structure => ({ ...structure, id });

/** The atoms in another order: every second one first if `turn` is odd, then so many of them at the end. */
function turned(structure: Structure, turn: number): Structure {
  const atoms = [...structure.numbers.keys()];
  const parted = turn % 2 === 0 ? atoms : [...atoms.filter((k) => k % 2 === 0), ...atoms.filter((k) => k % 2 === 1)];
  const order = [...parted.slice(turn), ...parted.slice(0, turn)];
  return {
    ...structure,
    numbers: Int32Array.from(order, (k) => structure.numbers[k]),
    positions: Float64Array.from(order.flatMap((k) => [...structure.positions.subarray(3 * k, 3 * k + 3)])),
  };
}

/** Different crystals, some of them again: reordered, moved by whole cells and by less than files round. */
const lists = fc
  .tuple(
    fc.array(crystals({ minAtoms: 1, maxAtoms: 4 }), { minLength: 1, maxLength: 6 }),
    fc.array(
      fc.record({
        of: fc.nat(5),
        turn: fc.nat(3),
        cells: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 12, maxLength: 12 }),
        rounding: reals({ low: -3e-7, high: 3e-7 }),
      }),
      { maxLength: 8 },
    ),
  )
  .map(([different, again]) => {
    const kinds = different.map((_, k) => k);
    const all = [...different];
    for (const { of, turn, cells, rounding } of again) {
      const kind = of % different.length;
      all.push(turned(displace(shiftAtoms(different[kind], cells), [rounding, -rounding, rounding]), turn));
      kinds.push(kind);
    }
    return { all, kinds };
  });

test('every structure is found to be the first of its kind, in any order of the list', () =>
  check(
    fc.tuple(lists, fc.nat()),
    ([{ all, kinds }, turn]) => {
      const order = all.map((_, k) => (k + turn) % all.length);
      const found = firstOfItsKind(order.map((k) => all[k]));
      const expected = order.map((k) => order.findIndex((other) => kinds[other] === kinds[k]));
      assert.equal([...found], expected);
    },
    60,
  ));

test('another element, another cell, and an atom moved by a thousandth of a bond are another structure', () =>
  check(
    fc.tuple(crystals({ minAtoms: 2 }), fc.nat(1), reals({ low: 1e-3, high: 0.3 }), fc.nat(8)),
    ([structure, atom, by, entry]) => {
      const others = [
        displace(
          structure,
          structure.positions.map((_, k) => (k === 3 * atom + 1 ? by : 0)),
        ),
        { ...structure, numbers: structure.numbers.map((z, k) => (k === atom ? z + 1 : z)) },
        { ...structure, cell: structure.cell.map((x, k) => (k === entry ? x + by : x)) },
        { ...structure, periodic: [true, true, false] as const },
      ];
      assert.equal([...firstOfItsKind([structure, ...others])], [0, 1, 2, 3, 4]);
    },
  ));

test('places exchanged between elements, or coordinates between atoms, make another structure', () =>
  check(crystals({ minAtoms: 2, maxAtoms: 6 }), (structure) => {
    const { numbers, positions } = structure;
    const crossed = positions.slice();
    [crossed[0], crossed[3]] = [positions[3], positions[0]];
    const swapped = numbers.slice();
    [swapped[0], swapped[1]] = [numbers[1], numbers[0]];
    const isOther = numbers[0] !== numbers[1];
    assert.equal([...firstOfItsKind([structure, { ...structure, numbers: swapped }])], [0, isOther ? 1 : 0]);
    // An x of its own for both atoms, and another y or z: the crossed pair lies elsewhere.
    const apart = (k: number) => Math.abs(positions[k] - positions[3 + k]) > 1e-3;
    if (!apart(0) || !(apart(1) || apart(2))) return;
    const [first, second] = firstOfItsKind([structure, { ...structure, positions: crossed }]);
    assert.is(first, 0);
    // Whole lattice vectors apart they would be the same.
    if (structure.cell.every((x, k) => k % 4 === 0 || x !== 0)) assert.is(second, 1);
  }));

test('many equal and many nearly equal structures take no square of their number', () =>
  check(
    crystals({ minAtoms: 2, maxAtoms: 2 }),
    (structure) => {
      const frames = Array.from({ length: 5000 }, (_, k) =>
        displace(structure, k % 2 === 0 ? [0, 0, 0] : [(0.3 * k) / 5000, 0, 0, 0, 0, 0]),
      );
      const found = firstOfItsKind(frames);
      assert.is(found.filter((first) => first === 0).length, 2500);
      found.forEach((first, k) => void assert.is(first, k % 2 === 0 ? 0 : k));
    },
    1,
  ));

test('notes tell what is tested and learnt from; without repeats there are none', () =>
  check(fc.array(crystals({ maxAtoms: 3 }), { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
    const list = [named(a, 'f:1'), named(b, 'f:2'), named(c, 'f:3'), named(d, 'f:4')];
    const split = { train: [0, 1], validation: [2], test: [3] };
    assert.equal(repeatedNotes(list, split), []);
    const apart = repeatedNotes([list[0], named(a, 'f:9'), list[2], list[3]], split);
    assert.equal(apart, ['1 of 4 structures repeat another, e.g. f:9 is f:1']);
    const [repeats, tested] = repeatedNotes([list[0], list[1], list[2], named(b, 'f:9')], split);
    assert.match(repeats, '1 of 4 structures repeat another, e.g. f:9 is f:2');
    assert.match(tested, '1 of 1 test structures are learnt from, too');
  }));

test.run();
