/**
 * The error function: a function of numbers for the reference engine and a scalar expression for the others, from the
 * same coefficients.
 *
 * For |x| < 1.6 the Maclaurin series is used. Beyond, erf |x| = 1 - exp(-x^2) / (sqrt(pi) K(x)), where K is a continued
 * fraction (Abramowitz and Stegun, 7.1.14), evaluated from a fixed depth upwards. Absolute error below 1e-12 in float64.
 */
import * as E from '../compile/expr.ts';

/** The series has so many terms and is used below the limit; the fraction has so many levels. */
const SERIES_TERMS = 26;
const LIMIT = 1.6;
const DEPTH = 60;

/** Coefficients of erf(x)/x as a polynomial in x^2, highest power first. */
const series: number[] = (() => {
  const coefficients: number[] = [];
  let factorial = 1;
  for (let n = 0; n < SERIES_TERMS; n++) {
    if (n > 0) factorial *= n;
    coefficients.unshift(((n % 2 === 0 ? 1 : -1) * 2) / (Math.sqrt(Math.PI) * factorial * (2 * n + 1)));
  }
  return coefficients;
})();

/** erf(x) in float64. */
export function erfNumber(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return Number.NaN;
  if (size < LIMIT) return x * series.reduce((sum, c) => sum * x * x + c, 0);
  let fraction = size;
  for (let k = DEPTH; k >= 1; k--) fraction = size + k / 2 / fraction;
  const tail = Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction);
  return Math.sign(x) * (1 - tail);
}

/** erf(x) as a scalar expression. */
export function erfExpr(x: E.Expr): E.Expr {
  const size = E.abs(x);
  // Both branches are evaluated: keep each inside its own range, or one of them overflows.
  const small = E.min(size, E.literal(LIMIT));
  const large = E.max(size, E.literal(LIMIT));
  const near = E.mul(small, E.polynomial(E.mul(small, small), series));
  let fraction: E.Expr = large;
  for (let k = DEPTH; k >= 1; k--) fraction = E.add(large, E.div(E.literal(k / 2), fraction));
  const tail = E.div(E.exp(E.neg(E.mul(large, large))), E.mul(E.literal(Math.sqrt(Math.PI)), fraction));
  const magnitude = E.selectLess(size, E.literal(LIMIT), near, E.sub(E.literal(1), tail));
  return E.selectLess(x, E.literal(0), E.neg(magnitude), magnitude);
}
