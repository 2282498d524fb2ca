/**
 * Where atoms lie changes nothing but rounding: whole-lattice shifts of single atoms by up to a million cells, slabs
 * and molecules far away. In float64 by the rounding of the positions themselves, in float32 as for atoms in the cell.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { displace, neighbours, type Structure } from '../../graph/index.ts';
import { crystals, reals } from '../../testing/index.ts';
import { shiftAtoms } from '../../testing/laws/descriptions.ts';
import { check } from '../support/check.ts';
import { type LawModel, lawModels, type Prediction, singleModels } from './models.ts';

const PERIODIC = [
  [true, true, true],
  [true, true, false],
  [false, false, true],
  [false, false, false],
] as const;

/** A crystal, slab, wire or molecule without an edge near the cutoff, and the same far away. */
const pairs = (cutoff: number): fc.Arbitrary<readonly [Structure, Structure]> =>
  fc
    .tuple(
      crystals({ minAtoms: 2 }),
      fc.constantFrom(...PERIODIC),
      fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 15, maxLength: 15 }),
      fc.tuple(reals({ low: -1e6, high: 1e6 }), reals({ low: -1e6, high: 1e6 }), reals({ low: -1e6, high: 1e6 })),
    )
    .map(([drawn, periodic, cells, by]) => {
      const structure: Structure = { ...drawn, periodic };
      const whole = cells.map((n, k) => (periodic[k % 3] ? n : 0));
      return [structure, displace(shiftAtoms(structure, whole), by)] as const;
    })
    .filter(([structure]) => neighbours(structure, cutoff + 1e-6).distance.every((r) => Math.abs(r - cutoff) > 1e-6));

/** The largest difference of any number, relative to the largest of its kind (or to 1 eV, eV/A, eV/A^3 / 100). */
function apart(a: Prediction, b: Prediction): number {
  const of = (kind: 'energy' | 'forces' | 'stress', unit: number) => {
    const scale = a[kind].reduce((most, x) => Math.max(most, Math.abs(x)), unit);
    return a[kind].reduce((most, x, k) => Math.max(most, Math.abs(x - b[kind][k]) / scale), 0);
  };
  return Math.max(of('energy', 1), of('forces', 1), of('stress', 0.01));
}

const far = suite('far away');
const law = ({ name, cutoff, predict }: LawModel, kind: string, tolerance: number, runs: number) =>
  far(`${name}, ${kind}: a million cells away the predictions are the same`, () =>
    check(
      pairs(cutoff),
      async ([near, away]) => {
        const difference = apart(await predict([near]), await predict([away]));
        assert.ok(difference < tolerance, `predictions differ by ${difference} of the largest`);
      },
      runs,
    ),
  );

// Coordinates of up to 1e7 A are given to 1e-9 A.
for (const model of lawModels) law(model, 'float64', 1e-7, 8);
// As far as two orders of summation are apart; unwrapped, forces were off by more than their size.
for (const model of singleModels) law(model, 'float32', 1e-5, 20);

far.run();
