/**
 * Integer positions inside a kernel: sums of whole multiples of variables whose ranges are known.
 *
 * Wherever the ranges allow it, a flat position is divided into row and column here, while the kernel is printed. The
 * kernel itself then holds rows and columns, and never a large flat index, which float32 could not represent exactly.
 */
import type { Affine } from '../../compile/expr.ts';

/** A variable of the printed kernel; it holds whole numbers from `low` to `high`. */
export interface Variable {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

export interface Position {
  readonly base: number;
  readonly terms: readonly { readonly variable: Variable; readonly coef: number }[];
  /** The number of the innermost block (emitter.ts) that it needs: all of its variables are known there. */
  readonly level: number;
}

export const fixed = (base: number): Position => ({ base, terms: [], level: 0 });
export const positionOf = (variable: Variable, level: number): Position => ({
  base: 0,
  terms: [{ variable, coef: 1 }],
  level,
});

export function plus(a: Position, b: Position): Position {
  const coefs = new Map<string, { variable: Variable; coef: number }>();
  for (const { variable, coef } of [...a.terms, ...b.terms]) {
    coefs.set(variable.name, { variable, coef: coef + (coefs.get(variable.name)?.coef ?? 0) });
  }
  const terms = [...coefs.values()].filter(({ coef }) => coef !== 0);
  return { base: a.base + b.base, terms, level: Math.max(a.level, b.level) };
}

export const times = (a: Position, factor: number): Position => ({
  base: a.base * factor,
  terms: factor === 0 ? [] : a.terms.map(({ variable, coef }) => ({ variable, coef: coef * factor })),
  level: a.level,
});

/** Smallest and largest value. */
export function rangeOf({ base, terms }: Position): [low: number, high: number] {
  let [low, high] = [base, base];
  for (const { variable, coef } of terms) {
    low += coef * (coef > 0 ? variable.low : variable.high);
    high += coef * (coef > 0 ? variable.high : variable.low);
  }
  return [low, high];
}

/** The position as text. */
export function showPosition({ base, terms }: Position): string {
  const parts = terms.map(({ variable, coef }) => (coef === 1 ? variable.name : `${coef}*${variable.name}`));
  if (base !== 0 || parts.length === 0) parts.push(String(base));
  return parts.join('+').replaceAll('+-', '-');
}

/** Quotient and rest of a division by `divisor`, if the ranges of the variables determine them; otherwise undefined. */
export function divide(p: Position, divisor: number): { quotient: Position; rest: Position } | undefined {
  const whole = (n: number): number => Math.floor(n / divisor);
  const { level } = p;
  const quotient = plus(
    { base: whole(p.base), terms: p.terms.map((t) => ({ ...t, coef: whole(t.coef) })), level },
    fixed(0),
  );
  const rest = plus(p, times(quotient, -divisor));
  const [low, high] = rangeOf(rest);
  return low >= 0 && high < divisor ? { quotient, rest } : undefined;
}

/** The position of an affine index at a row and at loop indices. */
export const positionAt = ({ base, row, coefs }: Affine, rowAt: Position, loops: readonly Position[]): Position =>
  coefs.reduce(
    (sum, coef, k) => (coef === 0 ? sum : plus(sum, times(loops[k], coef))),
    plus(fixed(base), times(rowAt, row)),
  );
