/**
 * Graphs near the origin: edge vectors are those of the positions as given, computed naively in 64 bits, and what a
 * network gets in 32 bits does not depend on where a structure lies or how its trajectory was unwrapped.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  completeCell,
  displace,
  type Edges,
  nearOrigin,
  neighbours,
  type Structure,
  toFractional,
} from '../../graph/index.ts';
import { CELLS, reals } from '../../testing/index.ts';
import { check } from '../support/check.ts';
import { crystal, crystals, flags } from './crystals.ts';

/** Crystals, slabs, wires and molecules, with the rows of directions that do not repeat given or zero. */
const anything: fc.Arbitrary<Structure> = fc
  .tuple(crystals(CELLS.any), fc.constantFrom(...flags), fc.boolean())
  .map(([structure, periodic, zeroRows]) => ({
    ...structure,
    cell: structure.cell.map((x, k) => (zeroRows && !periodic[Math.floor(k / 3)] ? 0 : x)),
    periodic,
  }));

/** Each atom by its own whole lattice vectors along what repeats, and all together by any vector. */
const journeys = fc.record({
  cells: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 12, maxLength: 12 }),
  by: fc.tuple(reals({ low: -1e6, high: 1e6 }), reals({ low: -1e6, high: 1e6 }), reals({ low: -1e6, high: 1e6 })),
});
const travelled = (structure: Structure, { cells, by }: { cells: number[]; by: number[] }): Structure => {
  const { cell, periodic } = structure;
  const moves = structure.positions.map((_, k) => {
    const [atom, c] = [Math.floor(k / 3), k % 3];
    return [0, 1, 2].reduce((sum, r) => sum + (periodic[r] ? cells[3 * atom + r] * cell[3 * r + c] : 0), by[c]);
  });
  return displace(structure, moves);
};

/** x_source + n cell - x_target from the definition. */
const naive = ({ positions, cell }: Structure, { target, source, offset }: Edges, edge: number): number[] =>
  [0, 1, 2].map((c) => {
    const shift = [0, 1, 2].reduce((sum, r) => sum + offset[3 * edge + r] * cell[3 * r + c], 0);
    return positions[3 * source[edge] + c] + shift - positions[3 * target[edge] + c];
  });

const vector = (positions: ArrayLike<number>, shift: ArrayLike<number>, { target, source }: Edges, edge: number) =>
  [0, 1, 2].map((c) => positions[3 * source[edge] + c] + shift[3 * edge + c] - positions[3 * target[edge] + c]);

test('edge vectors are those of the positions as given, to the rounding of 64 bits', () =>
  check(
    fc.tuple(anything, journeys),
    ([structure, journey]) => {
      const far = travelled(structure, journey);
      const edges = neighbours(far, 3);
      const near = nearOrigin(far, edges);
      // Products of a million cells of up to 30 A, in sums of a few terms.
      const rounding = 1e-15 * 64 * far.positions.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
      for (let edge = 0; edge < edges.target.length; edge++) {
        const [found, expected] = [vector(near.positions, near.shift, edges, edge), naive(far, edges, edge)];
        found.forEach((x, c) => void assert.ok(Math.abs(x - expected[c]) < rounding, `${x}, expected ${expected[c]}`));
      }
      const full = completeCell(far.cell, far.periodic);
      for (const f of toFractional(near.positions, full)) assert.ok(f > -1.001 && f < 2.001, `${f} cells away`);
    },
    100,
  ));

test('in 32 bits vectors are right to the rounding of cell and cutoff, however far the atoms are', () =>
  check(
    fc.tuple(anything, journeys),
    ([structure, journey]) => {
      const far = travelled(structure, journey);
      const edges = neighbours(far, 3);
      const { positions, shift } = nearOrigin(far, edges);
      const [x32, s32] = [Float32Array.from(positions), Float32Array.from(shift)];
      const longest = completeCell(far.cell, far.periodic).reduce((most, x) => Math.max(most, Math.abs(x)), 3);
      for (let edge = 0; edge < edges.target.length; edge++) {
        const expected = naive(far, edges, edge);
        vector(x32, s32, edges, edge).forEach((x, c) => {
          // Two positions and a shift of several cells each, rounded to 24 bits; 64 bits of 1e8 A lose 1e-8 A.
          assert.ok(Math.abs(x - expected[c]) < 2 ** -24 * 24 * longest + 1e-7, `${x}, expected ${expected[c]}`);
        });
      }
    },
    100,
  ));

test('atoms in the cell or beside it stay where they are, to the bit', () =>
  check(crystals(CELLS.ordinary, { spread: 0.999 }), (structure) => {
    const edges = neighbours(structure, 4);
    assert.is(nearOrigin(structure, edges).positions, structure.positions);
  }));

test('atoms and cells so far that distances are lost are refused; a million cells are not', () => {
  const at = (x: number) => ({ ...crystal([4, 0, 0, 0, 4, 0, 0, 0, 4], [0, 0, 0, x, 0, 0]), id: 'run.xyz:7' });
  assert.is(neighbours(at(4e6 + 2), 2.5).target.length, neighbours(at(2), 2.5).target.length);
  for (const x of [1.1e9, -1e20, 1e300]) {
    assert.throws(() => neighbours(at(x), 2.5), /^run\.xyz:7: atom 1 lies at .* A; beyond 1000000000 A/);
    const molecule: Structure = { ...at(x), cell: new Float64Array(9), periodic: [false, false, false] };
    assert.throws(() => neighbours(molecule, 2.5), /atom 1 lies at/);
    const long = { ...at(1), cell: Float64Array.of(x, 0, 0, 0, 4, 0, 0, 0, 4) };
    assert.throws(() => neighbours(long, 2.5), /^run\.xyz:7: the cell has the number/);
  }
});

test.run();
