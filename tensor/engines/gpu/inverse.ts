/**
 * From an element back to where it is written: the loop indices at which an affine index takes a given value.
 *
 * Writes are regular (a mixed-radix number of the loop indices), so each loop is one digit of the position. What
 * ranges cannot prove becomes a test in the printed kernel.
 */
import type { Affine } from '../../compile/expr.ts';
import { fixed, type Position, rangeOf, showPosition } from './position.ts';

/** Divides a position: while the kernel is printed if ranges allow it, otherwise in the kernel itself. */
export type Split = (p: Position, divisor: number) => { quotient: Position; rest: Position };

export interface Inverse {
  /** Conditions under which the element is written at all. */
  readonly tests: readonly string[];
  /** An index per loop; undefined for loops that run in full, because the index does not depend on them. */
  readonly loops: readonly (Position | undefined)[];
}

/** Tests that `p` lies in [0, count) (`count` undefined: no upper bound), as far as its range leaves that open. */
export function within(p: Position, count?: number): string[] {
  const [low, high] = rangeOf(p);
  const tests = low < 0 ? [`${showPosition(p)}>=0`] : [];
  return count !== undefined && high >= count ? [...tests, `${showPosition(p)}<${count}`] : tests;
}

/** Tests that `p` is zero. */
export function zero(p: Position): string[] {
  const [low, high] = rangeOf(p);
  return low === 0 && high === 0 ? [] : [`${showPosition(p)}==0`];
}

/** The loop indices at which `index`, without its base and its multiple of the row, equals `at`. */
export function inverseOf(at: Position, { coefs }: Affine, extents: readonly number[], split: Split): Inverse {
  const loops = extents.map((extent): Position | undefined => (extent === 1 ? fixed(0) : undefined));
  const tests: string[] = [];
  let rest = at;
  for (const k of digits(coefs, extents)) {
    const { quotient, rest: next } = split(rest, coefs[k]);
    tests.push(...within(quotient, extents[k]));
    loops[k] = quotient;
    rest = next;
  }
  return { tests: [...tests, ...zero(rest)], loops };
}

/** Loops that an index depends on, largest stride first; throws unless each element has at most one origin. */
function digits(coefs: readonly number[], extents: readonly number[]): number[] {
  const loops = extents.map((_, k) => k).filter((k) => extents[k] > 1 && coefs[k] !== 0);
  loops.sort((a, b) => coefs[b] - coefs[a]);
  let reached = 0;
  for (const k of [...loops].reverse()) {
    if (!(coefs[k] > reached)) throw new Error(`internal: a write with strides ${coefs} reaches an element twice`);
    reached += coefs[k] * (extents[k] - 1);
  }
  return loops;
}
