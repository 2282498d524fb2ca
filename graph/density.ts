/**
 * How many neighbours a cutoff means, estimated from densities alone. The estimate costs nothing, where the search
 * itself would take gigabytes of memory if lengths were in a wrong unit.
 */
import { binAtoms } from './bins.ts';
import { checkGeometry } from './geometry-checks.ts';
import { completeCell, determinant, planeSpacings, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

/** The edge of a cube that has the volume of a sphere of radius 1: no neighbourhood is thinner than that. */
const CUBE = Math.cbrt((4 / 3) * Math.PI);

/**
 * How many neighbours an atom is expected to have within `cutoff` Angstrom, averaged over atoms, periodic images
 * included. The number is exact for atoms that are spread evenly. Clusters in empty space are taken into account by
 * counting the atoms in bins about a cutoff wide. Throws an Error for numbers that no structure has.
 *
 * @example
 * const copper = {
 *   id: 'copper', numbers: Int32Array.of(29), positions: new Float64Array(3), periodic: [true, true, true],
 *   cell: Float64Array.of(0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0),
 * } as const;
 * expectedNeighbours(copper, 5);  // 44.8902
 */
export function expectedNeighbours(structure: Structure, cutoff: number): number {
  checkGeometry(structure);
  const atoms = structure.numbers.length;
  if (atoms === 0) return 0;
  const { periodic } = structure;
  const cell = completeCell(structure.cell, periodic);
  const spacing = planeSpacings(cell);
  const { count, spans, first } = binAtoms(toFractional(structure.positions, cell), periodic, spacing, 2 * cutoff);
  // Widths in parts of a cell. Along a direction that does not repeat there is nothing beyond the outermost atoms.
  const share = (k: number, parts: number) => {
    const wide = spans[k] / parts;
    return periodic[k] ? wide : Math.max(wide, (CUBE * cutoff) / spacing[k]);
  };
  // The planes of a skew cell lie closer than its vectors are long, so its volume is no product of their distances.
  const whole = Math.abs(determinant(cell));
  const volume = whole * share(0, 1) * share(1, 1) * share(2, 1);
  const volumeOfBin = whole * share(0, count[0]) * share(1, count[1]) * share(2, count[2]);
  let pairs = 0;
  for (let bin = 0; bin + 1 < first.length; bin++) {
    const members = first[bin + 1] - first[bin];
    pairs += members * (members - 1);
  }
  return (4 / 3) * Math.PI * cutoff ** 3 * Math.max(atoms / volume, pairs / (atoms * volumeOfBin));
}

/**
 * How many copies of the cell a search within `cutoff` Angstrom looks at: a few thousand in crystals, millions where
 * the vectors are so skew that planes of the lattice nearly touch.
 */
export function cellsInReach({ cell, periodic }: Structure, cutoff: number): number {
  const spacing = planeSpacings(completeCell(cell, periodic));
  return spacing.reduce(
    (product, wide, k) => (periodic[k] ? product * (2 * Math.ceil(cutoff / wide) + 1) : product),
    1,
  );
}

/** The number of atoms in a cubic Angstrom; undefined for structures that do not repeat in all three directions. */
export function atomsPerVolume({ numbers, cell, periodic }: Structure): number | undefined {
  if (!periodic.every(Boolean)) return undefined;
  return numbers.length / Math.abs(determinant(cell));
}
