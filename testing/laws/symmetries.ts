/** Laws about changes that physics ignores, or follows: what is done to a crystal is done to its forces and its stress. */
import fc from 'fast-check';
import { displace, multiply, supercell as repeated, type Structure, transform } from '../../graph/index.ts';
import { rotations, vectors } from '../arbitraries/rotations.ts';
import { changeCell, permuteAtoms, shiftAtoms } from './descriptions.ts';
import { type Comparison, defineLaw, sameValues, showList, UNCHANGED } from './law.ts';
import type { Potential } from './potential.ts';

const transposed = (m: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: 9 }, (_, k) => m[3 * (k % 3) + Math.floor(k / 3)]);

/** Energy stays, forces turn as vectors do, stress as a matrix does. */
async function follows(potential: Potential, crystal: Structure, matrix: ArrayLike<number>): Promise<Comparison[]> {
  const before = await potential(crystal);
  const after = await potential(transform(crystal, matrix));
  const { energy, forces, stress } = before;
  return sameValues(after, {
    energy,
    ...(forces && { forces: multiply(forces, matrix) }),
    ...(stress && { stress: multiply(transposed(multiply(transposed(stress), matrix)), matrix) }),
  });
}

/** Nothing changes. */
const ignores = async (potential: Potential, crystal: Structure, changed: Structure): Promise<Comparison[]> => {
  const before = await potential(crystal);
  return sameValues(await potential(changed), before);
};

export const repeat = defineLaw({
  name: 'repeat',
  says: 'Asked again about the same crystal, the model says the same.',
  needs: [],
  kind: 'exact',
  ...UNCHANGED,
  compare: (potential, crystal) => ignores(potential, crystal, crystal),
});

export const rotation = defineLaw({
  name: 'rotation',
  says: 'Turning a crystal turns its forces and its stress, and leaves its energy.',
  needs: [],
  kind: 'exact',
  change: rotations(),
  show: (matrix) => `turned by the matrix ${showList(matrix)}`,
  compare: follows,
});

const MIRROR = [-1, 0, 0, 0, 1, 0, 0, 0, 1];

export const mirror = defineLaw({
  name: 'mirror',
  says: 'Mirroring a crystal mirrors its forces and its stress, and leaves its energy.',
  needs: [],
  kind: 'exact',
  change: fc.constant(MIRROR),
  show: () => 'mirrored: x becomes -x',
  compare: follows,
});

export const translation = defineLaw({
  name: 'translation',
  says: 'Moving all atoms together changes nothing.',
  needs: [],
  kind: 'exact',
  change: vectors(5),
  show: (by) => `all atoms moved by ${showList(by)} A`,
  compare: (potential, crystal, by) => ignores(potential, crystal, displace(crystal, by)),
});

/** An atom of any crystal, by a number that may be too large for it. */
const anAtom = fc.nat(9);
const steps = fc.integer({ min: -2, max: 2 });

export const latticeShift = defineLaw({
  name: 'lattice shift',
  says: 'Moving one atom by whole lattice vectors changes nothing: it is the same crystal.',
  needs: [],
  kind: 'exact',
  change: fc.tuple(anAtom, fc.tuple(steps, steps, steps)),
  show: ([k, by], { numbers }) => `atom ${k % numbers.length} moved by ${showList(by)} lattice vectors`,
  compare(potential, crystal, [k, by]) {
    const atom = k % crystal.numbers.length;
    const offsets = crystal.positions.map((_, i) => (Math.floor(i / 3) === atom ? by[i % 3] : 0));
    return ignores(potential, crystal, shiftAtoms(crystal, offsets));
  },
});

/** Other lattice vectors of the same lattice, from mild to skewed. */
const CELLS = [
  [1, 1, 0, 0, 1, 0, 0, 0, 1],
  [0, 1, 0, 0, 0, 1, 1, 0, 0],
  [1, 1, 0, 0, 1, 0, -1, 0, 1],
];

export const cell = defineLaw({
  name: 'cell',
  says: 'Describing the same lattice by other lattice vectors changes nothing.',
  needs: [],
  kind: 'exact',
  change: fc.constantFrom(...CELLS),
  show: (matrix) => `the lattice vectors multiplied by the matrix ${showList(matrix)}`,
  compare: (potential, crystal, matrix) => ignores(potential, crystal, changeCell(crystal, matrix)),
});

export const permutation = defineLaw({
  name: 'permutation',
  says: 'Exchanging two atoms in the list exchanges their forces, and changes nothing else.',
  needs: [],
  kind: 'exact',
  change: fc.tuple(anAtom, anAtom),
  show: ([a, b], { numbers: { length } }) => `atoms ${a % length} and ${b % length} exchanged in the list`,
  async compare(potential, crystal, [a, b]) {
    const { length } = crystal.numbers;
    const order = Int32Array.from({ length }, (_, k) =>
      k === a % length ? b % length : k === b % length ? a % length : k,
    );
    const before = await potential(crystal);
    const { forces } = before;
    const moved = forces && {
      forces: Float64Array.from({ length: forces.length }, (_, k) => forces[3 * order[Math.floor(k / 3)] + (k % 3)]),
    };
    return sameValues(await potential(permuteAtoms(crystal, order)), { ...before, ...moved });
  },
});

/** How often a cell is repeated along its vectors. */
const REPEATS: readonly (readonly [number, number, number])[] = [
  [2, 1, 1],
  [1, 2, 1],
  [1, 1, 2],
];

export const supercell = defineLaw({
  name: 'supercell',
  says: 'A cell of twice the size has twice the energy, the same forces on the atoms and their copies, and the same stress.',
  needs: [],
  kind: 'exact',
  change: fc.constantFrom(...REPEATS),
  show: (repeats) => `repeated ${showList(repeats)} times along the lattice vectors`,
  async compare(potential, crystal, repeats) {
    const before = await potential(crystal);
    const { energy, forces } = before;
    const twice = forces && { forces: [...Array.from(forces), ...Array.from(forces)] };
    return sameValues(await potential(repeated(crystal, repeats)), { ...before, energy: 2 * energy, ...twice });
  },
});
