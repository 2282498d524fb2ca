/**
 * Operations that a GPU computes too inexactly, composed from ones that it computes well.
 *
 * WGSL and GLSL promise 2^-11 for sin and cos, and only near zero; log(1 + u) by its formula loses all digits of a small
 * u. Here they are polynomials (those of the CPU engine) within a few units in the last place of 1. exp, log, min and max
 * are the GPU's own where they are right (errors of exp and log: 3 + 2|x| units in the last place; 2^-21 absolute near 1,
 * below what training notices); outside, and for NaN, which they need not keep, other numbers are selected.
 */
import * as E from '../../compile/expr.ts';
import { COSINE, HALF_PI, LOG1P, SINE } from '../polynomials.ts';
import type { Composed } from './scalar.ts';

/** For arguments beyond this, sin and cos would have lost five digits and more; the result there is NaN. */
const FARTHEST = 2 ** 17;

/** sin(x + quarter pi/2); the error is 2 ulp of 1 for |x| up to some thousands. */
function sine(x: E.Expr, quarter: number): E.Expr {
  const k = E.floor(E.add(E.mul(x, E.literal(2 / Math.PI)), E.literal(0.5)));
  const r = HALF_PI.reduce((rest, part) => E.sub(rest, E.mul(k, E.literal(part))), x);
  const z = E.mul(r, r);
  const s = E.add(r, E.mul(E.mul(r, z), E.polynomial(z, SINE)));
  const c = E.add(E.sub(E.literal(1), E.mul(z, E.literal(0.5))), E.mul(E.mul(z, z), E.polynomial(z, COSINE)));
  const turn = E.add(k, E.literal(quarter));
  const quadrant = E.sub(turn, E.mul(E.literal(4), E.floor(E.mul(turn, E.literal(0.25)))));
  const below = (limit: number, a: E.Expr, b: E.Expr) => E.selectLess(quadrant, E.literal(limit), a, b);
  const value = below(1.5, below(0.5, s, c), below(2.5, E.neg(s), E.neg(c)));
  return E.selectLess(E.abs(x), E.literal(FARTHEST), value, E.literal(Number.NaN));
}

/** Operations to be printed as the GPU's own. */
const plain = new WeakSet<E.Expr>();
function own(expr: E.Expr): E.Expr {
  plain.add(expr);
  return expr;
}

const INFINITY = E.literal(Number.POSITIVE_INFINITY);
/** The largest denormal number: a GPU may take it for 0. */
const DENORMAL = E.literal(2 ** -126 - 2 ** -149);

/**
 * The GPU's own exp for arguments in [-104, 89], 0 below, Infinity above. NaN fails both comparisons and reaches the product
 * with Infinity, which is NaN.
 */
const exp = (x: E.Expr): E.Expr =>
  E.selectLess(x, E.literal(89), E.selectLess(E.literal(-104), x, own(E.exp(x)), E.literal(0)), E.mul(x, INFINITY));

/**
 * The GPU's own log for positive normal numbers. The log of 0 and of denormal numbers is -Infinity, that of Infinity is
 * Infinity, and that of negative numbers and of NaN is NaN.
 */
const log = (x: E.Expr): E.Expr =>
  E.selectLess(
    DENORMAL,
    x,
    E.selectLess(x, INFINITY, own(E.log(x)), x),
    E.selectLess(x, E.literal(0), E.literal(Number.NaN), E.sub(x, INFINITY)),
  );

/** `first` where that comparison holds, `second` where the opposite one does; what is left is equal, or NaN. */
function extremum(holds: (a: E.Expr, b: E.Expr, x: E.Expr, y: E.Expr) => E.Expr) {
  return (a: E.Expr, b: E.Expr): E.Expr => {
    if (b.op === 'literal') return holds(a, b, b, a);
    // Where b is neither infinite nor NaN, a is equal to it or NaN; elsewhere the sum is the infinity of both, or NaN.
    const rest = E.selectLess(b, INFINITY, a, E.add(a, b));
    return holds(a, b, b, holds(b, a, a, rest));
  };
}

/** What to print for an operation instead of the GPU's own. */
export const compositions: Readonly<Record<Composed, (x: E.Expr, y: E.Expr) => E.Expr>> = {
  sin: (x) => sine(x, 0),
  cos: (x) => sine(x, 1),
  log1pUnit: (u) => E.mul(u, E.polynomial(u, LOG1P)),
  exp,
  log,
  max: extremum((a, b, x, y) => E.selectLess(a, b, x, y)),
  min: extremum((a, b, x, y) => E.selectLess(b, a, x, y)),
};

/** Is something else printed for this expression than the GPU's own operation? */
export const isComposed = (expr: E.Expr): expr is E.Expr & { readonly op: Composed } =>
  Object.hasOwn(compositions, expr.op) && !plain.has(expr);
