/**
 * Exact periodic neighbours: every pair (i, j, n) of atoms i and j and a lattice offset n (three whole numbers) with
 * |x_j + n cell - x_i| <= cutoff.
 *
 * Cells may be skewed, left-handed, or much smaller than the cutoff. Atoms may lie outside the cell; offsets refer to
 * positions as stored. Atoms are sorted into bins (a cell list), so the cost grows linearly with their number.
 */
import { binAtoms } from './bins.ts';
import { type Edges, emptyEdges, FoundEdges } from './edges.ts';
import { checkGeometry } from './geometry-checks.ts';
import { completeCell, multiply, planeSpacings, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

/** In Angstrom. Atoms that are no farther apart lie at one place: neighbour lists take them for one atom. */
export const ONE_PLACE = 0.01;
const SAME_ATOM = ONE_PLACE ** 2;

/** Offsets are stored as integers of 32 bits. */
const MOST_CELLS = 2 ** 31 - 1;

export interface NeighbourOptions {
  /** Ignores images farther than min(ceil(cutoff / plane spacing), cap) cells away, as the preset `paper` needs it. */
  readonly imageCap?: number;
  /** Whether different atoms at one and the same place are neighbours, too (default: no). */
  readonly coincident?: boolean;
}

/**
 * All neighbours within `cutoff` (in Angstrom, inclusive) of every atom of a structure, sorted by target, source and
 * offset. An atom is no neighbour of itself; its periodic images are neighbours like any other. Throws an Error that
 * names the structure if its numbers cannot be those of atoms in a cell, if the cutoff is no number > 0, and if the
 * image cap is no whole number >= 0.
 *
 * @example
 * const copper = {
 *   id: 'copper', numbers: Int32Array.of(29), positions: new Float64Array(3), periodic: [true, true, true],
 *   cell: Float64Array.of(0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0),
 * } as const;
 * const { distance } = neighbours(copper, 3);
 * distance.length;  // 12
 * distance[0];  // 2.54558
 */
export function neighbours(structure: Structure, cutoff: number, options: NeighbourOptions = {}): Edges {
  const { imageCap } = options;
  if (!(cutoff > 0 && Number.isFinite(cutoff)))
    throw new Error(`${structure.id}: expected a cutoff > 0 in Angstrom, got ${cutoff}.`);
  checkGeometry(structure);
  if (imageCap !== undefined && !(Number.isInteger(imageCap) && imageCap >= 0)) {
    throw new Error(`${structure.id}: expected an image cap of 0, 1, 2 ... cells, got ${imageCap}.`);
  }
  const atoms = structure.numbers.length;
  if (atoms === 0) return emptyEdges(0);
  found.clear();
  const search = new Search(structure, cutoff, options);
  for (let j = 0; j < atoms; j++) search.aroundSource(j);
  return found.bothDirections(atoms);
}

/** Used by one call at a time, and kept: growing it anew for every structure would cost more than the search. */
const found = new FoundEdges();

/**
 * The search in one structure. Edges are pushed to `found` source by source, with images from far above to far below,
 * so that the edges of a target come in the order of source and offset without sorting. Every edge has a mirror image,
 * so only those are looked for whose target is not before their source.
 */
class Search {
  readonly #id: string;
  readonly #positions: Float64Array;
  readonly #cell: Float64Array;
  readonly #coincident: boolean;
  readonly #bins: ReturnType<typeof binAtoms>;
  readonly #places: readonly [Places, Places, Places];
  /** Positions moved into the cell, for a quick look; what passes is measured on the positions as given. */
  readonly #inside: Float64Array;
  /** The most cells between the atoms of an edge, in each direction. */
  readonly #cap: readonly number[] | undefined;
  /** The squared cutoff; squared distances above `nearly` are surely beyond it, those below `clearly` surely within. */
  readonly #limit: number;
  readonly #nearly: number;
  readonly #clearly: number;

  constructor(structure: Structure, cutoff: number, { imageCap, coincident = false }: NeighbourOptions) {
    const { id, positions, periodic } = structure;
    const cell = completeCell(structure.cell, periodic);
    const spacing = planeSpacings(cell);
    this.#id = id;
    this.#positions = positions;
    this.#cell = cell;
    this.#coincident = coincident;
    this.#bins = binAtoms(toFractional(positions, cell), periodic, spacing, cutoff);
    const { count, reach, wrap } = this.#bins;
    const places = [0, 1, 2].map((k) => placesOf(count[k], reach[k], periodic[k]));
    this.#places = places as [Places, Places, Places];
    const inside = multiply(wrap, cell).map((shift, k) => positions[k] - shift);
    this.#inside = inside;
    this.#cap = imageCap === undefined ? undefined : spacing.map((s) => Math.min(Math.ceil(cutoff / s), imageCap));
    const largest = positions.reduce((most, x, k) => Math.max(most, Math.abs(x), Math.abs(inside[k])), cutoff);
    const rounding = 32 * Number.EPSILON * largest;
    this.#limit = cutoff * cutoff;
    this.#nearly = this.#limit * (1 + 1e-12) + 2 * cutoff * rounding + rounding ** 2;
    // Where a far journey into the cell has rounded positions, the quick look decides nothing.
    this.#clearly = rounding < 1e-10 ? 2 * this.#limit - this.#nearly : 0;
  }

  /** Finds all edges from atom `j` and its images to atoms that are not before it. */
  aroundSource(j: number): void {
    const { count, reach, first, members, bin } = this.#bins;
    const [places0, places1, places2] = this.#places;
    for (let d0 = bin[3 * j] + 2 * reach[0]; d0 >= bin[3 * j]; d0--) {
      const b0 = places0.bin[d0];
      if (b0 < 0) continue;
      for (let d1 = bin[3 * j + 1] + 2 * reach[1]; d1 >= bin[3 * j + 1]; d1--) {
        const b1 = places1.bin[d1];
        if (b1 < 0) continue;
        for (let d2 = bin[3 * j + 2] + 2 * reach[2]; d2 >= bin[3 * j + 2]; d2--) {
          const b2 = places2.bin[d2];
          if (b2 < 0) continue;
          const number = (b0 * count[1] + b1) * count[2] + b2;
          const begin = first[number];
          const end = first[number + 1];
          // The members of a bin ascend.
          if (begin === end || members[end - 1] < j) continue;
          this.#lookInto(begin, end, j, places0.image[d0], places1.image[d1], places2.image[d2]);
        }
      }
    }
  }

  /** Compares atom `j` with the members `begin` to `end` of a bin in the image (m0, m1, m2) of the cell. */
  #lookInto(begin: number, end: number, j: number, m0: number, m1: number, m2: number): void {
    const { members, wrap } = this.#bins;
    const cell = this.#cell;
    const inside = this.#inside;
    const cap = this.#cap;
    const limit = this.#limit;
    const nearly = this.#nearly;
    const clearly = this.#clearly;
    const x = m0 * cell[0] + m1 * cell[3] + m2 * cell[6] - inside[3 * j];
    const y = m0 * cell[1] + m1 * cell[4] + m2 * cell[7] - inside[3 * j + 1];
    const z = m0 * cell[2] + m1 * cell[5] + m2 * cell[8] - inside[3 * j + 2];
    for (let k = begin; k < end; k++) {
      const i = members[k];
      if (i < j) continue;
      const dx = inside[3 * i] + x;
      const dy = inside[3 * i + 1] + y;
      const dz = inside[3 * i + 2] + z;
      const quick = dx * dx + dy * dy + dz * dz;
      if (quick > nearly) continue;
      const n0 = wrap[3 * i] - wrap[3 * j] - m0;
      const n1 = wrap[3 * i + 1] - wrap[3 * j + 1] - m1;
      const n2 = wrap[3 * i + 2] - wrap[3 * j + 2] - m2;
      const isClear = quick < clearly && quick > 2 * SAME_ATOM;
      const r2 = isClear ? quick : this.#squaredDistance(i, j, n0, n1, n2);
      if (r2 > limit || (r2 <= SAME_ATOM && !(this.#coincident && i !== j))) continue;
      if (cap && (Math.abs(n0) > cap[0] || Math.abs(n1) > cap[1] || Math.abs(n2) > cap[2])) continue;
      if (Math.abs(n0) > MOST_CELLS || Math.abs(n1) > MOST_CELLS || Math.abs(n2) > MOST_CELLS) {
        throw new Error(`${this.#id}: atoms lie over ${MOST_CELLS} cells apart; wrap positions into the cell first.`);
      }
      found.push(i, j, n0, n1, n2, Math.sqrt(r2));
    }
  }

  /** |x_j + n cell - x_i|^2 of the positions as given. */
  #squaredDistance(i: number, j: number, n0: number, n1: number, n2: number): number {
    const positions = this.#positions;
    const cell = this.#cell;
    const x = positions[3 * j] - positions[3 * i] + n0 * cell[0] + n1 * cell[3] + n2 * cell[6];
    const y = positions[3 * j + 1] - positions[3 * i + 1] + n0 * cell[1] + n1 * cell[4] + n2 * cell[7];
    const z = positions[3 * j + 2] - positions[3 * i + 2] + n0 * cell[2] + n1 * cell[5] + n2 * cell[8];
    return x * x + y * y + z * z;
  }
}

/** For every bin that may be in reach along one direction: the bin of the cell that it repeats, and in which image. */
interface Places {
  /** -1 where there is nothing: outside of a direction that does not repeat. */
  readonly bin: Int32Array;
  readonly image: Int32Array;
}

/** The places from `reach` bins before the first of `count` bins to `reach` bins behind the last. */
function placesOf(count: number, reach: number, periodic: boolean): Places {
  const [bin, image] = [new Int32Array(count + 2 * reach), new Int32Array(count + 2 * reach)];
  for (let k = 0; k < bin.length; k++) {
    const at = k - reach;
    const m = Math.floor(at / count);
    bin[k] = m === 0 || periodic ? at - m * count : -1;
    image[k] = m;
  }
  return { bin, image };
}
