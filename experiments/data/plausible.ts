/**
 * Structures that cannot be: lengths in a wrong unit make cells so dense that their neighbours fill the memory, and
 * garbled coordinates put atoms on top of each other. Told before neighbours are looked for.
 *
 * Impossible densities end the run; close atoms are a note, for they may be meant (a scan of a dimer's distance).
 */
import {
  atomsPerVolume,
  BYTES_OF_EDGE,
  expectedNeighbours,
  neighbours,
  ONE_PLACE,
  type Structure,
} from '../../graph/index.ts';
import { UserError } from '../run/user-error.ts';

/** Atoms in a cubic Angstrom; diamond has 0.18, and pressures in planets do not make it five. */
const DENSEST = 5;
/** Neighbours of an atom; a cutoff of 6 A means some 70. */
const MOST_NEIGHBOURS = 1e5;
/** Edges of one structure; a network needs some hundred numbers for each. */
const MOST_EDGES = 1e8;
/** More neighbours of an atom than this are worth a word. */
const MANY_NEIGHBOURS = 1000;
/** Angstrom. The shortest bond there is, of hydrogen, has 0.74. */
const TOO_CLOSE = 0.3;

const about = (x: number): string => (x < 1e6 ? String(Math.round(x)) : x.toExponential(1));
const sized = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toPrecision(2)} MB` : `${about(bytes / 1e9)} GB`;

export interface Plausible {
  /** What a large cutoff means in edges and memory; undefined if it is an ordinary one. */
  readonly hint: string | undefined;
  readonly notes: readonly string[];
}

/** Throws if a structure is denser than matter or has more edges than can be held; the message names the structure. */
export function plausible(structures: readonly Structure[], cutoff: number): Plausible {
  let [edges, atoms] = [0, 0];
  let worst: { structure: Structure; neighbours: number } | undefined;
  for (const structure of structures) {
    insistOnDensity(structure);
    const expected = expectedNeighbours(structure, cutoff);
    const count = structure.numbers.length;
    edges += expected * count;
    atoms += count;
    const isTooMuch = expected > MOST_NEIGHBOURS || expected * count > MOST_EDGES;
    if (isTooMuch && expected > (worst?.neighbours ?? 0)) worst = { structure, neighbours: expected };
  }
  const all = `in all ${about(edges)} edges, ${sized(BYTES_OF_EDGE * edges)} of neighbour lists`;
  if (worst) {
    const { id, numbers } = worst.structure;
    throw new UserError(
      `${id}: a cutoff of ${cutoff} A means about ${about(worst.neighbours)} neighbours of each of ${numbers.length} ` +
        `atoms, ${all}. Expected at most ${about(MOST_NEIGHBOURS)} of an atom and ${about(MOST_EDGES)} edges of a ` +
        'structure. Use a smaller cutoff (model.cutoff; 5 to 8 A are usual), or are lengths not in Angstrom?',
    );
  }
  const many = edges > MANY_NEIGHBOURS * atoms;
  return {
    hint: many
      ? `A cutoff of ${cutoff} A means about ${about(edges / atoms)} neighbours of an atom, ${all}`
      : undefined,
    notes: closeAtoms(structures),
  };
}

function insistOnDensity(structure: Structure): void {
  const density = atomsPerVolume(structure) ?? 0;
  if (!(density > DENSEST)) return;
  const { id, numbers } = structure;
  throw new UserError(
    `${id}: ${numbers.length} atoms in ${(numbers.length / density).toPrecision(3)} A^3 are ` +
      `${density.toPrecision(3)} atoms/A^3, diamond has 0.18. Are lengths in nm, or is the cell in a unit of its own?`,
  );
}

/** A note if atoms lie closer than any bond is long. */
function closeAtoms(structures: readonly Structure[]): string[] {
  let [count, first] = [0, ''];
  for (const structure of structures) {
    const { distance, target, source } = neighbours(structure, TOO_CLOSE, { coincident: true });
    if (count === 0 && target.length > 0) {
      const k = distance.indexOf(distance.reduce((least, r) => Math.min(least, r), Number.POSITIVE_INFINITY));
      const apart = distance[k]! <= ONE_PLACE ? 'are at one place' : `are ${distance[k]!.toPrecision(2)} A apart`;
      first = `${structure.id}, where atoms ${target[k]} and ${source[k]} ${apart}`;
    }
    if (target.length > 0) count++;
  }
  if (count === 0) return [];
  return [
    `${count} of ${structures.length} structures have atoms closer than ${TOO_CLOSE} A, the first ${first} (atoms at ` +
      'one place do not see each other). Are positions fractional, in nm, or garbled?',
  ];
}
