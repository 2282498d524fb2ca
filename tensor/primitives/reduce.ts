/**
 * Reductions over axes: sum and maximum. Sums over a named dimension run in row order.
 *
 * sum <-> broadcast are each other's transpose. Ties of a maximum share its cotangent equally.
 */
import { axisOf } from '../checks.ts';
import { described } from '../described.ts';
import { product, type Shape, sameSize } from '../dimension.ts';
import { callerError } from '../errors.ts';
import { sizeOf } from '../leaves.ts';
import type { Draw, NumberArray, Primitive } from '../primitive.ts';
import { node, type Tensor } from '../tensor.ts';
import { div, less, mul, sub } from './elementwise.ts';
import { broadcastTo, reshape, strides } from './movement.ts';

const reduceValues = (
  x: NumberArray,
  axes: readonly number[],
  shape: readonly number[],
  start: number,
  combine: (a: number, b: number) => number,
): Float64Array => {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const to = strides(shape);
  const step = new Array<number>(x.shape.length).fill(0);
  kept.forEach((axis, k) => {
    step[axis] = to[k];
  });
  const out = new Float64Array(product(shape)).fill(start);
  const position = new Array<number>(x.shape.length).fill(0);
  for (let k = 0; k < x.data.length; k++) {
    let offset = 0;
    for (let axis = 0; axis < position.length; axis++) offset += step[axis] * position[axis];
    out[offset] = combine(out[offset], x.data[k]);
    for (let axis = position.length - 1; axis >= 0 && ++position[axis] === x.shape[axis]; axis--) position[axis] = 0;
  }
  return out;
};

const withoutAxes = (shape: Shape, axes: readonly number[]): Shape => shape.filter((_, axis) => !axes.includes(axis));
const onesAt = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

/** `y` (a reduction of `x` over `axes`) repeated back to the shape of `x`. */
const spread = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  broadcastTo(reshape(y, onesAt(x.shape, axes)), x.shape);

const sample = (apply: (x: Tensor, axis: number[]) => Tensor) => (draw: Draw) => {
  const shape = [draw.integer(1, 4), draw.integer(1, 3), draw.integer(1, 9)];
  const axis = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]][draw.integer(0, 6)];
  // Distinct by construction: a tie would be a kink of the maximum.
  const data = draw.reals(product(shape), -0.01, 0.01).map((r, k) => r + Math.sin(12.9898 * (k + 1)) * 3);
  return { inputs: [{ shape, data }], apply: ([x]: readonly Tensor[]) => apply(x, axis) };
};

export const sumPrimitive: Primitive = {
  name: 'sum',
  doc: 'sum over axes',
  shape: ([x], { axes }) => withoutAxes(x.shape, axes as number[]),
  reference: ([x], { axes }, shape) => reduceValues(x, axes as number[], shape, 0, (a, b) => a + b),
  vjp: (c, _, [x], { axes }) => [spread(c, x, axes as number[])],
  lowering: { kind: 'reduce', mode: 'add' },
  sample: sample((x, axis) => sum(x, { axis })),
};

export const maxPrimitive: Primitive = {
  name: 'reduceMax',
  doc: 'maximum over axes (of nothing: -Infinity)',
  shape: ([x], { axes }) => withoutAxes(x.shape, axes as number[]),
  reference: ([x], { axes }, shape) => reduceValues(x, axes as number[], shape, -Infinity, Math.max),
  vjp: (c, y, [x], { axes }) => {
    const at = axes as number[];
    const top = spread(y, x, at);
    const ties = sub(1, less(x, top));
    return [mul(spread(div(c, sum(ties, { axis: at })), x, at), ties)];
  },
  lowering: { kind: 'reduce', mode: 'max' },
  sample: sample((x, axis) => reduceMax(x, { axis })),
};

export interface ReduceOptions {
  /** Axes to reduce (negative from the back); all when absent. */
  readonly axis?: number | readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keep?: boolean;
}

function reduce(op: Primitive, x: Tensor, options: ReduceOptions): Tensor {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw callerError(`${op.name}: expected options such as { axis: 0 }, got ${described(options)}.`);
  }
  const { axis, keep = false } = options;
  const listed = axis === undefined ? x.shape.map((_, k) => k) : Array.isArray(axis) ? axis : [axis as number];
  const axes = [...new Set(listed.map((a) => axisOf(x.shape, a, op.name)))].sort((a, b) => a - b);
  const y = axes.length === 0 ? x : node(op, [x], { axes });
  return keep ? reshape(y, onesAt(x.shape, axes)) : y;
}

/**
 * The sum over axes (all by default); the shape is that of `x` without them, or with 1 in their places where `keep` is set. A sum
 * over a named dimension runs in row order. Throws where `x` has no such axis.
 *
 * @example
 * sum(tensor([[1, 2], [3, 4]])); // 10
 * tensor([[1, 2], [3, 4]]).sum({ axis: -1, keep: true }); // [[3], [7]]
 */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(sumPrimitive, x, options);
/**
 * The maximum over axes (all by default), -Infinity over nothing; ties share its derivative equally. Shapes and errors are those
 * of `sum`.
 *
 * @example tensor([[1, 5], [4, 2]]).reduceMax({ axis: 1 }); // [5, 4]
 */
export const reduceMax = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(maxPrimitive, x, options);

/**
 * The mean over axes (all by default), NaN over nothing. The size of a named dimension is taken when the function runs. Shapes and
 * errors are those of `sum`.
 *
 * @example tensor([[1, 2], [3, 6]]).mean({ axis: 0 }); // [2, 4]
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = sum(x, options);
  const kept = sum(x, { ...options, keep: true }).shape;
  let count: Tensor | number = 1;
  x.shape.forEach((size, axis) => {
    if (sameSize(kept[axis], size)) return;
    count = mul(typeof size === 'number' ? size : sizeOf(size), count);
  });
  return div(total, count);
}
