/** Scalar expressions outside of kernels: their value in float64, and their structure as text. */

import { described } from '../described.ts';
import { callerError } from '../errors.ts';
import { type Expr, literal, type ScalarOp } from './expr.ts';

const functions: Readonly<Record<ScalarOp, (...x: number[]) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  log1pUnit: Math.log1p,
  selectLess: (a, b, x, y) => (a < b ? x : y),
};

/** `count` operands to build an expression on, numbered from 0. */
export const operandsOf = (count: number): Expr[] =>
  Array.from({ length: count }, (_, slot) => ({
    op: 'load',
    place: { space: 'buffer', slot, index: { base: 0, row: 1, coefs: [] } },
  }));

/** What `visit` makes of an expression, given what it made of the arguments; each shared part is visited once. */
function fold<T>(expr: Expr, visit: (expr: Expr, args: readonly T[]) => T): T {
  const done = new Map<Expr, T>();
  const fold = (e: Expr): T => {
    const before = done.get(e);
    if (before !== undefined) return before;
    const result = visit(e, e.op === 'literal' || e.op === 'load' ? [] : e.args.map(fold));
    done.set(e, result);
    return result;
  };
  return fold(expr);
}

/** The value of an expression of `operandsOf` at these numbers, in float64. */
export const evaluate = (expr: Expr, operands: readonly number[]): number =>
  fold<number>(expr, (e, args) =>
    e.op === 'literal' ? e.value : e.op === 'load' ? operands[e.place.slot] : functions[e.op](...args),
  );

/** A text that is the same for two expressions if and only if they are the same formula. */
export function structure(expr: Expr): string {
  const numbers = new Map<string, number>();
  fold<number>(expr, (e, args) => {
    const text =
      e.op === 'literal'
        ? `literal ${Object.is(e.value, -0) ? '-0' : e.value}`
        : e.op === 'load'
          ? `operand ${e.place.slot}`
          : `${e.op} ${args.join(' ')}`;
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    return numbers.get(text)!;
  });
  return [...numbers.keys()].join('; ');
}

/** What a function that should return a scalar expression has returned: a number counts as a literal. Throws for others. */
export function expectExpr(found: unknown, where: string): Expr {
  if (typeof found === 'number') return literal(found);
  if (typeof found === 'object' && found !== null && 'op' in found) return found as Expr;
  throw callerError(
    `${where}: expected a scalar expression, got ${described(found)}. Build it with the functions of scalar.`,
  );
}
