/**
 * Elementwise primitives: one record each, with definition, rule and scalar expression side by side.
 *
 * The operands of a primitive have equal shapes; the public functions insert broadcasts. Literals are folded only
 * among themselves; multiplying by a literal zero keeps its operand, which may be infinite or NaN, and by which `grad`
 * tells a parameter that is reached with zero weight from one that is not. A `gate` of a literal zero costs nothing.
 */
import * as E from '../compile/expr.ts';
import { broadcastShapes } from '../dimension.ts';
import { literalValue } from '../leaves.ts';
import type { Primitive } from '../primitive.ts';
import { expectTensor, type Tensor } from '../tensor.ts';
import { erfExpr, erfNumber } from './erf.ts';
import { listed } from './listed.ts';
import { apply, asTensor, type Domain, type Operand, record } from './map.ts';
import { broadcastTo } from './movement.ts';

export type { Operand } from './map.ts';

const positive: Domain = { low: 0.2, high: 3 };
const awayFromZero: Domain = { low: -3, high: 3, avoid: [0] };

const elementwise = {
  add: record(
    'add',
    2,
    'a + b',
    (a, b) => a + b,
    E.add,
    (c) => [c, c],
  ),
  sub: record(
    'sub',
    2,
    'a - b',
    (a, b) => a - b,
    E.sub,
    (c) => [c, neg(c)],
  ),
  mul: record(
    'mul',
    2,
    'a b',
    (a, b) => a * b,
    E.mul,
    (c, _, [a, b]) => [mul(c, b), mul(c, a)],
  ),
  div: record(
    'div',
    2,
    'a / b',
    (a, b) => a / b,
    E.div,
    (c, y, [, b]) => {
      const share = gate(c, reciprocal(b));
      return [share, neg(gate(share, y))];
    },
    [{}, awayFromZero],
  ),
  neg: record(
    'neg',
    1,
    '-a',
    (a) => -a,
    E.neg,
    (c) => [neg(c)],
  ),
  abs: record(
    'abs',
    1,
    '|a|; the derivative at 0 is 0',
    Math.abs,
    E.abs,
    (c, _, [a]) => [mul(c, sign(a))],
    awayFromZero,
  ),
  sign: record(
    'sign',
    1,
    '-1, 0 or 1',
    Math.sign,
    // What is left is 0 or NaN, and stays what it is.
    (a) => E.selectLess(a, E.literal(0), E.literal(-1), E.selectLess(E.literal(0), a, E.literal(1), a)),
    () => [null],
    awayFromZero,
  ),
  exp: record('exp', 1, 'e^a', Math.exp, E.exp, (c, y) => [gate(c, y)]),
  log: record('log', 1, 'natural logarithm', Math.log, E.log, (c, _, [a]) => [gate(c, reciprocal(a))], positive),
  sqrt: record('sqrt', 1, 'square root', Math.sqrt, E.sqrt, (c, y) => [gate(c, div(0.5, y))], positive),
  sin: record('sin', 1, 'sine', Math.sin, E.sin, (c, _, [a]) => [mul(c, cos(a))]),
  cos: record('cos', 1, 'cosine', Math.cos, E.cos, (c, _, [a]) => [neg(mul(c, sin(a)))]),
  floor: record('floor', 1, 'largest integer <= a; no derivative', Math.floor, E.floor, () => [null], {
    avoid: [-2, -1, 0, 1, 2],
  }),
  sigmoid: record(
    'sigmoid',
    1,
    '1 / (1 + e^-a)',
    (a) => 1 / (1 + Math.exp(-a)),
    sigmoidExpr,
    (c, y) => [mul(c, mul(y, sub(1, y)))],
  ),
  tanh: record('tanh', 1, 'hyperbolic tangent', Math.tanh, tanhExpr, (c, y) => [mul(c, sub(1, mul(y, y)))]),
  softplus: record(
    'softplus',
    1,
    'log(1 + e^a), without overflow',
    (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    softplusExpr,
    (c, _, [a]) => [mul(c, sigmoid(a))],
  ),
  erf: record('erf', 1, 'error function', erfNumber, erfExpr, (c, _, [a]) => [
    mul(c, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(a, a))))),
  ]),
  gate: record(
    'gate',
    2,
    'a b, but 0 wherever a is 0 even if b is infinite or NaN: the product used in rules',
    (a, b) => (a === 0 ? 0 : a * b),
    // A NaN in a stays one: it must not look like the absence of a derivative.
    (a, b) => E.mul(a, E.selectLess(E.literal(0), E.abs(a), b, E.literal(0))),
    (c, _, [a, b]) => [gate(c, b), gate(a, c)],
    [awayFromZero, {}],
  ),
  less: record(
    'less',
    2,
    '1 where a < b, else 0; no derivative',
    (a, b) => (a < b ? 1 : 0),
    (a, b) => E.selectLess(a, b, E.literal(1), E.literal(0)),
    () => [null, null],
    [
      { low: -2, high: 0 },
      { low: -1, high: 1 },
    ],
  ),
  where: record(
    'where',
    3,
    'b where a > 0.5, else c',
    (m, a, b) => (m > 0.5 ? a : b),
    (m, a, b) => E.selectLess(E.literal(0.5), m, a, b),
    (c, _, [m]) => [null, where(m, c, 0), where(m, 0, c)],
    [{ low: 0, high: 1, avoid: [0.5] }, {}, {}],
  ),
} satisfies Record<string, Primitive>;

Object.assign(listed, elementwise);

/** With u = exp(-|a|), as in softplus, so that the two share the exponential and neither overflows. */
function sigmoidExpr(a: E.Expr): E.Expr {
  const u = E.exp(E.neg(E.abs(a)));
  return E.div(E.selectLess(a, E.literal(0), u, E.literal(1)), E.add(E.literal(1), u));
}

/** tanh by (1 - e) / (1 + e) with e = exp(-2|a|); a short odd series near 0, where that cancels. */
function tanhExpr(a: E.Expr): E.Expr {
  const size = E.abs(a);
  const e = E.exp(E.mul(E.literal(-2), size));
  const far = E.div(E.sub(E.literal(1), e), E.add(E.literal(1), e));
  const square = E.mul(a, a);
  // Taylor series of tanh(a)/a; below 0.1 the first omitted term is 1e-15 of the result.
  const near = E.mul(size, E.polynomial(square, [-1382 / 155925, 62 / 2835, -17 / 315, 2 / 15, -1 / 3, 1]));
  const magnitude = E.selectLess(size, E.literal(0.1), near, far);
  return E.selectLess(a, E.literal(0), E.neg(magnitude), magnitude);
}

/** max(a, 0) + log(1 + u) with u = exp(-|a|). */
function softplusExpr(a: E.Expr): E.Expr {
  return E.add(E.max(a, E.literal(0)), E.log1pUnit(E.exp(E.neg(E.abs(a)))));
}

const numberOf = (x: Operand): number | undefined => (typeof x === 'number' ? x : literalValue(expectTensor(x)));
const isLiteral = (x: Operand, value: number): boolean => numberOf(x) === value;

/** `x` broadcast against `other`, for the identities below. */
const stretched = (x: Operand, other: Operand): Tensor => {
  const t = asTensor(x);
  return broadcastTo(t, broadcastShapes(t.shape, asTensor(other).shape, 'broadcast'));
};

/*
 * The public functions below take tensors or numbers whose shapes broadcast (NumPy's rule, see `broadcastShapes`), and throw
 * where shapes do not.
 */

/**
 * a + b, elementwise. As for all such functions, operands are tensors or numbers whose shapes broadcast (NumPy's rule: aligned
 * at the last axis, axes of size 1 stretch; a named dimension equals only itself), and the result has the shape of both.
 * Throws where shapes do not broadcast, and for what is neither a tensor nor a number.
 *
 * @example tensor([1, 2]).add(1); // [2, 3]
 */
export const add = (a: Operand, b: Operand): Tensor =>
  isLiteral(a, 0) ? stretched(b, a) : isLiteral(b, 0) ? stretched(a, b) : apply(elementwise.add, a, b);
/**
 * a - b, elementwise; shapes broadcast as for `add`.
 *
 * @example tensor([[1], [2]]).sub(tensor([1, 2])); // [[0, -1], [1, 0]]
 */
export const sub = (a: Operand, b: Operand): Tensor =>
  isLiteral(b, 0) ? stretched(a, b) : isLiteral(a, 0) ? stretched(neg(b), a) : apply(elementwise.sub, a, b);
/**
 * a b, elementwise; shapes broadcast as for `add`. In rules of derivatives use `gate`.
 *
 * @example tensor([1, 2]).mul(tensor([3, 4])); // [3, 8]
 */
export const mul = (a: Operand, b: Operand): Tensor =>
  isLiteral(a, 1) ? stretched(b, a) : isLiteral(b, 1) ? stretched(a, b) : apply(elementwise.mul, a, b);
/** 2^-126 and 2^126: float32 holds all powers of two in between, and their inverses, as normal numbers. */
const EXACT_POWERS = [2 ** -126, 2 ** 126] as const;
/** Is a division by this number the same, to the last bit and in any precision, as a product with its inverse? */
const hasExactInverse = (x: number): boolean => {
  const size = Math.abs(x);
  return size >= EXACT_POWERS[0] && size <= EXACT_POWERS[1] && 2 ** Math.round(Math.log2(size)) === size;
};

/**
 * a / b, elementwise; shapes broadcast as for `add`. By 0 it is infinite, or NaN for 0 / 0. A division by a power of two is built
 * as a product, which has the same bits; one by another number is not, since that would change the last place.
 *
 * @example tensor([1, 0]).div(tensor([4, 3])); // [0.25, 0]
 */
export function div(a: Operand, b: Operand): Tensor {
  const divisor = numberOf(b);
  return divisor !== undefined && hasExactInverse(divisor)
    ? mul(stretched(a, b), 1 / divisor)
    : apply(elementwise.div, a, b);
}
/**
 * -a, elementwise.
 *
 * @example tensor([1, -2]).neg(); // [-1, 2]
 */
export const neg = (a: Operand): Tensor =>
  typeof a !== 'number' && expectTensor(a).op === elementwise.neg ? a.inputs[0] : apply(elementwise.neg, a);
/**
 * 1 / a, elementwise: Infinity at 0.
 *
 * @example tensor([0.5, 4]).reciprocal(); // [2, 0.25]
 */
export const reciprocal = (a: Operand): Tensor => div(1, a);
/**
 * |a|, elementwise; the derivative at 0 is 0.
 *
 * @example tensor([-2, 3]).abs(); // [2, 3]
 */
export const abs = (a: Operand): Tensor => apply(elementwise.abs, a);
/**
 * -1, 0 or 1, elementwise; NaN stays NaN. The derivative is 0 everywhere.
 *
 * @example tensor([-2, 0, 3]).sign(); // [-1, 0, 1]
 */
export const sign = (a: Operand): Tensor => apply(elementwise.sign, a);
/**
 * e^a, elementwise.
 *
 * @example tensor([0, 1]).exp(); // [1, 2.71828]
 */
export const exp = (a: Operand): Tensor => apply(elementwise.exp, a);
/**
 * The natural logarithm, elementwise: -Infinity at 0, NaN below.
 *
 * @example tensor([1, 10]).log(); // [0, 2.30259]
 */
export const log = (a: Operand): Tensor => apply(elementwise.log, a);
/**
 * The square root, elementwise, NaN below 0. The derivative at 0 is Infinity, but a derivative of 0 from behind stops it (see
 * `gate`): that of cos(sqrt(x)) at 0 comes out as 0 instead of -1/2. The square of a root has its right derivative, 1.
 *
 * @example tensor([4, 2]).sqrt(); // [2, 1.41421]
 */
export const sqrt = (a: Operand): Tensor => apply(elementwise.sqrt, a);
/**
 * The sine, elementwise; a is in radians.
 *
 * @example tensor([0, 1]).sin(); // [0, 0.841471]
 */
export const sin = (a: Operand): Tensor => apply(elementwise.sin, a);
/**
 * The cosine, elementwise; a is in radians.
 *
 * @example tensor([0, 1]).cos(); // [1, 0.540302]
 */
export const cos = (a: Operand): Tensor => apply(elementwise.cos, a);
/**
 * The largest integer that is not above a, elementwise. The derivative is 0 everywhere.
 *
 * @example tensor([1.7, -1.2]).floor(); // [1, -2]
 */
export const floor = (a: Operand): Tensor => apply(elementwise.floor, a);
/**
 * 1 / (1 + e^-a), the logistic function, elementwise.
 *
 * @example tensor([0, 2]).sigmoid(); // [0.5, 0.880797]
 */
export const sigmoid = (a: Operand): Tensor => apply(elementwise.sigmoid, a);
/**
 * The hyperbolic tangent, elementwise.
 *
 * @example tensor([0, 1]).tanh(); // [0, 0.761594]
 */
export const tanh = (a: Operand): Tensor => apply(elementwise.tanh, a);
/**
 * log(1 + e^a), elementwise, without overflow.
 *
 * @example tensor([0, 1000]).softplus(); // [0.693147, 1000]
 */
export const softplus = (a: Operand): Tensor => apply(elementwise.softplus, a);
/**
 * The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to a, elementwise. Computed by its series, and by a
 * continued fraction from 1.6 on (Abramowitz and Stegun, 7.1.14).
 *
 * @example tensor([0, 1]).erf(); // [0, 0.842701]
 */
export const erf = (a: Operand): Tensor => apply(elementwise.erf, a);
/**
 * a b, elementwise, but 0 wherever a is 0, whatever b is; shapes broadcast as for `add`. Where a is the literal 0, b is not even
 * computed, and still counts as reached by `gradWithReach`.
 *
 * @example tensor([0, 2]).gate(tensor([Infinity, 3])); // [0, 6]
 */
export const gate = (a: Operand, b: Operand): Tensor => apply(elementwise.gate, a, b);
/**
 * 1 where a < b, else 0, also where one of them is NaN; shapes broadcast as for `add`. The derivative is 0 everywhere.
 *
 * @example tensor([1, 2, 3]).less(2); // [1, 0, 0]
 */
export const less = (a: Operand, b: Operand): Tensor => apply(elementwise.less, a, b);
/**
 * `a` where the mask is 1, `b` where it is 0 (the border is 0.5); shapes broadcast as for `add`.
 *
 * A branch not taken adds nothing to derivatives, also where a root, a logarithm or a quotient in it is infinite: rules
 * multiply by `gate`, in which a derivative of 0 stops an infinite one. A factor that is itself infinite there (x log x at 0)
 * makes 0 times infinity: give such a branch a safe argument, as `norm` does.
 *
 * The same gate makes derivatives of smooth functions of a root or a norm at 0 wrong, such as cos(sqrt(x)):
 * docs/derivatives.md says what is returned where, and `checkGradients` finds it.
 *
 * @example
 * const x = tensor([-1, 4]);
 * where(less(x, 0), 0, sqrt(x)); // [0, 2]
 */
export const where = (mask: Operand, a: Operand, b: Operand): Tensor => apply(elementwise.where, mask, a, b);
