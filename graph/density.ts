/**
 * How many neighbours a cutoff means, from densities alone: known at once, where the search itself would take
 * gigabytes if lengths were in a wrong unit.
 */
import { binAtoms } from './bins.ts';
import { completeCell, determinant, planeSpacings, toFractional } from './lattice.ts';
import { checkGeometry } from './neighbours.ts';
import type { Structure } from './structure.ts';

/** Edge of a cube with the volume of a sphere of radius 1: no neighbourhood is thinner. */
const CUBE = Math.cbrt((4 / 3) * Math.PI);

/**
 * Expected neighbours of an atom within `cutoff` Angstrom, averaged over atoms, its periodic images included. Exact for
 * atoms spread evenly; clusters in empty space are seen by counting atoms in bins about a cutoff wide.
 */
export function expectedNeighbours(structure: Structure, cutoff: number): number {
  checkGeometry(structure);
  const atoms = structure.numbers.length;
  if (atoms === 0) return 0;
  const { periodic } = structure;
  const cell = completeCell(structure.cell, periodic);
  const spacing = planeSpacings(cell);
  const { count, spans, first } = binAtoms(toFractional(structure.positions, cell), periodic, spacing, 2 * cutoff);
  // In parts of a cell; along a direction that does not repeat there is nothing beyond the outermost atoms.
  const share = (k: number, parts: number) => {
    const wide = spans[k] / parts;
    return periodic[k] ? wide : Math.max(wide, (CUBE * cutoff) / spacing[k]);
  };
  // The planes of a skew cell lie closer than its vectors are long: its volume is no product of their distances.
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
 * Copies of the cell that a search within `cutoff` Angstrom looks at: few thousand in crystals, millions if the vectors
 * are so skew that planes of the lattice nearly touch.
 */
export function cellsInReach({ cell, periodic }: Structure, cutoff: number): number {
  const spacing = planeSpacings(completeCell(cell, periodic));
  return spacing.reduce(
    (product, wide, k) => (periodic[k] ? product * (2 * Math.ceil(cutoff / wide) + 1) : product),
    1,
  );
}

/** Atoms in a cubic Angstrom; undefined for structures that do not repeat in all directions. */
export function atomsPerVolume({ numbers, cell, periodic }: Structure): number | undefined {
  if (!periodic.every(Boolean)) return undefined;
  return numbers.length / Math.abs(determinant(cell));
}
