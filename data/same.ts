/**
 * Finds structures that come more than once: those that are equal in elements, cell and positions when atoms are moved
 * by whole lattice vectors. What a network is tested on should not be among what it has learnt from.
 *
 * Coordinates may differ by TOLERANCE; labels, ids and the order of atoms do not count. Steps of one relaxation differ
 * by more and are not found; nor are equal crystals that are described by another cell or lie at another place.
 */
import { multiply, type Structure, toFractional } from '../graph/index.ts';
import { completeCell } from '../graph/lattice.ts';

/** In Angstrom; files give positions to 1e-6 Angstrom or better. */
const TOLERANCE = 2e-6;

interface Likeness {
  readonly fractional: Float64Array;
  readonly cell: Float64Array;
  /** Smooth functions of the structure that neither whole lattice vectors nor the order of atoms change. */
  readonly marks: readonly [number, number];
}

/** Weights from -1 to 1 without any symmetry that a crystal might have. */
const weight = (k: number): number => Math.sin(1 + 12.9898 * k);

function marksOf({ numbers }: Structure, cell: Float64Array, fractional: Float64Array): [number, number] {
  let [mark, other] = [0, 0];
  for (let k = 0; k < fractional.length; k++) {
    const angle = 2 * Math.PI * fractional[k];
    const number = numbers[Math.floor(k / 3)];
    mark += weight(number) * Math.cos(angle + (k % 3));
    other += weight(number + 7) * Math.sin(angle - (k % 3)) + weight(number);
  }
  const size = cell.reduce((sum, x, k) => sum + weight(k) * x, 0);
  return [mark / Math.max(1, fractional.length) + size, other / Math.max(1, fractional.length) + size];
}

function likeness(structure: Structure): Likeness {
  const cell = completeCell(structure.cell, structure.periodic);
  const fractional = toFractional(structure.positions, cell);
  return { fractional, cell, marks: marksOf(structure, cell, fractional) };
}

/** How far marks of equal structures can be apart: angles by 2 pi TOLERANCE / spacing, cells by a few TOLERANCE. */
const WINDOW = 10 * TOLERANCE;

/** Atoms passed over in search of partners; large structures in two wild orders are not told to be the same. */
const MOST_COMPARED = 1e6;

/** Whether every atom of one structure has a partner of its element at the same place in the other. */
function isSame(a: Structure, b: Structure, { fractional: f, cell }: Likeness, { fractional: g }: Likeness): boolean {
  if (a.numbers.length !== b.numbers.length || a.periodic.some((p, k) => p !== b.periodic[k])) return false;
  if (a.cell.some((x, k) => Math.abs(x - b.cell[k]) > TOLERANCE)) return false;
  const n = a.numbers.length;
  const isAt = (i: number, j: number): boolean => {
    if (a.numbers[i] !== b.numbers[j]) return false;
    const apart = [0, 1, 2].map((k) => {
      const d = f[3 * i + k] - g[3 * j + k];
      return a.periodic[k] ? d - Math.round(d) : d;
    });
    return multiply(apart, cell).every((x) => Math.abs(x) <= TOLERANCE);
  };
  // Mostly the partner of the next atom comes next; it is looked for from there on.
  const taken = new Uint8Array(n);
  let [next, compared] = [0, 0];
  for (let i = 0; i < n; i++) {
    let tried = 0;
    while (tried < n && (taken[next] === 1 || !isAt(i, next))) {
      next = (next + 1) % n;
      tried++;
    }
    compared += tried;
    if (tried === n || compared > MOST_COMPARED) return false;
    taken[next] = 1;
    next = (next + 1) % n;
  }
  return true;
}

/** For every structure the number of the first one that is the same: its own number if there is none before it. */
export function firstOfItsKind(structures: readonly Structure[]): Int32Array {
  const first = Int32Array.from(structures, (_, k) => k);
  const known = structures.map((structure) => likeness(structure).marks);
  const size = (k: number) => structures[k].numbers.length;
  const order = [...first].sort((a, b) => size(a) - size(b) || known[a][0] - known[b][0] || a - b);
  // Kinds whose marks are still within reach.
  let near: { readonly k: number; readonly like: Likeness; readonly members: number[] }[] = [];
  const kinds: number[][] = [];
  for (const [at, k] of order.entries()) {
    const [mark, other] = known[k];
    near = near.filter((one) => size(one.k) === size(k) && mark - known[one.k][0] <= WINDOW);
    const next = order[at + 1];
    const isFollowed = next !== undefined && size(next) === size(k) && known[next][0] - mark <= WINDOW;
    if (near.length === 0 && !isFollowed) continue;
    const like = likeness(structures[k]);
    const kind = near.find(
      (one) =>
        Math.abs(one.like.marks[1] - other) <= WINDOW && isSame(structures[one.k], structures[k], one.like, like),
    );
    if (kind) kind.members.push(k);
    else {
      const members = [k];
      kinds.push(members);
      near.push({ k, like, members });
    }
  }
  for (const members of kinds) {
    const least = members.reduce((a, b) => Math.min(a, b));
    for (const k of members) first[k] = least;
  }
  return first;
}

/** Notes on structures that come more than once, and on those that are learnt from and tested or validated on, too. */
export function repeatedNotes(
  structures: readonly Structure[],
  split: Readonly<Record<string, readonly number[]>>,
): string[] {
  const first = firstOfItsKind(structures);
  const repeats = first.reduce((count, one, k) => count + (one === k ? 0 : 1), 0);
  if (repeats === 0) return [];
  const k = first.findIndex((one, k) => one !== k);
  const notes = [
    `${repeats} of ${structures.length} structures repeat another, e.g. ${structures[k].id} is ${structures[first[k]].id}`,
  ];
  const learnt = new Set(split.train.map((k) => first[k]));
  for (const part of ['validation', 'test'] as const) {
    const seen = split[part].filter((k) => learnt.has(first[k])).length;
    if (seen === 0) continue;
    notes.push(
      `${seen} of ${split[part].length} ${part} structures are learnt from, too: their errors say how well the network ` +
        'remembers. Remove repeats, or keep formulas together (split.grouped=true)',
    );
  }
  return notes;
}
