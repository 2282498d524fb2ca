/**
 * Exact periodic neighbours: every pair (i, j, n) with |x_j + n cell - x_i| <= cutoff.
 *
 * Cells may be skewed, left-handed, or much smaller than the cutoff; atoms may lie outside the cell, and offsets
 * refer to positions as stored. Atoms are sorted into bins, so the cost grows linearly with their number.
 * The atom itself is left out (r^2 <= 1e-4 A^2); its periodic images are neighbours like any other.
 */
import { binAtoms } from './bins.ts';
import { completeCell, independent, multiply, planeSpacings, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

/** Angstrom. Atoms of a pair that are no farther apart lie at one place: neighbour lists take them for one atom. */
export const ONE_PLACE = 0.01;
const SAME_ATOM = ONE_PLACE ** 2;

/** Edges sorted by (target, source, offset). */
export interface Edges {
  /** Where messages arrive: atom i. */
  readonly target: Int32Array;
  /** Where they come from: atom j. */
  readonly source: Int32Array;
  /** Lattice offset n of the source, 3 an edge. */
  readonly offset: Int32Array;
  /** |x_j + n cell - x_i| in Angstrom. */
  readonly distance: Float64Array;
}

/** Bytes of an edge: target, source, three offsets and a distance. */
export const BYTES_OF_EDGE = 28;

export interface NeighbourOptions {
  /** Ignore images further than min(ceil(cutoff / plane spacing), cap) cells away: the `paper` preset. */
  readonly imageCap?: number;
  /** Also pairs of different atoms at one and the same place (default: no). */
  readonly coincident?: boolean;
}

/** Growing typed arrays of what is found: edges are too many for arrays of objects. */
class Found {
  private capacity = 4096;
  count = 0;
  target = new Int32Array(this.capacity);
  source = new Int32Array(this.capacity);
  offset = new Int32Array(3 * this.capacity);
  distance = new Float64Array(this.capacity);

  push(i: number, j: number, n0: number, n1: number, n2: number, r: number): void {
    if (this.count === this.capacity) this.grow();
    const k = this.count++;
    this.target[k] = i;
    this.source[k] = j;
    this.offset[3 * k] = n0;
    this.offset[3 * k + 1] = n1;
    this.offset[3 * k + 2] = n2;
    this.distance[k] = r;
  }

  private grow(): void {
    this.capacity *= 2;
    const larger = <T extends Int32Array | Float64Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    this.target = larger(this.target, new Int32Array(this.capacity));
    this.source = larger(this.source, new Int32Array(this.capacity));
    this.offset = larger(this.offset, new Int32Array(3 * this.capacity));
    this.distance = larger(this.distance, new Float64Array(this.capacity));
  }

  /**
   * Both directions of all edges, by target and then by source and offset. Found were those whose source is not behind
   * their target, source by source and each with ascending offsets.
   */
  mirrored(atoms: number): Edges {
    const next = new Int32Array(atoms + 1);
    let mirrors = 0;
    for (let k = 0; k < this.count; k++) {
      const i = this.target[k];
      next[i + 1]++;
      const j = this.source[k];
      if (i === j) continue;
      next[j + 1]++;
      mirrors++;
    }
    for (let i = 0; i < atoms; i++) next[i + 1] += next[i];
    const total = this.count + mirrors;
    const target = new Int32Array(total);
    const source = new Int32Array(total);
    const offset = new Int32Array(3 * total);
    const distance = new Float64Array(total);
    const first = next.slice();
    for (let k = 0; k < this.count; k++) {
      const at = next[this.target[k]]++;
      target[at] = this.target[k];
      source[at] = this.source[k];
      offset[3 * at] = this.offset[3 * k];
      offset[3 * at + 1] = this.offset[3 * k + 1];
      offset[3 * at + 2] = this.offset[3 * k + 2];
      distance[at] = this.distance[k];
    }
    // Later sources follow; backwards, since the offsets of a mirrored edge are the negative ones.
    for (let i = 0; i < atoms; i++) {
      for (let from = next[i] - 1; from >= first[i]; from--) {
        const j = source[from];
        if (j === i) continue;
        const at = next[j]++;
        target[at] = j;
        source[at] = i;
        offset[3 * at] = -offset[3 * from];
        offset[3 * at + 1] = -offset[3 * from + 1];
        offset[3 * at + 2] = -offset[3 * from + 2];
        distance[at] = distance[from];
      }
    }
    return { target, source, offset, distance };
  }
}

/** Used by one call at a time, and kept: growing it anew for every structure would cost more than the search. */
const found = new Found();

/** Farther than this (Angstrom) numbers of 64 bits no longer tell distances to 1e-7 A. */
const FARTHEST = 1e9;

const far = (list: Float64Array) => list.findIndex((x) => Math.abs(x) > FARTHEST);

/** Throws if the numbers of a structure cannot be those of atoms in a cell; the message names structure and atom. */
export function checkGeometry({ id, numbers, positions, cell, periodic }: Structure): void {
  if (positions.length !== 3 * numbers.length) {
    throw new Error(`${id}: ${numbers.length} atoms need ${3 * numbers.length} coordinates, got ${positions.length}.`);
  }
  const bad = positions.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new Error(`${id}: position of atom ${Math.floor(bad / 3)} is ${positions[bad]}; expected finite numbers.`);
  if (cell.length !== 9) throw new Error(`${id}: a cell has 9 numbers (three rows), got ${cell.length}.`);
  if (cell.some((x) => !Number.isFinite(x))) throw new Error(`${id}: the cell has a number that is not finite.`);
  const lost = far(positions);
  if (lost >= 0) {
    throw new Error(
      `${id}: atom ${Math.floor(lost / 3)} lies at ${positions[lost]} A; beyond ${FARTHEST} A distances between atoms ` +
        'are lost in rounding. Is a number garbled, or has the simulation blown up?',
    );
  }
  const long = far(cell);
  if (long >= 0) {
    throw new Error(`${id}: the cell has the number ${cell[long]}; expected at most ${FARTHEST} A. Is it garbled?`);
  }
  if (!independent(cell, periodic)) {
    throw new Error(`${id}: the lattice vectors of the periodic directions are dependent: ${[...cell].join(' ')}.`);
  }
}

/** All neighbours within `cutoff` Angstrom (inclusive) of every atom. */
export function neighbours(
  structure: Structure,
  cutoff: number,
  { imageCap, coincident = false }: NeighbourOptions = {},
): Edges {
  if (!(cutoff > 0 && Number.isFinite(cutoff)))
    throw new Error(`${structure.id}: expected a cutoff > 0 in Angstrom, got ${cutoff}.`);
  checkGeometry(structure);
  if (imageCap !== undefined && !(Number.isInteger(imageCap) && imageCap >= 0)) {
    throw new Error(`${structure.id}: expected an image cap of 0, 1, 2 ... cells, got ${imageCap}.`);
  }
  const { positions, numbers, periodic } = structure;
  const atoms = numbers.length;
  if (atoms === 0) {
    return {
      target: new Int32Array(),
      source: new Int32Array(),
      offset: new Int32Array(),
      distance: new Float64Array(),
    };
  }
  const cell = completeCell(structure.cell, periodic);
  const spacing = planeSpacings(cell);
  const fractional = toFractional(positions, cell);
  const { count, reach, first, members, bin, wrap } = binAtoms(fractional, periodic, spacing, cutoff);
  const cap = imageCap === undefined ? undefined : spacing.map((s) => Math.min(Math.ceil(cutoff / s), imageCap));
  const limit = cutoff * cutoff;

  // Positions moved into the cell, for a quick look; what passes is measured on the positions as given.
  const inside = multiply(wrap, cell).map((shift, k) => positions[k] - shift);
  const largest = positions.reduce((most, x, k) => Math.max(most, Math.abs(x), Math.abs(inside[k])), cutoff);
  const rounding = 32 * Number.EPSILON * largest;
  const nearly = limit * (1 + 1e-12) + 2 * cutoff * rounding + rounding ** 2;
  // Not near a limit, and not rounded by a far journey into the cell, the quick look is as good.
  const clearly = rounding < 1e-10 ? 2 * limit - nearly : 0;
  const square = (i: number, j: number, n0: number, n1: number, n2: number): number => {
    const x = positions[3 * j] - positions[3 * i] + n0 * cell[0] + n1 * cell[3] + n2 * cell[6];
    const y = positions[3 * j + 1] - positions[3 * i + 1] + n0 * cell[1] + n1 * cell[4] + n2 * cell[7];
    const z = positions[3 * j + 2] - positions[3 * i + 2] + n0 * cell[2] + n1 * cell[5] + n2 * cell[8];
    return x * x + y * y + z * z;
  };

  // Source by source, and images from far above to far below, so that the edges of a target come in the order of
  // (source, offset) without sorting. Every edge has a mirror image, so half of them are looked for.
  const places = [0, 1, 2].map((k) => placesOf(count[k], reach[k], periodic[k]));
  const [places0, places1, places2] = places as [Places, Places, Places];
  found.count = 0;
  for (let j = 0; j < atoms; j++) {
    const xj = inside[3 * j];
    const yj = inside[3 * j + 1];
    const zj = inside[3 * j + 2];
    for (let d0 = bin[3 * j] + 2 * reach[0]; d0 >= bin[3 * j]; d0--) {
      const b0 = places0.bin[d0];
      if (b0 < 0) continue;
      const m0 = places0.image[d0];
      for (let d1 = bin[3 * j + 1] + 2 * reach[1]; d1 >= bin[3 * j + 1]; d1--) {
        const b1 = places1.bin[d1];
        if (b1 < 0) continue;
        const m1 = places1.image[d1];
        for (let d2 = bin[3 * j + 2] + 2 * reach[2]; d2 >= bin[3 * j + 2]; d2--) {
          const b2 = places2.bin[d2];
          if (b2 < 0) continue;
          const m2 = places2.image[d2];
          const number = (b0 * count[1] + b1) * count[2] + b2;
          const begin = first[number];
          const end = first[number + 1];
          // Members ascend.
          if (begin === end || members[end - 1] < j) continue;
          const x = m0 * cell[0] + m1 * cell[3] + m2 * cell[6] - xj;
          const y = m0 * cell[1] + m1 * cell[4] + m2 * cell[7] - yj;
          const z = m0 * cell[2] + m1 * cell[5] + m2 * cell[8] - zj;
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
            const r2 = quick < clearly && quick > 2 * SAME_ATOM ? quick : square(i, j, n0, n1, n2);
            if (r2 > limit || (r2 <= SAME_ATOM && !(coincident && i !== j))) continue;
            if (cap && (Math.abs(n0) > cap[0] || Math.abs(n1) > cap[1] || Math.abs(n2) > cap[2])) continue;
            if (Math.abs(n0) > MOST_CELLS || Math.abs(n1) > MOST_CELLS || Math.abs(n2) > MOST_CELLS) {
              throw new Error(
                `${structure.id}: atoms lie over ${MOST_CELLS} cells apart; wrap positions into the cell first.`,
              );
            }
            found.push(i, j, n0, n1, n2, Math.sqrt(r2));
          }
        }
      }
    }
  }
  return found.mirrored(atoms);
}

/** Offsets are 32-bit integers. */
const MOST_CELLS = 2 ** 31 - 1;

interface Places {
  readonly bin: Int32Array;
  readonly image: Int32Array;
}

/**
 * For bins from -reach to count + reach: the bin inside the cell and the image it belongs to; bin -1 outside a
 * direction that does not repeat.
 */
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
