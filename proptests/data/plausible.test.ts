/**
 * Structures that cannot be are told before neighbours are looked for; structures as they are raise no alarm.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plausible } from '../../data/index.ts';
import { expectedNeighbours, neighbours, type Structure, supercell, toFractional } from '../../graph/index.ts';
import { crystals, reals } from '../../testing/index.ts';
import { check } from '../support/check.ts';

/** Atoms on a grid of `apart` A, n in each direction. */
const block = (n: number, apart: number, periodic: Structure['periodic'] = [true, true, true]): Structure => ({
  ...supercell(
    {
      id: 'atom',
      numbers: Int32Array.of(29),
      positions: new Float64Array(3),
      cell: Float64Array.of(apart, 0, 0, 0, apart, 0, 0, 0, apart),
      periodic,
    },
    [n, n, n],
  ),
  id: 'run.xyz:67',
});
const scaled = (structure: Structure, factor: number): Structure => ({
  ...structure,
  positions: structure.positions.map((x) => factor * x),
  cell: structure.cell.map((x) => factor * x),
});

test('expected neighbours are those there are, on average: crystals, slabs, wires, clusters', () =>
  check(
    fc.tuple(fc.integer({ min: 3, max: 6 }), reals({ low: 1.5, high: 3 }), reals({ low: 3.5, high: 7 }), fc.nat(7)),
    ([n, apart, cutoff, flags]) => {
      const structure = block(n, apart, [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0]);
      const found = neighbours(structure, cutoff).target.length / structure.numbers.length;
      const expected = expectedNeighbours(structure, cutoff);
      assert.ok(expected < 6 * found + 10 && found < 6 * expected + 10, `${expected} expected, ${found} found`);
      // Counts of few bins are rough; densities of crystals are not.
      if (flags === 7) assert.ok(expected < 2.5 * found && found < 1.6 * expected + 1, `${expected} and ${found}`);
    },
  ));

test('a dense cluster in an empty cell is seen as dense', () => {
  const cluster = { ...block(12, 0.08), cell: Float64Array.of(300, 0, 0, 0, 300, 0, 0, 0, 300) };
  assert.ok(expectedNeighbours(cluster, 5) > 100);
  assert.ok(neighbours(block(3, 2), 5).target.length > 0);
});

test('crystals as they are raise no alarm', () =>
  check(
    fc.tuple(fc.array(crystals({ closest: 0.8 }), { maxLength: 5 }), reals({ low: 3, high: 8 })),
    ([structures, cutoff]) => {
      assert.equal(plausible(structures, cutoff), { hint: undefined, notes: [] });
    },
  ));

test('crystals in nm, or in units of a bohr or less, are refused by density, with place and cause', () =>
  check(fc.tuple(crystals({ minAtoms: 3 }), reals({ low: 0.003, high: 0.1 })), ([structure, factor]) => {
    const wrong = { ...scaled(structure, factor), id: 'run.xyz:67' };
    assert.throws(
      () => plausible([structure, wrong], 5),
      /^run\.xyz:67: .* atoms\/A\^3, diamond has 0\.18\. Are lengths in nm/,
    );
  }));

test('a cutoff far too large says at once how many edges it means, and names the worst structure', () => {
  const list = [block(2, 2.5), block(4, 2)];
  assert.throws(
    () => plausible(list, 400),
    /a cutoff of 400 A means about 3\.4e\+7 neighbours of each of 64 atoms, in all .* edges, .* GB/,
  );
  const { hint } = plausible(list, 20);
  assert.match(hint!, /^A cutoff of 20 A means about \d+ neighbours of an atom, in all .* edges, \d.* MB/);
  // A slab or a wire of ordinary density, repeated thinly, is no crowd.
  assert.is(plausible([block(10, 2.5, [true, true, false]), block(10, 2.5, [false, false, false])], 6).hint, undefined);
});

test('atoms closer than any bond are noted, those at one place too, through the wall of a cell as well', () =>
  check(
    fc.tuple(
      crystals({ minAtoms: 2 }),
      reals({ low: 0, high: 0.29 }),
      fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 }),
    ),
    ([structure, distance, cells]) => {
      const { positions, cell, numbers } = structure;
      const twin = [0, 1, 2].map(
        (k) => positions[k] + (k === 0 ? distance : 0) + cells.reduce((sum, n, r) => sum + n * cell[3 * r + k], 0),
      );
      const broken = {
        ...structure,
        id: 'run.xyz:67',
        numbers: Int32Array.of(...numbers, 1),
        positions: Float64Array.of(...positions, ...twin),
      };
      const [note, ...others] = plausible([structure, broken, broken], 5).notes;
      assert.equal(others, []);
      const apart = distance <= 0.0099 ? 'are at one place' : distance > 0.0101 ? 'A apart' : '';
      assert.ok(note.startsWith('2 of 3 structures have atoms closer than 0.3 A, the first run.xyz:67, where'), note);
      assert.ok(note.includes(apart), note);
    },
  ));

/** The same lattice with other vectors: the third moved along the first two, the second along the first. */
const sheared = (structure: Structure, [u, v, w]: readonly number[]): Structure => {
  const [a, b, c] = [0, 3, 6].map((k) => [...structure.cell.subarray(k, k + 3)]) as [number[], number[], number[]];
  const second = b.map((x, k) => x + u * a[k]);
  const third = c.map((x, k) => x + v * a[k] + w * b[k]);
  return { ...structure, cell: Float64Array.of(...a, ...second, ...third) };
};

test('what is expected of a lattice does not depend on which of its vectors are written', () =>
  check(
    fc.tuple(crystals({ minAtoms: 2 }), fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 3 })),
    ([structure, shear]) => {
      const other = sheared(structure, shear);
      const [one, two] = [structure, other].map((s) => expectedNeighbours(s, 5)) as [number, number];
      // Bins are other ones, too, so that crowded places are seen a little differently; twenty times a volume is not.
      const found = neighbours(structure, 5).target.length / structure.numbers.length;
      assert.ok(
        two <= 3 * Math.max(one, found) && one <= 3 * Math.max(two, found),
        `${one} and ${two}, found ${found}`,
      );
      assert.equal(plausible([other], 5), plausible([structure], 5));
    },
  ));

test('cells so skew that a search would take minutes are refused with the way out', () => {
  const skew = { ...block(2, 2), cell: Float64Array.of(4, 0, 0, 8000, 4, 0, -4000, 9000, 4) };
  assert.throws(() => plausible([skew], 5), /^run\.xyz:67: the lattice vectors are so skew.*copies.*reduced cell/);
});

test('fractional positions are noted, those in Angstrom are not', () =>
  check(crystals({ minAtoms: 3, closest: 1.2 }), (structure) => {
    const { positions, cell, periodic } = structure;
    const shares = toFractional(positions, cell).map((x) => x - Math.floor(x));
    const wrong = { ...structure, id: 'run.xyz:67', positions: shares };
    const isCrowded = neighbours(wrong, 0.9).target.length > 0;
    const isLarge = [0, 3, 6].every((k) => Math.hypot(...cell.subarray(k, k + 3)) > 1.5);
    const expected = isCrowded && isLarge && periodic.some(Boolean) && structure.numbers.some((z) => z !== 1);
    const told = plausible([structure, wrong], 5).notes.filter((note) => note.includes('Are positions fractional? '));
    assert.equal(told.length, expected ? 1 : 0);
    if (expected) assert.match(told[0], /^1 of 2 structures have all atoms within .* first run\.xyz:67\. /);
  }));

test('structures whose atoms all are out of sight are noted: lengths in pm, a short cutoff', () =>
  check(
    fc.tuple(crystals({ minAtoms: 2 }), reals({ low: 1, high: 30 }), reals({ low: 2, high: 8 })),
    ([structure, factor, cutoff]) => {
      const told = (s: Structure) =>
        plausible([s], cutoff).notes.some((note) => note.includes('sees the elements only'));
      const wide = scaled(structure, factor);
      // Just beyond the cutoff atoms may go unnoticed; far beyond it they do not.
      if (told(wide)) assert.is(neighbours(wide, cutoff).target.length, 0);
      else assert.ok(neighbours(wide, 3 * cutoff).target.length > 0);
      assert.ok(told(scaled(structure, 100)));
    },
  ));

test('positions that are lost or not finite end in one line', () => {
  for (const x of [1e20, Number.NaN, Number.POSITIVE_INFINITY]) {
    const lost = { ...block(2, 2), positions: block(2, 2).positions.map((p, k) => (k === 4 ? x : p)) };
    assert.throws(() => plausible([lost], 5), /^run\.xyz:67: .*atom 1 /);
  }
});

test.run();
