/**
 * Changes of a structure that physics must follow: rotations, strains, displacements and larger cells. (Tests have more:
 * proptests/support/descriptions.ts.)
 *
 * Each function returns a new structure without labels, because those of the old one may no longer be right.
 */
import { multiply } from './lattice.ts';
import type { Structure } from './structure.ts';

const bare = ({ id, numbers, positions, cell, periodic }: Structure): Structure => ({
  id,
  numbers,
  positions,
  cell,
  periodic,
});

/**
 * Multiplies positions and cell by a 3 x 3 matrix from the right: a rotation, or 1 + strain. Labels are left behind.
 *
 * @example
 * const [metal] = crystals({ count: 1 });
 * const mirrored = transform(metal, [-1, 0, 0, 0, 1, 0, 0, 0, 1]);
 * determinant(mirrored.cell) / determinant(metal.cell);  // -1
 */
export const transform = (structure: Structure, matrix: ArrayLike<number>): Structure => ({
  ...bare(structure),
  positions: multiply(structure.positions, matrix),
  cell: multiply(structure.cell, matrix),
});

/**
 * Multiplies positions and cell by 1 + strain; the strain is a 3 x 3 matrix, row-major, without a unit. Labels are left
 * behind.
 *
 * @example
 * const [metal] = crystals({ count: 1 });
 * const longer = strain(metal, [0.01, 0, 0, 0, 0, 0, 0, 0, 0]);
 * determinant(longer.cell) / determinant(metal.cell);  // 1.01
 */
export const strain = (structure: Structure, strain3: ArrayLike<number>): Structure =>
  transform(
    structure,
    Float64Array.from({ length: 9 }, (_, k) => strain3[k] + (k % 4 === 0 ? 1 : 0)),
  );

/**
 * Moves all atoms by one `displacement` (three numbers in Angstrom), or each by its own ([atoms, 3]); labels are left
 * behind.
 *
 * @example
 * const [metal] = crystals({ count: 1 });
 * const moved = displace(metal, [1, 0, 0]);
 * moved.positions[0] - metal.positions[0];  // 1
 */
export const displace = (structure: Structure, displacement: ArrayLike<number>): Structure => ({
  ...bare(structure),
  positions: structure.positions.map((x, k) => x + displacement[displacement.length === 3 ? k % 3 : k]),
});

/**
 * Repeats a crystal along its lattice vectors: `supercell(structure, [2, 2, 1])` has four times the atoms. Labels are
 * left behind.
 *
 * @example
 * const [metal] = crystals({ count: 1 });
 * supercell(metal, [2, 2, 1]).numbers.length / metal.numbers.length;  // 4
 */
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
