/**
 * Three parts of a data set, drawn by a key: a pure function of the number of structures, the key, and the groups.
 *
 * Groups (e.g. formulas) stay whole, so that a network is not tested on a composition that it has learnt from. Every
 * structure is in exactly one part, and no part that was asked for is empty.
 */

import { type Key, permutation } from '../tensor/index.ts';

import { extend, largest } from './lists.ts';

const PARTS = ['train', 'validation', 'test'] as const;
type Part = (typeof PARTS)[number];

/** Shares of the parts, each >= 0; they are divided by their sum. */
export type Fractions = Readonly<Record<Part, number>>;

/** Numbers of structures, ascending. */
export type Split = Readonly<Record<Part, readonly number[]>>;

/** Whole numbers next to the shares of `count`, that add up to it. */
function sizesOf(count: number, shares: readonly number[]): number[] {
  const exact = shares.map((share) => share * count);
  const sizes = exact.map(Math.floor);
  // Largest remainders first (Hamilton's method); the earlier part if they are equal.
  const order = shares.map((_, k) => k).sort((a, b) => exact[b] - sizes[b] - (exact[a] - sizes[a]) || a - b);
  const left = count - sizes.reduce((a, b) => a + b, 0);
  for (let k = 0; k < left; k++) sizes[order[k % order.length]]++;
  return sizes;
}

function checkFractions(fractions: Fractions): number[] {
  const given = PARTS.map((part) => fractions[part]);
  const total = given.reduce((a, b) => a + b, 0);
  if (!given.every((fraction) => fraction >= 0) || !(total > 0) || !Number.isFinite(total)) {
    const shown = PARTS.map((part) => `${part} ${fractions[part]}`).join(', ');
    throw new Error(`split: expected fractions >= 0 that are not all 0, e.g. 0.8, 0.1 and 0.1, got ${shown}.`);
  }
  // Asked for is asked for, also where the quotient underflows.
  return given.map((fraction) => (fraction > 0 ? Math.max(fraction / total, Number.MIN_VALUE) : 0));
}

/**
 * Splits structures 0 ... count - 1. With `groups` (a label for each structure) the sizes are met as far as whole groups
 * allow: no part is further from its size than twice the largest group.
 */
export function split(count: number, fractions: Fractions, key: Key, groups?: readonly string[]): Split {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new Error(`split: expected a number of structures, an integer >= 0, got ${count}.`);
  }
  if (groups && groups.length !== count) {
    throw new Error(`split: expected a group for each of ${count} structures, got ${groups.length} groups.`);
  }
  const shares = checkFractions(fractions);
  const members = new Map<string | number, number[]>();
  for (let k = 0; k < count; k++) {
    const group = groups ? groups[k] : k;
    const known = members.get(group);
    if (known) known.push(k);
    else members.set(group, [k]);
  }
  const wanted = ['training', 'validation', 'test'].filter((_, k) => shares[k] > 0);
  if (members.size < wanted.length) {
    const structures = count === 1 ? 'one structure' : `${count} structures`;
    const kinds = groups && count > 1 ? ` in ${members.size === 1 ? 'one group' : `${members.size} groups`}` : '';
    const names = [wanted.slice(0, -1).join(', '), wanted[wanted.length - 1]].filter(Boolean).join(' and ');
    throw new Error(
      `split: a dataset of ${structures}${kinds} cannot be split in ${names}: each part needs at least one` +
        `${kinds ? ' group' : ''}. Give more data, or set the share of a part to 0.`,
    );
  }
  const room = sizesOf(count, shares);
  const parts = PARTS.map((): number[] => []);
  const empty = PARTS.map((_, k) => k).filter((k) => shares[k] > 0);
  const all = [...members.values()];
  for (const group of permutation(key, all.length)) {
    // One group for each part first, so that none is empty; then always to the part with most room.
    const part = empty.shift() ?? room.indexOf(largest(room));
    extend(parts[part], all[group]);
    room[part] -= all[group].length;
  }
  const [train, validation, test] = parts.map((part) => part.sort((a, b) => a - b));
  return { train: train, validation: validation, test: test };
}
