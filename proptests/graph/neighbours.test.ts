/**
 * Periodic neighbours against brute force, over cells of every awkward shape.
 *
 * Pairs within 1e-9 A of the cutoff (or of the same-atom distance) may differ by rounding and are left out of the
 * comparison; what happens exactly at the cutoff is tested with numbers that are exact in binary.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Edges, neighbours, type Structure, supercell } from '../../graph/index.ts';
import { CELLS, reals } from '../../testing/index.ts';
import { check } from '../support/check.ts';
import { bruteForce, crystal, crystals, type Edge, flags } from './crystals.ts';

const listed = ({ target, source, offset, distance }: Edges): Edge[] =>
  Array.from(target, (i, k) => ({
    i,
    j: source[k],
    n: [offset[3 * k], offset[3 * k + 1], offset[3 * k + 2]],
    r: distance[k],
  }));
const key = ({ i, j, n }: Edge): string => [i, j, ...n].join(' ');
const clear = (cutoff: number) => (e: Edge) => Math.abs(e.r - cutoff) > 1e-9 && Math.abs(e.r - 0.01) > 1e-9;

function agrees(structure: Structure, cutoff: number): void {
  const found = listed(neighbours(structure, cutoff)).filter(clear(cutoff));
  const expected = bruteForce(structure, cutoff).filter(clear(cutoff));
  assert.equal(found.map(key), expected.map(key));
  found.forEach((e, k) => void assert.ok(Math.abs(e.r - expected[k].r) < 1e-9, `${key(e)}: ${e.r}`));
}

const shapes = { ordinary: CELLS.ordinary, 'strongly skewed': CELLS.skewed, tiny: CELLS.tiny, 'long thin': CELLS.thin };
for (const [name, cells] of Object.entries(shapes)) {
  test(`equal to brute force: ${name} cells`, () =>
    check(
      fc.tuple(crystals(cells), reals({ low: 1, high: 5 })),
      ([structure, cutoff]) => agrees(structure, cutoff),
      40,
    ));
}

test('equal to brute force: atoms several cells outside', () =>
  check(
    fc.tuple(crystals(fc.oneof(CELLS.ordinary, CELLS.tiny), { atoms: [2, 3], spread: 5 }), reals({ low: 1, high: 4 })),
    ([structure, cutoff]) => agrees(structure, cutoff),
    20,
  ));

test('equal to brute force: hundreds of atoms', () =>
  check(
    fc.tuple(crystals(CELLS.ordinary, { atoms: [3, 5] }), reals({ low: 2, high: 4 })),
    ([structure, cutoff]) => agrees(supercell(structure, [3, 4, 2]), cutoff),
    4,
  ));

for (const periodic of flags) {
  test(`equal to brute force: periodic ${periodic.map((p) => (p ? 'T' : 'F')).join(' ')}`, () =>
    check(
      fc.tuple(crystals(CELLS.any, { atoms: [1, 5], spread: 2 }), fc.boolean(), reals({ low: 1, high: 5 })),
      ([{ cell, positions }, zeroRows, cutoff]) => {
        const kept = zeroRows ? cell.map((x, k) => (periodic[Math.floor(k / 3)] ? x : 0)) : cell;
        agrees(crystal(kept, positions, periodic), cutoff);
      },
      20,
    ));
}

test('sorted by target, source, offset; every edge has its reverse at the same length', () =>
  check(
    fc.tuple(crystals(CELLS.any, { spread: 3 }), reals({ low: 1, high: 5 })),
    ([structure, cutoff]) => {
      const edges = listed(neighbours(structure, cutoff));
      const number = (e: Edge) => [e.i, e.j, ...e.n];
      edges.slice(1).forEach((e, k) => {
        const [before, after] = [number(edges[k]), number(e)];
        const first = before.findIndex((x, c) => x !== after[c]);
        assert.ok(first >= 0 && before[first] < after[first], `${before} stands before ${after}`);
      });
      const byKey = new Map(edges.map((e) => [key(e), e.r]));
      for (const e of edges.filter(clear(cutoff))) {
        const back = byKey.get(key({ i: e.j, j: e.i, n: [-e.n[0] || 0, -e.n[1] || 0, -e.n[2] || 0], r: e.r }));
        assert.ok(back !== undefined && Math.abs(back - e.r) < 1e-9, `no reverse of ${key(e)}`);
      }
    },
    40,
  ));

test('the cutoff is inclusive: exact in binary', () => {
  for (const a of [0.5, 1, 2.75, 4]) {
    const cubic = crystal([a, 0, 0, 0, a, 0, 0, 0, a], [0.125, 0.5, 0.25]);
    assert.is(neighbours(cubic, a).target.length, 6);
    assert.is(neighbours(cubic, a * (1 - 1e-12)).target.length, 0);
    // Shells of the simple cubic lattice up to twice its constant: 6 + 12 + 8 + 6.
    assert.is(neighbours(cubic, 2 * a).target.length, 32);
    // Repeated n times, fractional coordinates round, and atoms land on either side of the borders of bins.
    for (let n = 2; n <= 60; n++) {
      assert.is(neighbours(supercell(cubic, [n, 1, 1]), a).target.length, 6 * n);
      assert.is(neighbours(supercell(cubic, [1, 2, n]), 2 * a).target.length, 32 * 2 * n);
    }
  }
  const pair = (x: number) => crystal(new Array(9).fill(0), [0, 0, 0, x, 0, 0], [false, false, false]);
  assert.is(neighbours(pair(3.5), 3.5).target.length, 2);
  assert.is(neighbours(pair(3.5), 3.4999999).target.length, 0);
});

test('atoms on one spot are no neighbours (r^2 <= 1e-4), their images are', () => {
  const near = (x: number) => crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [1, 1, 1, 1 + x, 1, 1]);
  const between = (x: number) => listed(neighbours(near(x), 1)).length;
  assert.is(between(0), 0);
  assert.is(between(0.0078125), 0);
  assert.is(between(0.015625), 2);
  // 6 images of each atom itself and 6 of the other.
  assert.is(neighbours(near(0), 3).target.length, 24);
  // An image of one atom on the other's spot is dropped as well.
  assert.is(neighbours(crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [1, 1, 1, 4, 1, 1]), 1).target.length, 0);
});

test('no atoms, one atom, one atom without repetition', () => {
  const cell = [2, 0, 0, 0, 2, 0, 0, 0, 2];
  assert.equal(neighbours(crystal(cell, []), 3).target, new Int32Array());
  assert.equal(neighbours(crystal(cell, []), 3).distance, new Float64Array());
  assert.is(neighbours(crystal(cell, [7, 8, 9]), 2).target.length, 6);
  assert.is(neighbours(crystal(cell, [7, 8, 9], [false, false, false]), 5).target.length, 0);
});

test('atoms very far outside: right, or refused, never silently missing', () => {
  const cell = [2, 0, 0, 0, 2, 0, 0, 0, 2];
  // Offsets of 32 bits are too short for the second size before atoms are too far, distances of 64 bits for the first.
  for (const [a, refusal] of [
    [2, /distances between atoms are lost/],
    [0.375, /wrap positions/],
  ] as const) {
    const moved = (cells: number) => crystal([a, 0, 0, 0, a, 0, 0, 0, a], [0, 0, 0, a / 2 + a * cells, 0, 0]);
    const here = neighbours(moved(0), a).target.length;
    for (const cells of [1000, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 40]) {
      const found = () => neighbours(moved(cells), a).target.length;
      if (cells <= 2 ** 20) assert.is(found(), here, `${cells} cells away`);
      else assert.throws(found, cells === 2 ** 31 ? refusal : /distances between atoms are lost/);
    }
  }
  // Together is not far apart.
  const count = neighbours(crystal(cell, [0, 0, 0, 1, 0, 0]), 2).target.length;
  assert.is(neighbours(crystal(cell, [2 ** 20, 0, 0, 2 ** 20 + 1, 0, 0]), 2).target.length, count);
});

test('the image cap leaves out offsets beyond min(ceil(cutoff / plane spacing), cap), and nothing else', () =>
  check(
    fc.tuple(
      crystals(fc.oneof(CELLS.ordinary, CELLS.tiny, CELLS.skewed)),
      reals({ low: 1, high: 5 }),
      fc.integer({ min: 0, max: 3 }),
    ),
    ([structure, cutoff, imageCap]) => {
      const { cell } = structure;
      const cross = [0, 1, 2].map((k) => {
        const [b, c] = [3 * ((k + 1) % 3), 3 * ((k + 2) % 3)];
        return [1, 2, 0].map((y, x) => cell[b + y] * cell[c + 3 - x - y] - cell[b + 3 - x - y] * cell[c + y]);
      });
      const volume = Math.abs(cross[0].reduce((sum, x, c) => sum + x * cell[c], 0));
      const limits = cross.map((c) => Math.min(Math.ceil((cutoff * Math.hypot(...c)) / volume), imageCap));
      const expected = listed(neighbours(structure, cutoff)).filter((e) =>
        e.n.every((n, k) => Math.abs(n) <= limits[k]),
      );
      assert.equal(listed(neighbours(structure, cutoff, { imageCap })), expected);
    },
    40,
  ));

test('what cannot be computed is refused with a reason', () => {
  const good = crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [0, 0, 0]);
  for (const cutoff of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => neighbours(good, cutoff), /crystal: expected a cutoff > 0 in Angstrom/);
  assert.throws(() => neighbours(crystal(good.cell, [0, 0, 0, 1, Number.NaN, 1]), 3), /position of atom 1 is NaN/);
  assert.throws(() => neighbours(crystal([3, 0, 0, 0, Number.NaN, 0, 0, 0, 3], [0, 0, 0]), 3), /not finite/);
  assert.throws(() => neighbours({ ...good, positions: new Float64Array(4) }, 3), /1 atoms need 3 coordinates, got 4/);
  assert.throws(() => neighbours({ ...good, cell: new Float64Array(6) }, 3), /9 numbers/);
  for (const imageCap of [-1, Number.NaN, 1.5])
    assert.throws(() => neighbours(good, 3, { imageCap }), /expected an image cap/);
});

test('dependent lattice vectors are refused, at any size and orientation', () =>
  check(
    fc.tuple(
      CELLS.ordinary,
      reals({ low: -2, high: 2 }),
      reals({ low: -2, high: 2 }),
      fc.constantFrom(1, 1000, 1e6),
      fc.boolean(),
    ),
    ([cell, p, q, size, slab]) => {
      const [a, b] = [cell.slice(0, 3).map((x) => x * size), cell.slice(3, 6).map((x) => x * size)];
      const flat = slab
        ? crystal([...a, ...a.map((x) => p * x), ...cell.slice(6)], [0, 0, 0], [true, true, false])
        : crystal([...a, ...b, ...a.map((x, k) => p * x + q * b[k])], [0, 0, 0]);
      assert.throws(() => neighbours(flat, 3), /lattice vectors .* are dependent/);
    },
    40,
  ));

/** The number of coordinates read while neighbours are found: work without a clock. */
function work(structure: Structure, cutoff: number): number {
  let reads = 0;
  const positions = new Proxy(structure.positions, {
    get(array, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      const value: unknown = Reflect.get(array, name);
      return typeof value === 'function' ? value.bind(array) : value;
    },
  });
  neighbours({ ...structure, positions }, cutoff);
  return reads;
}

test('the work per atom does not grow with the number of atoms: blocks, slabs, wires', () => {
  const atom = crystal([2, 0, 0, 0, 2, 0, 0, 0, 2], [0.3, 0.4, 0.5]);
  const shapesOfSize = [(n: number) => [n, n, n], (n: number) => [4 * n, 4 * n, 1], (n: number) => [1, 1, 60 * n]];
  for (const shape of shapesOfSize) {
    const perAtom = [4, 8].map((n) => {
      const large = supercell(atom, shape(n) as [number, number, number]);
      return work(large, 3) / large.numbers.length;
    });
    assert.ok(perAtom[1] < 1.5 * perAtom[0], `coordinates read per atom: ${perAtom.join(', ')}`);
  }
});

test('a cluster far larger than its density needs no more memory than its atoms', () => {
  const far = crystal(new Array(9).fill(0), [0, 0, 0, 1e7, 0, 0, 1e7 + 1, 0, 0, 0, 1e7, 0], [false, false, false]);
  assert.equal(
    listed(neighbours(far, 2)).map((e) => [e.i, e.j]),
    [
      [1, 2],
      [2, 1],
    ],
  );
});

test.run();
