/**
 * Shapes of tensors that go together, written with letters: `['n', 'k']` and `['k', 'm']` are what a matrix product takes.
 *
 * Equal letters are equal sizes, which are drawn and shrink to 1.
 */
import { product } from '../../tensor/dimension.ts';
import type { Random } from './drawn.ts';

/** A shape with letters for sizes that are drawn. */
export type Pattern = readonly (number | string)[];

/** Shapes with the numbers in them. */
export interface Filled {
  readonly patterns: readonly Pattern[];
  readonly sizes: Readonly<Record<string, number>>;
  /** Numbers of each tensor, row after row. */
  readonly data: readonly (readonly number[])[];
}

export const shapeOf = (pattern: Pattern, sizes: Readonly<Record<string, number>>): number[] =>
  pattern.map((size) => (typeof size === 'number' ? size : sizes[size]));

/** The letters of some patterns, each once. */
export const lettersOf = (patterns: readonly Pattern[]): string[] => [
  ...new Set(patterns.flat().filter((size) => typeof size === 'string')),
];

/** Throws unless sizes are whole numbers or letters. */
export function expectPatterns(patterns: readonly Pattern[]): readonly Pattern[] {
  for (const size of patterns.flat()) {
    if (typeof size === 'string' ? size !== '' : Number.isInteger(size) && size >= 0) continue;
    throw new Error(`shapes: expected sizes that are whole numbers or letters, as in [['n', 3]], got ${String(size)}.`);
  }
  return patterns;
}

const AXES = ['c', 'b', 'a'];

/** Patterns of `count` tensors that broadcast against each other: at most two axes, some of them missing or of size 1. */
export function drawBroadcast(random: Random, count: number): Pattern[] {
  const stretches = count > 1 && random.integer(0, 1) === 1;
  const rank = random.integer(stretches ? 1 : 0, 2);
  // The last axes are the shared ones.
  const whole = AXES.slice(0, rank).reverse();
  return Array.from({ length: count }, () => {
    if (!stretches) return whole;
    const own = random.integer(0, 1) === 1 ? whole : whole.slice(random.integer(1, rank));
    return own.map((letter) => (random.integer(0, 2) === 0 ? 1 : letter));
  });
}

/** The numbers whose positions along every axis are among those kept (null keeps all). */
function pick(
  data: readonly number[],
  shape: readonly number[],
  kept: readonly (readonly number[] | null)[],
): number[] {
  let parts: (readonly number[])[] = [data];
  shape.forEach((size, axis) => {
    const width = product(shape.slice(axis + 1));
    const rows = kept[axis] ?? Array.from({ length: size }, (_, k) => k);
    parts = parts.flatMap((part) => rows.map((row) => part.slice(row * width, (row + 1) * width)));
  });
  return parts.flat();
}

/** Everything of one letter cut down to some positions. */
function cutLetter({ patterns, sizes, data }: Filled, letter: string, rows: readonly number[]): Filled {
  return {
    patterns,
    sizes: { ...sizes, [letter]: rows.length },
    data: data.map((numbers, k) => {
      const kept = patterns[k].map((size) => (size === letter ? rows : null));
      return pick(numbers, shapeOf(patterns[k], sizes), kept);
    }),
  };
}

/** The same without one axis, counted from the back, of all tensors; its size is 1. */
const withoutAxis = ({ patterns, sizes, data }: Filled, fromBack: number): Filled => ({
  patterns: patterns.map((pattern) => pattern.filter((_, axis) => pattern.length - axis !== fromBack)),
  sizes,
  data,
});

/** One tensor with one of its axes cut down to a position, and left out if it is the first one. */
function stretched({ patterns, sizes, data }: Filled, k: number, axis: number, row: number): Filled {
  const pattern = patterns[k];
  const kept = pattern.map((_, a) => (a === axis ? [row] : null));
  const own = axis === 0 ? pattern.slice(1) : pattern.map((size, a) => (a === axis ? 1 : size));
  return {
    patterns: patterns.map((other, i) => (i === k ? own : other)),
    sizes,
    data: data.map((numbers, i) => (i === k ? pick(numbers, shapeOf(pattern, sizes), kept) : numbers)),
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

const countOf = ({ data }: Filled): number => data.reduce((sum, numbers) => sum + numbers.length, 0);

/** Fewer numbers by shorter axes; those with the fewest come first, so that less is left where several axes matter. */
export const shorter = (filled: Filled): readonly Filled[] => [...cut(filled)].sort((a, b) => countOf(a) - countOf(b));

function* cut(filled: Filled): Iterable<Filled> {
  for (const letter of lettersOf(filled.patterns)) {
    const size = filled.sizes[letter];
    if (size === 1) continue;
    for (const row of upTo(size)) yield cutLetter(filled, letter, [row]);
    if (size === 2) continue;
    for (const row of upTo(size))
      yield cutLetter(
        filled,
        letter,
        upTo(size).filter((other) => other !== row),
      );
  }
}

/** Fewer axes, where tensors broadcast: of all tensors, then of one of them. */
export function* flatter(filled: Filled): Iterable<Filled> {
  const { patterns, sizes } = filled;
  const rank = patterns.reduce((most, { length }) => Math.max(most, length), 0);
  for (let fromBack = rank; fromBack > 0; fromBack--) {
    const here = patterns.flatMap((pattern) => (pattern.length < fromBack ? [] : [pattern[pattern.length - fromBack]]));
    if (here.every((size) => size === 1 || sizes[size] === 1)) yield withoutAxis(filled, fromBack);
  }
  for (const [k, pattern] of patterns.entries()) {
    if (pattern[0] === 1 || sizes[pattern[0]] === 1) yield stretched(filled, k, 0, 0);
    for (const [axis, size] of pattern.entries()) {
      if (typeof size === 'string') for (const row of upTo(sizes[size])) yield stretched(filled, k, axis, row);
    }
  }
}
