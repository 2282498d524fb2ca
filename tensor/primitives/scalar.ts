/**
 * Scalar expressions to write primitives of one's own with: the arithmetic of one element, exported as `scalar`.
 *
 * An expression is data, not code: engines print it as WebAssembly or as a shader. Parts that are used twice are computed
 * once, so name them freely. Numbers may stand wherever an expression may. Infinities and NaN are those of JavaScript, and
 * docs/numbers.md says where a GPU differs.
 *
 * @example const softsign = (x: Scalar) => scalar.div(x, scalar.add(1, scalar.abs(x)));
 */
import * as E from '../compile/expr.ts';

/** A number that is known when a kernel runs: an operand of a primitive, or what is computed from operands. */
export type Scalar = E.Expr;
/** A scalar expression, or a number written in it. */
export type ScalarOperand = Scalar | number;

const asScalar = (x: ScalarOperand): Scalar => (typeof x === 'number' ? E.literal(x) : x);
const unary =
  (op: (x: Scalar) => Scalar) =>
  (x: ScalarOperand): Scalar =>
    op(asScalar(x));
const binary =
  (op: (a: Scalar, b: Scalar) => Scalar) =>
  (a: ScalarOperand, b: ScalarOperand): Scalar =>
    op(asScalar(a), asScalar(b));

/** A number as an expression; needed only where an expression is nothing but a number. */
export const literal: (value: number) => Scalar = E.literal;
/** a + b. */
export const add = binary(E.add);
/** a - b. */
export const sub = binary(E.sub);
/** a b. */
export const mul = binary(E.mul);
/** a / b: infinite where b is 0 and a is not. */
export const div = binary(E.div);
/** The smaller of a and b, NaN where either is. */
export const min = binary(E.min);
/** The larger of a and b, NaN where either is. */
export const max = binary(E.max);
/** -x. */
export const neg = unary(E.neg);
/** |x|. */
export const abs = unary(E.abs);
/** The square root, NaN below 0. */
export const sqrt = unary(E.sqrt);
/** The largest whole number that is not above x. */
export const floor = unary(E.floor);
/** e^x: 0 at -Infinity, Infinity where float32 (or float64) holds no such number. */
export const exp = unary(E.exp);
/** The natural logarithm: -Infinity at 0, NaN below. */
export const log = unary(E.log);
/** The sine of x in radians. */
export const sin = unary(E.sin);
/** The cosine of x in radians. */
export const cos = unary(E.cos);
/** log(1 + x) for x from 0 to 1 and nothing else, to the last digits of a small x. */
export const log1pUnit = unary(E.log1pUnit);
/** `then` where a < b, else `otherwise`, also where a or b is NaN. Both are computed; what is not chosen leaves no trace. */
export const selectLess = (a: ScalarOperand, b: ScalarOperand, then: ScalarOperand, otherwise: ScalarOperand): Scalar =>
  E.selectLess(asScalar(a), asScalar(b), asScalar(then), asScalar(otherwise));
/** A polynomial of x by Horner's rule, its coefficients from the highest power down: [3, 2, 1] is 3 x^2 + 2 x + 1. */
export const polynomial = (x: ScalarOperand, coefficients: readonly number[]): Scalar =>
  E.polynomial(asScalar(x), coefficients);
