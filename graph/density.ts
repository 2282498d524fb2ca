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
  // Along a direction that does not repeat there is nothing beyond the outermost atoms.
  const width = (k: number, parts: number) => {
    const wide = (spans[k]! * spacing[k]!) / parts;
    return periodic[k] ? wide : Math.max(wide, CUBE * cutoff);
  };
  const volume = width(0, 1) * width(1, 1) * width(2, 1);
  const volumeOfBin = width(0, count[0]!) * width(1, count[1]!) * width(2, count[2]!);
  let pairs = 0;
  for (let bin = 0; bin + 1 < first.length; bin++) {
    const members = first[bin + 1]! - first[bin]!;
    pairs += members * (members - 1);
  }
  return (4 / 3) * Math.PI * cutoff ** 3 * Math.max(atoms / volume, pairs / (atoms * volumeOfBin));
}

/** Atoms in a cubic Angstrom; undefined for structures that do not repeat in all directions. */
export function atomsPerVolume({ numbers, cell, periodic }: Structure): number | undefined {
  if (!periodic.every(Boolean)) return undefined;
  return numbers.length / Math.abs(determinant(cell));
}
