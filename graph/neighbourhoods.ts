/**
 * What a cutoff makes of structures: how many neighbours atoms get, who gets none, who would lose some to a limit, and
 * how close atoms are.
 */
import { completeCell, type Edges, neighbours, ONE_PLACE, planeSpacings, type Structure } from './index.ts';

export interface Rule {
  /** Angstrom. */
  readonly cutoff: number;
  /** Only so many nearest neighbours of an atom would be kept. */
  readonly most: number;
  /** Only images so many cells away would be seen. */
  readonly imageCap: number;
}

export interface Neighbourhood {
  /** Neighbours of every atom within the cutoff, none left out. */
  readonly degrees: Int32Array;
  readonly edges: number;
  /** Atoms with more neighbours than the limit, and edges that it would take away. */
  readonly truncatedAtoms: number;
  readonly truncatedEdges: number;
  /** Atoms that would lose neighbours to the image cap, and edges lost. */
  readonly cappedAtoms: number;
  readonly cappedEdges: number;
  /** Shortest distance between two atoms within the cutoff in Angstrom; Infinity if there is none. */
  readonly shortest: number;
  /** Pairs of atoms at one and the same place: neighbour lists take them for one atom. */
  readonly coincident: number;
}

function degreesOf(atoms: number, target: Int32Array): Int32Array {
  const degrees = new Int32Array(atoms);
  for (const i of target) degrees[i]++;
  return degrees;
}

/** Pairs of atoms of a cell that coincide, images included. */
export const coincidences = (structure: Structure): number =>
  neighbours(structure, ONE_PLACE, { coincident: true }).target.length / 2;

/** Whether an image cap may take neighbours away; not in a large cell, where all are in it or in the next ones. */
function isCapped({ cell, periodic }: Structure, { offset }: Edges, cutoff: number, imageCap: number): boolean {
  if (imageCap < 1 || planeSpacings(completeCell(cell, periodic)).some((spacing) => spacing < cutoff)) return true;
  return offset.some((n) => Math.abs(n) > 1);
}

export function neighbourhood(structure: Structure, { cutoff, most, imageCap }: Rule): Neighbourhood {
  const atoms = structure.numbers.length;
  const all = neighbours(structure, cutoff);
  const degrees = degreesOf(atoms, all.target);
  const fewer = isCapped(structure, all, cutoff, imageCap)
    ? degreesOf(atoms, neighbours(structure, cutoff, { imageCap }).target)
    : degrees;
  return {
    degrees,
    edges: all.target.length,
    truncatedAtoms: degrees.filter((n) => n > most).length,
    truncatedEdges: degrees.reduce((sum, n) => sum + Math.max(0, n - most), 0),
    cappedAtoms: degrees.filter((n, i) => fewer[i] < n).length,
    cappedEdges: degrees.reduce((sum, n, i) => sum + n - fewer[i], 0),
    shortest: all.distance.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    coincident: coincidences(structure),
  };
}
