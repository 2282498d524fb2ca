/** Where a function is defined and smooth, and which numbers there are simple. */

import { expectOptions } from '../options.ts';

/** Numbers that may be drawn. */
export interface Domain {
  /** Default -2. */
  readonly low?: number;
  /** Default 2. */
  readonly high?: number;
  /** Points to keep away from: kinks and poles, such as 0 of |x| and of 1/x. */
  readonly avoid?: readonly number[];
  /** How far to keep away from them (default 0.05). */
  readonly gap?: number;
}

const LOW = -2;
const HIGH = 2;
const GAP = 0.05;

/** Throws unless the domain has room for numbers. */
export function expectDomain(domain: Domain): { low: number; high: number } {
  expectOptions('domain', domain, ['low', 'high', 'avoid', 'gap']);
  const { low = LOW, high = HIGH, gap = GAP } = domain;
  if (Number.isFinite(low) && Number.isFinite(high) && low <= high && gap >= 0) return { low, high };
  throw new Error(`domain: expected finite limits, low <= high, and a gap of at least 0, got ${low}, ${high}, ${gap}.`);
}

/** Does the domain hold this number? */
export const holds = ({ low = LOW, high = HIGH, avoid = [], gap = GAP }: Domain, x: number): boolean =>
  x >= low && x <= high && avoid.every((point) => Math.abs(x - point) >= gap);

/** Numbers that say most at first sight, the simplest first. */
export const SIMPLE: readonly number[] = [1, 0.5, 2, -1, -0.5, -2, 3, -3, 0];

/** Parts of 1 to which a number is rounded; numbers in binary fractions are the same in float32. */
const PARTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Simpler numbers of the domain than x: those of `simple` before it, then x rounded to fewer binary places. */
export function* simplerNumbers(x: number, domain: Domain, simple: readonly number[] = SIMPLE): Iterable<number> {
  const rank = simple.indexOf(x);
  for (const number of rank < 0 ? simple : simple.slice(0, rank)) if (holds(domain, number)) yield number;
  if (Object.is(x, -0)) yield 0;
  if (rank >= 0) return;
  for (const parts of PARTS) {
    // Never -0.
    const rounded = Math.round(x * parts) / parts + 0;
    if (rounded === x) return;
    if (holds(domain, rounded)) yield rounded;
  }
}
