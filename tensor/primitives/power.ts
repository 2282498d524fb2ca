/**
 * Powers with a fixed exponent, right at 0, at infinities and for negative numbers, to any order of derivatives.
 *
 * Small integers are products. All other exponents are one primitive whose rule is p x^(p - 1), so that a derivative is a
 * power again and every order is right because each is. Powers of powers become one power: (x^p)^q at 0 would
 * otherwise multiply a derivative of 0 by an infinite one.
 */

import * as E from '../compile/expr.ts';
import { callerError } from '../errors.ts';
import { literal, literalValue } from '../leaves.ts';
import type { Primitive } from '../primitive.ts';
import { node, type Tensor } from '../tensor.ts';
import { div, gate, mul, sqrt } from './elementwise.ts';
import { onlyFromZero } from './inverses.ts';
import { listed } from './listed.ts';
import { broadcastTo } from './movement.ts';

/** Integers up to this one, of either sign, are powered by products. */
const BY_PRODUCTS = 64;
/** A larger power of anything but 0, 1 and -1 is 0 or infinite in every precision. */
const LARGEST = 1e30;

/** a^p; NaN for negative numbers unless p is an integer, also for -Infinity, where Math.pow has Infinity. */
const powerNumber = (a: number, p: number): number => (a < 0 && !Number.isInteger(p) ? Number.NaN : a ** p);

/** e^(p log a), with the sign of a for odd p; log 0 is -Infinity, and e^-Infinity 0. */
function powerExpr(a: E.Expr, p: number): E.Expr {
  const ofSize = (q: number) => E.exp(E.mul(E.literal(q), E.log(E.abs(a))));
  if (!Number.isInteger(p)) return E.exp(E.mul(E.literal(p), E.log(a)));
  if (p % 2 === 0) return ofSize(p);
  return p > 0 ? E.mul(a, ofSize(p - 1)) : E.mul(E.div(E.literal(1), a), ofSize(p + 1));
}

const exponentOf = (attributes: Readonly<Record<string, unknown>>): number => attributes.exponent as number;

export const powerPrimitive: Primitive = {
  name: 'power',
  doc: 'a^p for a fixed exponent p; NaN for a < 0 unless p is an integer',
  shape: ([x]) => x.shape,
  reference: ([x], attributes) => x.data.map((a) => powerNumber(a, exponentOf(attributes))),
  vjp: (c, _, [x], attributes) => {
    const p = exponentOf(attributes);
    return [gate(c, mul(p, pow(x, p - 1)))];
  },
  lowering: { kind: 'map', expr: ([a], attributes) => powerExpr(a, exponentOf(attributes)) },
  sample: (draw) => {
    const shape = [draw.integer(1, 4), draw.integer(1, 9)];
    const exponent = [-2.5, -0.7, 0.3, 1.5, 3.25][draw.integer(0, 4)];
    return {
      inputs: [{ shape, data: draw.reals(shape[0] * shape[1], 0.4, 2) }],
      apply: ([x]) => pow(x, exponent),
    };
  },
};

/** By repeated squaring, for whole exponents from 1. */
function products(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  const half = products(x, Math.floor(exponent / 2));
  const whole = mul(half, half);
  return exponent % 2 === 0 ? whole : mul(whole, x);
}

/** What a root or a power with a broken exponent is a power of, and which; undefined for anything else. */
function brokenPower({ op, inputs, attributes }: Tensor): { base: Tensor; exponent: number } | undefined {
  if (op === listed.sqrt) return { base: inputs[0], exponent: 0.5 };
  const [one, root] = op === listed.div ? inputs : [];
  if (root?.op === listed.sqrt && literalValue(one) === 1) return { base: root.inputs[0], exponent: -0.5 };
  if (op !== powerPrimitive || Number.isInteger(exponentOf(attributes))) return undefined;
  return { base: inputs[0], exponent: exponentOf(attributes) };
}

/**
 * x^exponent, elementwise, for a finite number `exponent`. Throws for anything else, and for exponents above 1e30 in size.
 *
 * Negative numbers have powers for whole exponents only, otherwise NaN. x^0 is 1 for every x, also for 0 and NaN.
 * Derivatives are exponent x^(exponent - 1) and so on: at 0 those of x^1.5 are 0, then Infinity; those of x^0.5
 * Infinity, then -Infinity. A derivative of 0 that arrives from behind stops an infinite one, see `gate`.
 *
 * @example tensor([0, 4]).pow(1.5); // [0, 8]
 */
export function pow(x: Tensor, exponent: number): Tensor {
  if (typeof exponent !== 'number' || !(Math.abs(exponent) <= LARGEST)) {
    throw callerError(`pow: expected a number between -${LARGEST} and ${LARGEST} as exponent, got ${exponent}.`);
  }
  if (exponent === 0) return broadcastTo(literal(1), x.shape);
  if (exponent === 1) return x;
  const inner = brokenPower(x);
  if (inner && Math.abs(inner.exponent * exponent) <= LARGEST) {
    const total = inner.exponent * exponent;
    return pow(Number.isInteger(total) ? onlyFromZero(inner.base) : inner.base, total);
  }
  if (exponent === 0.5) return sqrt(x);
  if (exponent === -0.5) return div(1, sqrt(x));
  if (!Number.isInteger(exponent) || Math.abs(exponent) > BY_PRODUCTS) return node(powerPrimitive, [x], { exponent });
  // A power of the reciprocal instead of the reciprocal of a power: its derivatives hold no product of 0 and infinity.
  return exponent < 0 ? products(div(1, x), -exponent) : products(x, exponent);
}
