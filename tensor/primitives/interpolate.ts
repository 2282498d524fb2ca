/**
 * Interpolation in a table of a function's values and slopes, and its transpose.
 *
 * A table row (a knot) holds [value | slope] of C channels, slopes in units of the knot spacing. Between knots k and
 * k+1, at t in [0, 1], the result is the cubic Hermite polynomial that matches both rows: value and first derivative
 * are continuous everywhere. Both primitives are linear in the table and in the cotangent, and d/dt raises `order`, so
 * the pair is closed under differentiation.
 */

import * as E from '../compile/expr.ts';
import { product, sameSize } from '../dimension.ts';
import { callerError } from '../errors.ts';
import { constantIndex, indexCount, pointsAtPairs } from '../leaves.ts';
import type { Draw, Primitive } from '../primitive.ts';
import { node, showTensor, type Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { sum } from './reduce.ts';

/** Hermite polynomials, coefficients of t^0..t^3: [left knot, right knot] x [value, slope]. */
const HERMITE: readonly (readonly (readonly number[])[])[] = [
  [
    [1, 0, -3, 2],
    [0, 1, -2, 1],
  ],
  [
    [0, 0, 3, -2],
    [0, 0, -1, 1],
  ],
];

/** Columns of a table per channel: value and slope. */
export const PARTS = 2;

const differentiate = (c: readonly number[]): number[] => c.slice(1).map((a, k) => a * (k + 1));

/** The `order`-th derivative of the Hermite polynomial of `side` (0 left, 1 right) and `derivative` (0 or 1). */
export function hermite(side: number, derivative: number, order: number): number[] {
  let c: readonly number[] = HERMITE[side][derivative];
  for (let k = 0; k < order; k++) c = differentiate(c);
  return c.length === 0 ? [0] : [...c];
}

/** By Horner's rule, as `E.polynomial`: a constant does not ask for t. */
const evaluate = (c: readonly number[], t: number): number => c.reduceRight((total, a) => total * t + a);

/** The four weights at t as expressions, [side][derivative]. */
export const hermiteExprs = (t: E.Expr, order: number): E.Expr[][] =>
  [0, 1].map((side) => [0, 1].map((d) => E.polynomial(t, hermite(side, d, order).reverse())));

const weightsAt = (t: number, order: number): number[][] =>
  [0, 1].map((side) => [0, 1].map((d) => evaluate(hermite(side, d, order), t)));

/** The third derivative is constant between knots; beyond it all are zero. */
export const HIGHEST_ORDER = 3;

export const interpolatePrimitive: Primitive = {
  name: 'interpolate',
  doc: 'order-th derivative of the cubic Hermite interpolant of table rows k and k+1 at t',
  shape: ([table, knot, t]) => {
    const columns = table.shape[1];
    if (table.shape.length !== 2 || typeof columns !== 'number' || columns % PARTS !== 0) {
      throw callerError(`interpolate: expected a table [knots, 2 channels], got ${showTensor(table)}.`);
    }
    if (!sameSize(table.shape[0], indexCount(knot)) || !sameSize(knot.shape[0], t.shape[0])) {
      throw callerError(
        `interpolate: table ${showTensor(table)}, knots ${showTensor(knot)} and t ${showTensor(t)} do not fit.`,
      );
    }
    return [t.shape[0], columns / PARTS];
  },
  reference: ([table, knot, t], { order }, shape) => {
    const channels = shape[1];
    const out = new Float64Array(product(shape));
    t.data.forEach((at, row) => {
      weightsAt(at, order as number).forEach((weights, side) => {
        const from = (knot.data[row] + side) * PARTS * channels;
        for (let d = 0; d < PARTS; d++)
          for (let c = 0; c < channels; c++)
            out[row * channels + c] += weights[d] * table.data[from + d * channels + c];
      });
    });
    return out;
  },
  vjp: (c, _, [table, knot, t], { order }) => [
    interpolateTransposed(c, knot, t, order as number),
    null,
    (order as number) >= HIGHEST_ORDER
      ? null
      : sum(mul(c, interpolate(table, knot, t, (order as number) + 1)), { axis: -1 }),
  ],
  lowering: { kind: 'interpolate' },
  sample: (draw) => {
    const { table, t, knot, order } = sampleTable(draw);
    return { inputs: [table, t], apply: ([a, b]) => interpolate(a, knot, b, order) };
  },
};

export const interpolateTransposedPrimitive: Primitive = {
  name: 'interpolateTransposed',
  doc: 'transpose of interpolate: rows added to the table rows that they were interpolated from',
  shape: ([x, knot, t]) => {
    const channels = x.shape[1];
    if (x.shape.length !== 2 || typeof channels !== 'number' || !sameSize(x.shape[0], t.shape[0])) {
      throw callerError(
        `interpolateTransposed: expected rows [rows, channels] with t [rows], got ${showTensor(x)} and ${showTensor(t)}.`,
      );
    }
    return [indexCount(knot), PARTS * channels];
  },
  reference: ([x, knot, t], { order }, shape) => {
    const channels = shape[1] / PARTS;
    const out = new Float64Array(product(shape));
    t.data.forEach((at, row) => {
      weightsAt(at, order as number).forEach((weights, side) => {
        const to = (knot.data[row] + side) * PARTS * channels;
        for (let d = 0; d < PARTS; d++)
          for (let c = 0; c < channels; c++) out[to + d * channels + c] += weights[d] * x.data[row * channels + c];
      });
    });
    return out;
  },
  vjp: (c, _, [x, knot, t], { order }) => [
    interpolate(c, knot, t, order as number),
    null,
    (order as number) >= HIGHEST_ORDER
      ? null
      : sum(mul(x, interpolate(c, knot, t, (order as number) + 1)), { axis: -1 }),
  ],
  lowering: { kind: 'interpolateTransposed' },
  sample: (draw) => {
    const { rows, t, knot, order } = sampleTable(draw);
    return { inputs: [rows, t], apply: ([a, b]) => interpolateTransposed(a, knot, b, order) };
  },
};

function sampleTable(draw: Draw) {
  const [rows, knots, channels, order] = [
    draw.integer(1, 7),
    draw.integer(2, 5),
    draw.integer(1, 5),
    draw.integer(0, 2),
  ];
  const knot = constantIndex(
    Array.from({ length: rows }, () => draw.integer(0, knots - 2)),
    knots,
  );
  return {
    order,
    knot,
    t: { shape: [rows], data: draw.reals(rows, 0, 1) },
    table: { shape: [knots, PARTS * channels], data: draw.reals(knots * PARTS * channels, -1, 1) },
    rows: { shape: [rows, channels], data: draw.reals(rows * channels, -1, 1) },
  };
}

const expectOrder = (order: number, where: string): { order: number } => {
  if (Number.isInteger(order) && order >= 0 && order <= HIGHEST_ORDER) return { order };
  throw callerError(`${where}: expected 0 to ${HIGHEST_ORDER} derivatives with respect to t, got ${order}.`);
};
const expectKnots = (knot: Tensor, where: string): Tensor => {
  if (knot.dtype === 'index') return pointsAtPairs(knot);
  throw callerError(`${where}: expected an index of knots as second input, got ${showTensor(knot)} reals.`);
};

/** `table` [knots, 2 C] at knot + t, [rows, C]; `order` derivatives with respect to t (0 to 3) are taken. */
export const interpolate = (table: Tensor, knot: Tensor, t: Tensor, order = 0): Tensor =>
  node(interpolatePrimitive, [table, expectKnots(knot, 'interpolate'), t], expectOrder(order, 'interpolate'));
/** The transpose of `interpolate` with respect to its table, [knots, 2 C]. */
export const interpolateTransposed = (x: Tensor, knot: Tensor, t: Tensor, order = 0): Tensor =>
  node(
    interpolateTransposedPrimitive,
    [x, expectKnots(knot, 'interpolateTransposed'), t],
    expectOrder(order, 'interpolateTransposed'),
  );
