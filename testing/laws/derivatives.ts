/** Laws about forces and stress alone: what they add up to, and that they are slopes of the energy. */
import { determinant, displace, type Structure, strain } from '../../graph/index.ts';
import { defineLaw, UNCHANGED } from './law.ts';
import type { Potential } from './potential.ts';

/** In Angstrom, and as a strain: small enough for smooth potentials, large enough for rounding in float64. */
const STEP = 1e-3;
/** How much closer to the cutoff atoms may come in a difference, in Angstrom. */
export const REACH = 0.01;

/** The slope at 0 from values at four places; its error is of the fourth order of the step. */
async function slope(at: (x: number) => Promise<number>): Promise<number> {
  const [a, b, c, d] = [await at(-2 * STEP), await at(-STEP), await at(STEP), await at(2 * STEP)];
  return (8 * (c - b) - (d - a)) / (12 * STEP);
}

const energyOf = async (potential: Potential, crystal: Structure): Promise<number> => (await potential(crystal)).energy;

export const netForce = defineLaw({
  name: 'net force',
  says: 'The forces on all atoms add up to zero.',
  needs: ['forces'],
  kind: 'exact',
  ...UNCHANGED,
  async compare(potential, crystal) {
    const total = [0, 0, 0];
    Array.from((await potential(crystal)).forces!).forEach((f, k) => {
      total[k % 3] += f;
    });
    return [{ what: 'net force', found: total, expected: [0, 0, 0] }];
  },
});

export const symmetricStress = defineLaw({
  name: 'symmetric stress',
  says: 'The stress is a symmetric matrix: it exerts no torque.',
  needs: ['stress'],
  kind: 'exact',
  ...UNCHANGED,
  async compare(potential, crystal) {
    const stress = Array.from((await potential(crystal)).stress!);
    const turned = stress.map((_, k) => stress[3 * (k % 3) + Math.floor(k / 3)]);
    return [{ what: 'stress', found: stress, expected: turned }];
  },
});

export const forces = defineLaw({
  name: 'forces',
  says: 'The force on an atom is minus the slope of the energy as the atom moves.',
  needs: ['forces'],
  kind: 'differences',
  ...UNCHANGED,
  async compare(potential, crystal) {
    const { forces: found } = await potential(crystal);
    const expected: number[] = [];
    for (let k = 0; k < crystal.positions.length; k++) {
      const moved = (dx: number) =>
        displace(
          crystal,
          crystal.positions.map((_, i) => (i === k ? dx : 0)),
        );
      expected.push(-(await slope((dx) => energyOf(potential, moved(dx)))));
    }
    return [{ what: 'forces', found: found!, expected }];
  },
});

/** A symmetric strain in which rows i and j are mixed. */
function strained(crystal: Structure, i: number, j: number, by: number): Structure {
  const matrix = new Float64Array(9);
  matrix[3 * i + j] += by / 2;
  matrix[3 * j + i] += by / 2;
  return strain(crystal, matrix);
}

export const stress = defineLaw({
  name: 'stress',
  says: 'The stress is the slope of the energy in a symmetric strain, divided by the volume.',
  needs: ['stress'],
  kind: 'differences',
  ...UNCHANGED,
  async compare(potential, crystal) {
    const found = (await potential(crystal)).stress!;
    const volume = Math.abs(determinant(crystal.cell));
    const expected = new Array<number>(9).fill(0);
    for (let i = 0; i < 3; i++) {
      for (let j = i; j < 3; j++) {
        const along = await slope((by) => energyOf(potential, strained(crystal, i, j, by)));
        expected[3 * i + j] = along / volume;
        expected[3 * j + i] = along / volume;
      }
    }
    return [{ what: 'stress', found, expected }];
  },
});
