/**
 * Elastic tensors of relaxed crystals and their averages over directions.
 *
 * C = (1/V) (E_ss - E_sx E_xx^-1 E_xs): strain once, positions follow (internal relaxation; Born and Huang, Dynamical
 * Theory of Crystal Lattices, 1954, section 11). At zero stress, where alone this is the whole truth: with stress,
 * elastic constants depend on how strain is measured. In GPa; Voigt's order xx yy zz yz xz xy with engineering shears
 * (2 e_yz).
 */

import { eigen } from '../data/eigen.ts';
import { largestMagnitude } from '../data/lists.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../data/units.ts';
import type { Structure } from '../graph/index.ts';
import type { Engine } from '../tensor/index.ts';
import type { Curvature } from './curvature.ts';
import { STRAINS, WEIGHTS } from './kelvin.ts';
import { requireMetals } from './label.ts';

/** An eigenvalue below this part of the largest is zero but for rounding: neutral, which is not stable. */
const NEUTRAL = 1e-6;

/** Uniform strain, uniform stress, and their mean, in GPa (Hill, Proc. Phys. Soc. A 65, 349, 1952). */
export interface Average {
  readonly voigt: number;
  readonly reuss: number;
  readonly hill: number;
}

export interface Elasticity {
  /** C in GPa, 6 x 6 in Voigt's notation. */
  readonly tensor: Float64Array;
  readonly bulk: Average;
  readonly shear: Average;
}

/** A crystal that would fall apart under an infinitesimal push has no elastic averages. */
export interface Unstable {
  readonly unstable: string;
}

/** Matrix times vector of the rows of `of` that an eigenvector picks: sum_j a[i, j] v[j]. */
const product = (a: readonly Float64Array[], v: Float64Array): number[] =>
  a.map((row) => row.reduce((total, x, j) => total + x * v[j], 0));

/** From the curvature of a crystal without forces and stress. */
export function elasticity({ hessian, volume }: Curvature): Elasticity | Unstable {
  const size = Math.sqrt(hessian.length);
  const row = (i: number, from: number, to: number) => hessian.slice(i * size + from, i * size + to);
  const rows = Array.from({ length: size }, (_, i) => i);

  const kelvin = Float64Array.from(rows.slice(0, STRAINS).flatMap((i) => [...row(i, 0, STRAINS)]));
  const internal = eigen(Float64Array.from(rows.slice(STRAINS).flatMap((i) => [...row(i, STRAINS, size)])));
  const coupling = rows.slice(0, STRAINS).map((i) => row(i, STRAINS, size));
  const n = size - STRAINS;
  for (let k = 0; k < n; k++) {
    const stiffness = internal.values[k];
    if (!(stiffness > NEUTRAL * internal.values[n - 1])) {
      return { unstable: `atoms move on their own (stiffness ${stiffness.toPrecision(3)} eV/A^2)` };
    }
    const response = product(coupling, internal.vectors.subarray(k * n, (k + 1) * n));
    for (let c = 0; c < kelvin.length; c++) kelvin[c] -= (response[Math.floor(c / 6)] * response[c % 6]) / stiffness;
  }

  const { values, vectors } = eigen(kelvin.map((x) => (x * EV_PER_CUBIC_ANGSTROM_IN_GPA) / volume));
  if (!(values[0] > NEUTRAL * values[5])) {
    return { unstable: `it strains on its own (elastic eigenvalue ${values[0].toPrecision(3)} GPa)` };
  }
  const power = (exponent: number) =>
    Float64Array.from({ length: 36 }, (_, c) => {
      const [i, j] = [Math.floor(c / 6), c % 6];
      const sum = values.reduce((total, x, k) => total + x ** exponent * vectors[6 * k + i] * vectors[6 * k + j], 0);
      return sum * (WEIGHTS[i] * WEIGHTS[j]) ** -exponent;
    });
  return { tensor: power(1), ...averages(power(1), power(-1)) };
}

/** Of a stiffness C (GPa) and its inverse S, both 6 x 6 in Voigt's notation (Hill 1952, equations 2.4 to 2.7). */
function averages(c: Float64Array, s: Float64Array): { bulk: Average; shear: Average } {
  const diagonal = (m: Float64Array, i: number) => m[7 * i] + m[7 * (i + 1)] + m[7 * (i + 2)];
  const beside = (m: Float64Array) => m[1] + m[2] + m[8];
  const average = (voigt: number, reuss: number): Average => ({ voigt, reuss, hill: (voigt + reuss) / 2 });
  return {
    bulk: average((diagonal(c, 0) + 2 * beside(c)) / 9, 1 / (diagonal(s, 0) + 2 * beside(s))),
    shear: average(
      (diagonal(c, 0) - beside(c) + 3 * diagonal(c, 3)) / 15,
      15 / (4 * (diagonal(s, 0) - beside(s)) + 3 * diagonal(s, 3)),
    ),
  };
}

/** Largest force (eV/A) and stress (eV/A^3) at which a crystal still counts as relaxed. */
const RELAXED = { force: 1e-5, stress: 1e-6 };

/**
 * Elastic tensors of relaxed crystals in GPa, with the averages of Voigt, Reuss and Hill, in their order; or why a
 * crystal is not stable. Throws an Error if one is not relaxed (forces up to 1e-5 eV/A, stress up to 1e-6 eV/A^3): use
 * `relax` first; and for atoms that are none of the 16 metals.
 *
 * @example
 * const [copper] = crystals({ count: 1, elements: ['Cu'], prototypes: ['fcc'], maxAtoms: 1 });
 * const [{ structure }] = await relax([copper]);
 * const [elastic] = await elasticTensors([structure]);
 * 'unstable' in elastic ? elastic.unstable : elastic.bulk.hill.toFixed(0);  // 138
 */
export async function elasticTensors(
  crystals: readonly Structure[],
  engine?: Engine,
): Promise<(Elasticity | Unstable)[]> {
  requireMetals(crystals);
  const { curvatures } = await import('./curvature.ts');
  return (await curvatures(crystals, engine)).map((curvature, k) => {
    const force = largestMagnitude(curvature.forces);
    const stress = largestMagnitude(curvature.stress);
    if (!(force <= RELAXED.force && stress <= RELAXED.stress)) {
      throw new Error(
        `${crystals[k].id}: expected a relaxed crystal, got forces up to ${force.toPrecision(3)} eV/A and stress up to ` +
          `${stress.toPrecision(3)} eV/A^3; relax it first.`,
      );
    }
    return elasticity(curvature);
  });
}
