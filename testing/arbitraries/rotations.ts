/** Rotations and vectors of space. */
import fc from 'fast-check';
import { type Matrix3, multiply } from '../../graph/index.ts';
import { reals } from './reals.ts';

const QUARTER = 90;

/** Cosine and sine of an angle in degrees, exact for quarter turns. */
function turn(degrees: number): [number, number] {
  const quarters = degrees / QUARTER;
  if (Number.isInteger(quarters)) return [[1, 0, -1, 0][quarters & 3], [0, 1, 0, -1][quarters & 3]];
  return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
}

/** Turns row vectors from the right, about z, then y, then x, by angles in degrees. */
export function rotationBy([z, y, x]: readonly number[]): Matrix3 {
  const [cz, sz] = turn(z);
  const [cy, sy] = turn(y);
  const [cx, sx] = turn(x);
  const about = [
    [cz, sz, 0, -sz, cz, 0, 0, 0, 1],
    [cy, 0, -sy, 0, 1, 0, sy, 0, cy],
    [1, 0, 0, 0, cx, sx, 0, -sx, cx],
  ];
  return about.reduce<Matrix3>((product, next) => multiply(product, next), Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
}

const angle = reals({ low: 0, high: 360 }, [QUARTER, 0, 45, 30]);

/**
 * Proper rotations, as 3 x 3 matrices (row-major) that turn row vectors from the right. They shrink to quarter turns.
 *
 * @example fc.assert(fc.property(rotations(), (r) => Math.abs(determinant(r) - 1) < 1e-12));
 */
export const rotations = (): fc.Arbitrary<Matrix3> => fc.tuple(angle, angle, angle).map(rotationBy);

/**
 * Vectors of three numbers from -size to size; they shrink to small whole numbers.
 *
 * @example fc.assert(fc.property(vectors(2), (v) => v.every((x) => Math.abs(x) <= 2)));
 */
export const vectors = (size: number): fc.Arbitrary<[number, number, number]> => {
  const component = reals({ low: -size, high: size }, [0, 1]);
  return fc.tuple(component, component, component);
};
