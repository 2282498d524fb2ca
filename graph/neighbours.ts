/**
 * Exact periodic neighbours: every pair (i, j, n) with |x_j + n cell - x_i| <= cutoff.
 *
 * Cells may be skewed, left-handed, or much smaller than the cutoff; atoms may lie outside the cell, and offsets
 * refer to positions as stored. Atoms are sorted into bins, so the cost grows linearly with their number.
 * The atom itself is left out (r^2 <= 1e-4 A^2); its periodic images are neighbours like any other.
 */
import { completeCell, independent, planeSpacings, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

/** Pairs closer than this (squared, A^2) are one and the same atom. */
const SAME_ATOM = 1e-4;

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

export interface NeighbourOptions {
  /** Ignore images further than min(ceil(cutoff / plane spacing), cap) cells away: the `paper` preset. */
  readonly imageCap?: number;
}

/** A growing typed array: edges are too many for arrays of objects. */
class Growing {
  private ints = new Int32Array(4096);
  length = 0;
  push(value: number): void {
    if (this.length === this.ints.length) {
      const larger = new Int32Array(this.ints.length * 2);
      larger.set(this.ints);
      this.ints = larger;
    }
    this.ints[this.length++] = value;
  }
  done = (): Int32Array => this.ints.slice(0, this.length);
}

function validate({ id, numbers, positions, cell, periodic }: Structure, cutoff: number): void {
  if (!(cutoff > 0 && Number.isFinite(cutoff)))
    throw new Error(`${id}: expected a cutoff > 0 in Angstrom, got ${cutoff}.`);
  if (positions.length !== 3 * numbers.length) {
    throw new Error(`${id}: ${numbers.length} atoms need ${3 * numbers.length} coordinates, got ${positions.length}.`);
  }
  const bad = positions.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new Error(`${id}: position of atom ${Math.floor(bad / 3)} is ${positions[bad]}; expected finite numbers.`);
  if (cell.length !== 9) throw new Error(`${id}: a cell has 9 numbers (three rows), got ${cell.length}.`);
  if (cell.some((x) => !Number.isFinite(x))) throw new Error(`${id}: the cell has a number that is not finite.`);
  if (!independent(cell, periodic)) {
    throw new Error(`${id}: the lattice vectors of the periodic directions are dependent: ${[...cell].join(' ')}.`);
  }
}

/** All neighbours within `cutoff` Angstrom (inclusive) of every atom. */
export function neighbours(structure: Structure, cutoff: number, { imageCap }: NeighbourOptions = {}): Edges {
  validate(structure, cutoff);
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
  const bins = binAtoms(fractional, atoms, periodic, spacing, cutoff);
  const { count, reach, first, members, bin, wrap } = bins;

  // A neighbour's (j, n) packed into one number, so that sorting needs no objects.
  const far =
    1 +
    [0, 1, 2].reduce((most, k) => {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let a = 0; a < atoms; a++) {
        low = Math.min(low, wrap[3 * a + k]!);
        high = Math.max(high, wrap[3 * a + k]!);
      }
      return Math.max(most, Math.ceil(reach[k]! / count[k]!) + 1 + high - low);
    }, 0);
  const base = 2 * far + 1;
  if (atoms * base ** 3 > Number.MAX_SAFE_INTEGER) {
    throw new Error(`${structure.id}: atoms lie up to ${far} cells apart; wrap positions into the cell first.`);
  }
  const cap = imageCap === undefined ? undefined : spacing.map((s) => Math.min(Math.ceil(cutoff / s), imageCap));

  const [target, source, offset] = [new Growing(), new Growing(), new Growing()];
  let keys = new Float64Array(1024);
  const limit = cutoff * cutoff;
  const square = (i: number, j: number, n0: number, n1: number, n2: number): number => {
    const x = positions[3 * j]! - positions[3 * i]! + n0 * cell[0]! + n1 * cell[3]! + n2 * cell[6]!;
    const y = positions[3 * j + 1]! - positions[3 * i + 1]! + n0 * cell[1]! + n1 * cell[4]! + n2 * cell[7]!;
    const z = positions[3 * j + 2]! - positions[3 * i + 2]! + n0 * cell[2]! + n1 * cell[5]! + n2 * cell[8]!;
    return x * x + y * y + z * z;
  };
  const lengths: Float64Array[] = [];
  for (let i = 0; i < atoms; i++) {
    let found = 0;
    for (let d0 = -reach[0]!; d0 <= reach[0]!; d0++) {
      const [b0, m0] = place(bin[3 * i]! + d0, count[0]!, periodic[0]);
      if (b0 < 0) continue;
      for (let d1 = -reach[1]!; d1 <= reach[1]!; d1++) {
        const [b1, m1] = place(bin[3 * i + 1]! + d1, count[1]!, periodic[1]);
        if (b1 < 0) continue;
        for (let d2 = -reach[2]!; d2 <= reach[2]!; d2++) {
          const [b2, m2] = place(bin[3 * i + 2]! + d2, count[2]!, periodic[2]);
          if (b2 < 0) continue;
          const cellNumber = (b0 * count[1]! + b1) * count[2]! + b2;
          for (let k = first[cellNumber]!; k < first[cellNumber + 1]!; k++) {
            const j = members[k]!;
            const n0 = m0 - wrap[3 * j]! + wrap[3 * i]!;
            const n1 = m1 - wrap[3 * j + 1]! + wrap[3 * i + 1]!;
            const n2 = m2 - wrap[3 * j + 2]! + wrap[3 * i + 2]!;
            const r2 = square(i, j, n0, n1, n2);
            if (r2 > limit || r2 <= SAME_ATOM) continue;
            if (cap && (Math.abs(n0) > cap[0]! || Math.abs(n1) > cap[1]! || Math.abs(n2) > cap[2]!)) continue;
            if (found === keys.length) {
              const larger = new Float64Array(2 * found);
              larger.set(keys);
              keys = larger;
            }
            keys[found++] = ((j * base + n0 + far) * base + n1 + far) * base + n2 + far;
          }
        }
      }
    }
    const sorted = keys.subarray(0, found).sort();
    const distances = new Float64Array(found);
    for (let k = 0; k < found; k++) {
      let key = sorted[k]!;
      const n2 = (key % base) - far;
      key = Math.floor(key / base);
      const n1 = (key % base) - far;
      key = Math.floor(key / base);
      const n0 = (key % base) - far;
      const j = Math.floor(key / base);
      target.push(i);
      source.push(j);
      offset.push(n0);
      offset.push(n1);
      offset.push(n2);
      distances[k] = Math.sqrt(square(i, j, n0, n1, n2));
    }
    lengths.push(distances);
  }
  const distance = new Float64Array(target.length);
  let at = 0;
  for (const part of lengths) {
    distance.set(part, at);
    at += part.length;
  }
  return { target: target.done(), source: source.done(), offset: offset.done(), distance };
}

/** The bin inside the cell and the image it belongs to; bin -1 outside a direction that does not repeat. */
function place(bin: number, count: number, periodic: boolean): readonly [number, number] {
  if (bin >= 0 && bin < count) return INSIDE[bin] ?? [bin, 0];
  if (!periodic) return OUTSIDE;
  const image = Math.floor(bin / count);
  return [bin - image * count, image];
}
const OUTSIDE = [-1, 0] as const;
const INSIDE: readonly (readonly [number, number])[] = Array.from({ length: 64 }, (_, k) => [k, 0] as const);

/** Atoms sorted into bins about half a cutoff wide; `reach` bins to either side hold all neighbours. */
function binAtoms(
  fractional: Float64Array,
  atoms: number,
  periodic: readonly boolean[],
  spacing: readonly number[],
  cutoff: number,
) {
  const lows = [0, 0, 0];
  const spans = [1, 1, 1];
  const count = [1, 1, 1];
  const reach = [0, 0, 0];
  // Cells away from the first; not integers of 32 bits, for an atom may be farther than they reach.
  const wrap = new Float64Array(3 * atoms);
  const bin = new Int32Array(3 * atoms);
  for (let k = 0; k < 3; k++) {
    if (!periodic[k]) {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let a = 0; a < atoms; a++) {
        low = Math.min(low, fractional[3 * a + k]!);
        high = Math.max(high, fractional[3 * a + k]!);
      }
      lows[k] = low;
      spans[k] = Math.max(high - low, 1e-9);
    }
    count[k] = Math.max(1, Math.floor((2 * spans[k]! * spacing[k]!) / cutoff));
  }
  // Mostly empty space (a slab, two molecules far apart) is divided less finely: memory follows the atoms.
  while (count[0]! * count[1]! * count[2]! > 8 * atoms + 64) {
    const longest = count.indexOf(Math.max(...count));
    count[longest] = Math.floor(count[longest]! / 2);
  }
  for (let k = 0; k < 3; k++) {
    reach[k] = Math.ceil((cutoff * count[k]!) / (spans[k]! * spacing[k]!) + 1e-9);
    if (!periodic[k]) reach[k] = Math.min(reach[k]!, count[k]!);
    for (let a = 0; a < atoms; a++) {
      const f = fractional[3 * a + k]!;
      const whole = periodic[k] ? Math.floor(f) : 0;
      wrap[3 * a + k] = whole;
      const inside = Math.floor(((f - whole - lows[k]!) / spans[k]!) * count[k]!);
      bin[3 * a + k] = Math.max(0, Math.min(count[k]! - 1, inside));
    }
  }
  const first = new Int32Array(count[0]! * count[1]! * count[2]! + 1);
  const numberOf = (a: number) => (bin[3 * a]! * count[1]! + bin[3 * a + 1]!) * count[2]! + bin[3 * a + 2]!;
  for (let a = 0; a < atoms; a++) first[numberOf(a) + 1]!++;
  for (let b = 1; b < first.length; b++) first[b]! += first[b - 1]!;
  const next = first.slice();
  const members = new Int32Array(atoms);
  for (let a = 0; a < atoms; a++) members[next[numberOf(a)]!++] = a;
  return { count, reach, first, members, bin, wrap };
}
