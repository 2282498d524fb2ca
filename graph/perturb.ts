/**
 * Changes of a structure that physics must follow or ignore: rotations, strains, other cells of the same crystal.
 *
 * Each returns a new structure; labels, where a structure has any, are dropped by the caller's choice of fields.
 */
import { completeCell, multiply, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

const bare = ({ id, numbers, positions, cell, periodic }: Structure): Structure => ({
  id,
  numbers,
  positions,
  cell,
  periodic,
});

/** Applies a 3x3 matrix from the right to positions and cell: a rotation, or (1 + strain). */
export const transform = (structure: Structure, matrix: ArrayLike<number>): Structure => ({
  ...bare(structure),
  positions: multiply(structure.positions, matrix),
  cell: multiply(structure.cell, matrix),
});

/** Positions and cell times (1 + strain), strain row-major 3x3. */
export const strain = (structure: Structure, strain3: ArrayLike<number>): Structure =>
  transform(
    structure,
    Float64Array.from({ length: 9 }, (_, k) => strain3[k] + (k % 4 === 0 ? 1 : 0)),
  );

/** Moves every atom by `displacement` (3 numbers) or each by its own (3 an atom), in Angstrom. */
export const displace = (structure: Structure, displacement: ArrayLike<number>): Structure => ({
  ...bare(structure),
  positions: structure.positions.map((x, k) => x + displacement[displacement.length === 3 ? k % 3 : k]),
});

/** Atom k of the result is atom order[k]. */
export const permuteAtoms = (structure: Structure, order: ArrayLike<number>): Structure => ({
  ...bare(structure),
  numbers: structure.numbers.map((_, k) => structure.numbers[order[k]]),
  positions: structure.positions.map((_, k) => structure.positions[3 * order[Math.floor(k / 3)] + (k % 3)]),
});

/** Moves atom k by lattice vectors: offsets hold 3 integers an atom. The crystal is the same. */
export const shiftAtoms = (structure: Structure, offsets: ArrayLike<number>): Structure =>
  displace(
    structure,
    multiply(
      Float64Array.from({ length: structure.positions.length }, (_, k) => offsets[k]),
      structure.cell,
    ),
  );

/** Another cell of the same lattice: new rows are integer combinations (unimodular matrix) of the old. */
export const changeCell = (structure: Structure, unimodular: ArrayLike<number>): Structure => ({
  ...bare(structure),
  cell: multiply(
    Float64Array.from({ length: 9 }, (_, k) => unimodular[k]),
    structure.cell,
  ),
});

/** The crystal repeated along its lattice vectors. */
export function supercell(structure: Structure, [na, nb, nc]: readonly [number, number, number]): Structure {
  const numbers: number[] = [];
  const positions: number[] = [];
  for (let a = 0; a < na; a++)
    for (let b = 0; b < nb; b++)
      for (let c = 0; c < nc; c++) {
        const [x, y, z] = multiply([a, b, c], structure.cell);
        for (const number of structure.numbers) numbers.push(number);
        structure.positions.forEach((p, k) => void positions.push(p + [x, y, z][k % 3]));
      }
  const repeats = [na, nb, nc];
  return {
    ...bare(structure),
    numbers: Int32Array.from(numbers),
    positions: Float64Array.from(positions),
    cell: structure.cell.map((x, k) => x * repeats[Math.floor(k / 3)]),
  };
}

/** Positions folded into the cell along the directions that repeat. */
export function wrap(structure: Structure): Structure {
  const fractional = toFractional(structure.positions, completeCell(structure.cell, structure.periodic));
  return shiftAtoms(
    structure,
    fractional.map((f, k) => (structure.periodic[k % 3] ? -Math.floor(f) : 0)),
  );
}
