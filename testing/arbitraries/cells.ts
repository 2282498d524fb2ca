/**
 * Cells of lattices: ordinary ones, and those that break neighbour lists: strong skew, left hands, cells much smaller than
 * any cutoff, long thin ones. Nine numbers in Angstrom, a lattice vector a row.
 */
import fc from 'fast-check';
import { type Matrix3, multiply } from '../../graph/index.ts';
import { reals } from './reals.ts';
import { rotations } from './rotations.ts';

const between = (low: number, high: number): fc.Arbitrary<number> => reals({ low, high });

/** A cell from edge lengths (A) and skew (in lengths), turned, and mirrored half of the time. */
const cellOf = (lengths: readonly (readonly [number, number])[], skew: number): fc.Arbitrary<Matrix3> =>
  fc
    .tuple(
      fc.tuple(...lengths.map(([low, high]) => between(low, high))),
      fc.tuple(between(-skew, skew), between(-skew, skew), between(-skew, skew)),
      rotations(),
      fc.boolean(),
    )
    .map(([[a, b, c], [p, q, r], turn, mirror]) =>
      multiply([a, 0, 0, p * b, b, 0, q * c, r * c, mirror ? -c : c], turn),
    );
const cube = (low: number, high: number) => [0, 1, 2].map(() => [low, high] as const);

/** Lattice vectors 3 to 6 A long along x, in the plane of x and y, and above it, with a moderate skew. */
const upright = fc
  .tuple(
    fc.tuple(between(3, 6), between(3, 6), between(3, 6)),
    fc.tuple(between(-1.5, 1.5), between(-1.5, 1.5), between(-1.5, 1.5)),
  )
  .map(([[a, b, c], [p, q, s]]): Matrix3 => Float64Array.of(a, 0, 0, p, b, 0, q, s, c));

const ordinary = cellOf(cube(3, 7), 0.5);
const skewed = cellOf(cube(2, 4), 4);
const tiny = cellOf(cube(0.7, 1.3), 0.5);
const thin = cellOf([...cube(1.2, 2).slice(1), [15, 30]], 0.3);

/**
 * Arbitraries of cells, by what is special about them; `upright` is what crystals have where nothing is said.
 *
 * @example await obeysLaws(model, { cells: CELLS.skewed });
 */
export const CELLS = { upright, ordinary, skewed, tiny, thin, any: fc.oneof(ordinary, skewed, tiny, thin) };
