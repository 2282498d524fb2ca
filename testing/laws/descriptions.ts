/**
 * Other descriptions of the same crystal: what physics must ignore. Changes that it must follow are in graph/perturb.ts.
 *
 * Each function returns a new structure without labels, because those of the old one may no longer be right.
 */
import { completeCell, displace, multiply, type Structure, toFractional } from '../../graph/index.ts';

const bare = (structure: Structure): Structure => displace(structure, [0, 0, 0]);

/** Puts the atoms into another order: atom k of the result is atom order[k] of the structure. */
export const permuteAtoms = (structure: Structure, order: ArrayLike<number>): Structure => ({
  ...bare(structure),
  numbers: structure.numbers.map((_, k) => structure.numbers[order[k]]),
  positions: structure.positions.map((_, k) => structure.positions[3 * order[Math.floor(k / 3)] + (k % 3)]),
});

/** Moves every atom by whole lattice vectors, of which `offsets` [atoms, 3] says how many. The crystal is the same. */
export const shiftAtoms = (structure: Structure, offsets: ArrayLike<number>): Structure =>
  displace(
    structure,
    multiply(
      Float64Array.from({ length: structure.positions.length }, (_, k) => offsets[k]),
      structure.cell,
    ),
  );

/**
 * Describes the same lattice by another cell: the old one, multiplied from the left by a 3 x 3 matrix of whole numbers
 * whose determinant is 1 or -1.
 */
export const changeCell = (structure: Structure, unimodular: ArrayLike<number>): Structure => ({
  ...bare(structure),
  cell: multiply(
    Float64Array.from({ length: 9 }, (_, k) => unimodular[k]),
    structure.cell,
  ),
});

/** Folds positions into the cell along the directions that repeat. The crystal is the same. */
export function wrap(structure: Structure): Structure {
  const fractional = toFractional(structure.positions, completeCell(structure.cell, structure.periodic));
  return shiftAtoms(
    structure,
    fractional.map((f, k) => (structure.periodic[k % 3] ? -Math.floor(f) : 0)),
  );
}
