/**
 * Whether structures can be real. Lengths in a wrong unit make cells so dense that their neighbours fill the memory,
 * and garbled coordinates put atoms on top of each other; both are found before neighbours are looked for.
 *
 * Impossible densities are an error. Atoms that are close are a note, since they may be meant (a scan of the distance
 * of a dimer).
 */

import { UserError } from '../files/errors.ts';
import { atomsPerVolume, cellsInReach } from '../graph/density.ts';
import { BYTES_OF_EDGE } from '../graph/edges.ts';
import { expectedNeighbours, neighbours, type Structure } from '../graph/index.ts';
import { ONE_PLACE } from '../graph/neighbours.ts';

/** Atoms in a cubic Angstrom; diamond has 0.18, and pressures in planets do not make it five. */
const DENSEST = 5;
/** Neighbours of an atom; a cutoff of 6 A means some 70. */
const MOST_NEIGHBOURS = 1e5;
/** Edges of one structure; a network needs some hundred numbers for each. */
const MOST_EDGES = 1e8;
/** Copies of a cell that a search can look at within seconds. */
const MOST_CELLS = 1e7;
/** More neighbours of an atom than this are worth a word. */
const MANY_NEIGHBOURS = 1000;
/** Angstrom. The shortest bond there is, of hydrogen, has 0.74. */
const TOO_CLOSE = 0.3;

const about = (x: number): string => (x < 1e6 ? String(Math.round(x)) : x.toExponential(1));
const sized = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toPrecision(2)} MB` : `${about(bytes / 1e9)} GB`;

/** What is worth a word about structures that are possible. */
export interface Plausible {
  /** What a large cutoff means in edges and memory; undefined if the cutoff is an ordinary one. */
  readonly hint: string | undefined;
  readonly notes: readonly string[];
}

/**
 * What is doubtful about structures whose neighbours within `cutoff` (in Angstrom) will be looked for. Throws a
 * UserError that names the structure if one is denser than matter or has more edges than can be held.
 */
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
    if (!isTooMuch) insistOnCompactCell(structure, cutoff);
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
    notes: [...closeAtoms(structures), ...fractionalPositions(structures), ...lonelyAtoms(structures, cutoff)],
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

/** Expected neighbours below which it is looked whether there are any; densities are rough where space is empty. */
const FEW_NEIGHBOURS = 0.2;

/** A note if no atom of a structure sees another, though there are several. */
function lonelyAtoms(structures: readonly Structure[], cutoff: number): string[] {
  const found = structures.filter(
    (structure) =>
      structure.numbers.length > 1 &&
      expectedNeighbours(structure, cutoff) < FEW_NEIGHBOURS &&
      neighbours(structure, cutoff).target.length === 0,
  );
  if (found.length === 0) return [];
  return [
    `${found.length} of ${structures.length} structures have atoms that are all farther than ${cutoff} A from each other, ` +
      `the first ${found[0].id}: of these a network sees the elements only. Are lengths in pm, or is the cutoff too small?`,
  ];
}

/** Throws if finding neighbours would take minutes though there are few of them. */
function insistOnCompactCell(structure: Structure, cutoff: number): void {
  const cells = cellsInReach(structure, cutoff);
  if (cells <= MOST_CELLS) return;
  throw new UserError(
    `${structure.id}: the lattice vectors are so skew, or so short, that ${about(cells)} copies of the cell lie within ` +
      `${cutoff} A. Expected at most ${about(MOST_CELLS)}. Check Lattice, or write the reduced cell (Niggli, Minkowski).`,
  );
}

/** Angstrom. Only in hydrogen are atoms closer; halves of a cell, read as Angstrom, are at most 0.87 apart. */
const NEXT_FRACTION = 0.9;
/** Angstrom. In cells with a shorter vector fractions are not told from Angstrom. */
const SMALL_CELL = 1.5;

/** Whether all atoms lie in the first cubic Angstrom of a larger cell, too close for matter. */
function isFractional(structure: Structure): boolean {
  const { numbers, positions, cell, periodic } = structure;
  if (!periodic.some(Boolean) || numbers.every((z) => z === 1)) return false;
  if (!positions.every((x) => x > -1e-6 && x < 1 + 1e-6)) return false;
  const isLarge = [0, 1, 2].every(
    (k) => !periodic[k] || Math.hypot(cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]) > SMALL_CELL,
  );
  return isLarge && neighbours(structure, NEXT_FRACTION).target.length > 0;
}

/** A note if positions seem to be shares of the lattice vectors. */
function fractionalPositions(structures: readonly Structure[]): string[] {
  const found = structures.filter(isFractional);
  if (found.length === 0) return [];
  return [
    `${found.length} of ${structures.length} structures have all atoms within the first Angstrom of their cell, the first ` +
      `${found[0].id}. Are positions fractional? Expected are Angstrom: multiply them with the lattice vectors`,
  ];
}

/** A note if atoms lie closer than any bond is long. */
function closeAtoms(structures: readonly Structure[]): string[] {
  let [count, first] = [0, ''];
  for (const structure of structures) {
    const { distance, target, source } = neighbours(structure, TOO_CLOSE, { coincident: true });
    if (count === 0 && target.length > 0) {
      const k = distance.indexOf(distance.reduce((least, r) => Math.min(least, r), Number.POSITIVE_INFINITY));
      const apart = distance[k] <= ONE_PLACE ? 'are at one place' : `are ${distance[k].toPrecision(2)} A apart`;
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
