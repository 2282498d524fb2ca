/**
 * Scalar expressions: the arithmetic inside a kernel, independent of any engine.
 *
 * The set of operations is small on purpose: each engine (WebAssembly, gpu.js) prints just these. Anything else is
 * composed from them, so a new elementwise primitive needs no change in an engine. Within a kernel there is one object
 * for each distinct expression (see intern.ts), so that an engine sees what is used twice.
 */
export type ScalarOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'min'
  | 'max'
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'floor'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  /** log(1 + u) for u in [0, 1], exact for small u. */
  | 'log1pUnit'
  /** selectLess(a, b, x, y) is x where a < b, else y (also where a or b is NaN). */
  | 'selectLess';

/** An affine index: base + row * (row number) + sum coefs[k] * (loop index k). */
export interface Affine {
  readonly base: number;
  readonly row: number;
  readonly coefs: readonly number[];
}

/** An element of a buffer or of a temporary array of the row; `slot` is the number of either. */
export interface Place {
  readonly space: 'buffer' | 'temp';
  readonly slot: number;
  /** Replaces the row number by `index[row] + shift`, with `index` a buffer of row numbers. */
  readonly gather?: { readonly index: number; readonly shift: number };
  readonly index: Affine;
}

export type Expr =
  | { readonly op: 'literal'; readonly value: number }
  | { readonly op: 'load'; readonly place: Place }
  | { readonly op: ScalarOp; readonly args: readonly Expr[] };

export const literal = (value: number): Expr => ({ op: 'literal', value });
const apply =
  (op: ScalarOp) =>
  (...args: Expr[]): Expr => ({ op, args });

export const add = apply('add');
export const sub = apply('sub');
export const mul = apply('mul');
export const div = apply('div');
export const min = apply('min');
export const max = apply('max');
export const neg = apply('neg');
export const abs = apply('abs');
export const sqrt = apply('sqrt');
export const floor = apply('floor');
export const exp = apply('exp');
export const log = apply('log');
export const sin = apply('sin');
export const cos = apply('cos');
export const log1pUnit = apply('log1pUnit');
export const selectLess = apply('selectLess');

/** A polynomial by Horner's rule; coefficients from the highest power down, zeros cost nothing. */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  const first = coefficients.findIndex((c) => c !== 0);
  if (first < 0) return literal(0);
  return coefficients.slice(first + 1).reduce<Expr>((sum, c) => {
    const product = sum.op === 'literal' && sum.value === 1 ? x : mul(sum, x);
    return c === 0 ? product : add(product, literal(c));
  }, literal(coefficients[first]));
}
