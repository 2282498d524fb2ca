/**
 * Changes that leave a crystal what it is keep the sorted distances of every atom; strains change them as computed.
 *
 * Distances within 1e-7 A of the cutoff may fall on either side by rounding and are left out.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  determinant,
  displace,
  neighbours,
  type Structure,
  strain,
  supercell,
  toFractional,
  transform,
} from '../../graph/index.ts';
import { CELLS, reals, rotations } from '../../testing/index.ts';
import { changeCell, permuteAtoms, shiftAtoms, wrap } from '../../testing/laws/descriptions.ts';
import { check } from '../support/check.ts';
import { crystals, flags, matmul } from './crystals.ts';

/** Sorted distances of every atom. */
function distances(structure: Structure, cutoff: number): number[][] {
  const { target, distance } = neighbours(structure, cutoff);
  const lists: number[][] = Array.from(structure.numbers, () => []);
  target.forEach((i, k) => {
    if (distance[k] < cutoff - 1e-7) lists[i].push(distance[k]);
  });
  return lists.map((list) => list.sort((a, b) => a - b));
}
function same(a: readonly number[][], b: readonly number[][]): void {
  assert.is(a.length, b.length);
  a.forEach((list, i) => {
    assert.is(list.length, b[i].length, `neighbours of atom ${i}`);
    list.forEach((r, k) => void assert.ok(Math.abs(r - b[i][k]) < 1e-8, `atom ${i}: ${r} and ${b[i][k]}`));
  });
}
const some = fc.tuple(crystals(CELLS.any), reals({ low: 1, high: 4 }));
const int = (most: number) => fc.integer({ min: -most, max: most });

test('rotations and reflections', () =>
  check(fc.tuple(some, rotations(), fc.boolean()), ([[structure, cutoff], turn, mirror]) => {
    const matrix = mirror ? turn.map((x) => -x) : turn;
    same(distances(structure, cutoff), distances(transform(structure, matrix), cutoff));
  }));

test('translations of the crystal, lattice shifts of atoms, wrapping', () =>
  check(
    fc.tuple(
      some,
      fc.tuple(reals({ low: -5, high: 5 }), reals({ low: -5, high: 5 }), reals({ low: -5, high: 5 })),
      fc.array(int(3), { minLength: 12, maxLength: 12 }),
    ),
    ([[structure, cutoff], by, offsets]) => {
      const expected = distances(structure, cutoff);
      same(expected, distances(displace(structure, by), cutoff));
      const shifted = shiftAtoms(structure, offsets.slice(0, structure.positions.length));
      same(expected, distances(shifted, cutoff));
      const wrapped = wrap(shifted);
      same(expected, distances(wrapped, cutoff));
      for (const f of toFractional(wrapped.positions, wrapped.cell)) assert.ok(f > -1e-9 && f < 1 + 1e-9, `${f}`);
    },
  ));

test('other cells of the same lattice', () =>
  check(
    fc.tuple(some, fc.tuple(int(1), int(1), int(1)), fc.tuple(int(1), int(1), int(1)), fc.boolean()),
    ([[structure, cutoff], [a, b, c], [d, e, f], mirror]) => {
      // A product of triangular matrices with unit diagonals has determinant 1.
      const m = matmul([1, a, b, 0, 1, c, 0, 0, 1], [1, 0, 0, d, 1, 0, e, f, mirror ? -1 : 1]);
      const changed = changeCell(structure, m);
      assert.ok(Math.abs(Math.abs(determinant(changed.cell)) - Math.abs(determinant(structure.cell))) < 1e-6);
      same(distances(structure, cutoff), distances(changed, cutoff));
    },
  ));

test('supercells', () =>
  check(
    fc.tuple(
      crystals(fc.oneof(CELLS.ordinary, CELLS.tiny), { atoms: [1, 3] }),
      reals({ low: 1, high: 4 }),
      fc.constantFrom([2, 1, 1], [1, 2, 3], [3, 2, 2]),
    ),
    ([structure, cutoff, repeats]) => {
      const [a, b, c] = repeats as [number, number, number];
      const once = distances(structure, cutoff);
      const large = supercell(structure, [a, b, c]);
      assert.is(large.numbers.length, a * b * c * structure.numbers.length);
      same(Array.from({ length: a * b * c }, () => once).flat(), distances(large, cutoff));
    },
    20,
  ));

test('permutations move each atom with its neighbourhood', () =>
  check(
    some.chain(([structure, cutoff]) => {
      const atoms = Array.from(structure.numbers, (_, k) => k);
      return fc.tuple(
        fc.constant(structure),
        fc.constant(cutoff),
        fc.shuffledSubarray(atoms, { minLength: atoms.length }),
      );
    }),
    ([structure, cutoff, order]) => {
      const named = { ...structure, numbers: structure.numbers.map((_, k) => k + 1) };
      const permuted = permuteAtoms(named, order);
      assert.equal(
        [...permuted.numbers],
        order.map((k) => k + 1),
      );
      const before = distances(named, cutoff);
      same(
        order.map((k) => before[k]),
        distances(permuted, cutoff),
      );
    },
  ));

test('a strain stretches every edge vector by (1 + strain)', () =>
  check(
    fc.tuple(some, fc.array(reals({ low: -0.1, high: 0.1 }), { minLength: 9, maxLength: 9 })),
    ([[structure, cutoff], epsilon]) => {
      const strained = strain(structure, epsilon);
      const stretch = epsilon.map((x, k) => x + (k % 4 === 0 ? 1 : 0));
      assert.ok(
        Math.abs(determinant(strained.cell) - determinant(structure.cell) * determinant(stretch)) < 1e-9 * 1000,
      );
      const edges = neighbours(structure, cutoff);
      const wide = neighbours(strained, cutoff * 1.5);
      const lengths = new Map(
        Array.from(wide.target, (i, k) => [
          `${i} ${wide.source[k]} ${wide.offset.subarray(3 * k, 3 * k + 3)}`,
          wide.distance[k],
        ]),
      );
      edges.target.forEach((i, k) => {
        const j = edges.source[k];
        const n = edges.offset.subarray(3 * k, 3 * k + 3);
        const shift = matmul(n, structure.cell);
        const vector = shift.map((s, c) => s + structure.positions[3 * j + c] - structure.positions[3 * i + c]);
        const r = lengths.get(`${i} ${j} ${n}`);
        const expected = Math.hypot(...matmul(vector, stretch));
        if (expected > 0.011) assert.ok(r !== undefined && Math.abs(r - expected) < 1e-9, `${r} and ${expected}`);
      });
    },
  ));

test('wrapping folds what repeats and leaves the rest where it is, rows of zeros too', () =>
  check(
    fc.tuple(crystals(CELLS.ordinary, { spread: 3 }), fc.constantFrom(...flags), fc.boolean()),
    ([{ cell, ...structure }, periodic, zeroRows]) => {
      const rows = zeroRows ? cell.map((x, k) => (periodic[Math.floor(k / 3)] ? x : 0)) : cell;
      const given: Structure = { ...structure, cell: rows, periodic };
      const wrapped = wrap(given);
      assert.ok(wrapped.positions.every(Number.isFinite));
      same(distances(given, 4), distances(wrapped, 4));
      // Folding again changes nothing (but the last bit of an atom on the border).
      wrap(wrapped).positions.forEach((x, k) => {
        const atom = Math.floor(k / 3);
        const border = toFractional(wrapped.positions.slice(3 * atom, 3 * atom + 3), cell);
        const onBorder = border.some((f) => Math.abs(f - Math.round(f)) < 1e-9);
        assert.ok(onBorder || Math.abs(x - wrapped.positions[k]) < 1e-9);
      });
      if (!periodic.some(Boolean)) assert.equal(wrapped.positions, given.positions);
    },
  ));

test('inputs stay as they are, labels are dropped', () =>
  check(some, ([structure]) => {
    const labelled = { ...structure, energy: 1 };
    const copy = structuredClone(labelled);
    const results = [
      transform(labelled, [2, 0, 0, 0, 2, 0, 0, 0, 2]),
      displace(labelled, [1, 1, 1]),
      changeCell(labelled, [1, 1, 0, 0, 1, 0, 0, 0, 1]),
      supercell(labelled, [2, 1, 1]),
      wrap(labelled),
    ];
    for (const result of results) {
      assert.not.ok('energy' in result);
    }
    assert.equal(labelled, copy);
  }));

test.run();
