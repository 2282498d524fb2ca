/**
 * Operations that move numbers and change none: broadcast, permute, slice, pad, reshape, and what is built from them.
 *
 * The transposes are again such operations or sums: broadcast <-> sum, permute <-> permute, reshape <-> reshape,
 * slice <-> pad. A named dimension is the first axis of every tensor that has it.
 */

import {
  isNamed,
  product,
  type Shape,
  type Size,
  sameShape,
  sameSize,
  showShape,
  validateShape,
} from '../dimension.ts';
import { callerError } from '../errors.ts';
import { literalValue } from '../leaves.ts';
import type { AxisView, NumberArray, Primitive } from '../primitive.ts';
import { node, showTensor, type Tensor } from '../tensor.ts';
import { add } from './elementwise.ts';
import { sum } from './reduce.ts';

/** Row-major strides. */
export const strides = (shape: readonly number[]): number[] => {
  const result = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result[axis] = stride;
    stride *= shape[axis];
  }
  return result;
};

/** Reads `source` at affine positions: the reference definition of every view. */
function readView(source: NumberArray, views: readonly AxisView[], shape: readonly number[]): Float64Array {
  const from = strides(source.shape);
  const out = new Float64Array(product(shape));
  const position = new Array<number>(shape.length).fill(0);
  for (let k = 0; k < out.length; k++) {
    let offset = 0;
    views.forEach((view, axis) => {
      offset += from[axis] * (view.start + (view.axis < 0 ? 0 : view.step * position[view.axis]));
    });
    out[k] = source.data[offset];
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) position[axis] = 0;
  }
  return out;
}

/** A view primitive: shape rule, axes and rule; the definition follows from the axes. */
const view = (
  part: Pick<Primitive, 'name' | 'doc' | 'shape' | 'vjp' | 'sample'>,
  axes: (input: Shape, attributes: Readonly<Record<string, unknown>>) => readonly AxisView[],
): Primitive => ({
  ...part,
  reference: ([x], attributes, shape) => readView(x, axes(x.shape, attributes), shape),
  lowering: { kind: 'view', axes },
});

export const broadcastPrimitive: Primitive = view(
  {
    name: 'broadcast',
    doc: 'repeats axes of size 1 and adds leading axes',
    shape: ([x], { shape }) => {
      const target = shape as Shape;
      const shift = target.length - x.shape.length;
      const fits = shift >= 0 && x.shape.every((size, axis) => size === 1 || sameSize(size, target[axis + shift]));
      if (!fits) throw callerError(`broadcast: ${showTensor(x)} does not broadcast to ${showShape(target)}.`);
      return target;
    },
    vjp: (c, _, [x]) => [unbroadcast(c, x.shape)],
    sample: (draw) => {
      const shape = [draw.integer(1, 3), draw.integer(1, 5)];
      const from = draw.integer(0, 1) === 0 ? [shape[1]] : [shape[0], 1];
      return {
        inputs: [{ shape: from, data: draw.reals(product(from), -2, 2) }],
        apply: ([x]) => broadcastTo(x, shape),
      };
    },
  },
  (input, { shape }) => {
    const shift = (shape as Shape).length - input.length;
    return input.map((size, axis) => ({ axis: size === 1 ? -1 : axis + shift, start: 0, step: 1 }));
  },
);

/**
 * `x` repeated to `shape`: axes of size 1 stretch, new axes come first (NumPy's rule). Throws where that does not fit.
 *
 * @example tensor([[1], [2]]).broadcastTo([2, 3]); // [[1, 1, 1], [2, 2, 2]]
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor => {
  validateShape(shape, 'broadcast');
  if (sameShape(x.shape, shape)) return x;
  const source = x.op === broadcastPrimitive && literalValue(x) !== undefined ? x.inputs[0] : x;
  return node(broadcastPrimitive, [source], { shape });
};

/** The transpose of broadcasting: sums `x` down to `shape`. */
export function unbroadcast(x: Tensor, shape: Shape): Tensor {
  const shift = x.shape.length - shape.length;
  const axes: number[] = [];
  x.shape.forEach((size, axis) => {
    if (axis < shift || (shape[axis - shift] === 1 && size !== 1)) axes.push(axis);
  });
  return reshape(sum(x, { axis: axes }), shape);
}

export const permutePrimitive: Primitive = view(
  {
    name: 'permute',
    doc: 'reorders axes: axis k of the result is axis order[k] of the input',
    shape: ([x], { order }) => (order as number[]).map((axis) => x.shape[axis]),
    vjp: (c, _, __, { order }) => {
      const inverse: number[] = [];
      (order as number[]).forEach((axis, k) => {
        inverse[axis] = k;
      });
      return [permute(c, inverse)];
    },
    sample: (draw) => {
      const shape = [2, 3, draw.integer(1, 5)];
      const order = [
        [0, 2, 1],
        [2, 0, 1],
        [1, 0, 2],
        [2, 1, 0],
      ][draw.integer(0, 3)];
      return { inputs: [{ shape, data: draw.reals(product(shape), -2, 2) }], apply: ([x]) => permute(x, order) };
    },
  },
  (input, { order }) => input.map((_, axis) => ({ axis: (order as number[]).indexOf(axis), start: 0, step: 1 })),
);

/**
 * Reorders axes: axis k of the result is axis `order[k]` of `x`. Throws unless `order` lists each axis once, and where a named
 * dimension would no longer be the first axis.
 *
 * @example input([2, 3, 4], 'x').permute([2, 0, 1]).shape; // [4, 2, 3]
 */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = new Set(order);
  if (order.length !== x.shape.length || !x.shape.every((_, axis) => axes.has(axis))) {
    throw callerError(`permute: expected an order of the ${x.shape.length} axes of ${showTensor(x)}, got [${order}].`);
  }
  return order.every((axis, k) => axis === k) ? x : node(permutePrimitive, [x], { order });
}

/**
 * Swaps the last two axes: [..., m, n] becomes [..., n, m]; a list [n] stays as it is. Throws where a named dimension would no
 * longer be the first axis.
 *
 * @example tensor([[1, 2], [3, 4]]).transpose(); // [[1, 3], [2, 4]]
 */
export const transpose = (x: Tensor): Tensor => {
  const order = x.shape.map((_, axis) => axis);
  order.push(...order.splice(-2).reverse());
  return permute(x, order);
};

interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

export const slicePrimitive: Primitive = view(
  {
    name: 'slice',
    doc: 'a regular range of each axis',
    shape: ([x], { ranges }) => x.shape.map((size, axis) => (ranges as (Range | null)[])[axis]?.count ?? size),
    vjp: (c, _, [x], { ranges }) => [padTo(c, x.shape, ranges as (Range | null)[])],
    sample: (draw) => {
      const shape = [draw.integer(2, 5), draw.integer(4, 9)];
      const ranges = [
        [draw.integer(0, 1), 2],
        [draw.integer(0, 2), 4, draw.integer(1, 2)],
      ] as const;
      return { inputs: [{ shape, data: draw.reals(product(shape), -2, 2) }], apply: ([x]) => slice(x, ranges) };
    },
  },
  (input, { ranges }) =>
    input.map((_, axis) => {
      const range = (ranges as (Range | null)[])[axis];
      return { axis, start: range?.start ?? 0, step: range?.step ?? 1 };
    }),
);

/** `[start, end)` or `[start, end, step]` for each axis, `null` for all of it; negative ends count from the back. */
export type SliceRange = readonly [number, number] | readonly [number, number, number] | null;

/**
 * A part of each axis, in the shape of these parts; axes without a range are kept whole. A range is `[start, end]`, without its end,
 * or `[start, end, step]`, or null for all of the axis; negative ends count from the back. Throws unless ranges are integers inside
 * their axes, and for a range of a named axis.
 *
 * @example tensor([[1, 2, 3], [4, 5, 6]]).slice([null, [0, 2]]); // [[1, 2], [4, 5]]
 */
export function slice(x: Tensor, ranges: readonly SliceRange[]): Tensor {
  if (ranges.length > x.shape.length) {
    throw callerError(`slice: ${ranges.length} ranges are more than ${showShape(x.shape)} has axes.`);
  }
  const full = x.shape.map((size, axis): Range | null => {
    const range = ranges[axis];
    if (!range) return null;
    if (isNamed(size)) throw callerError(`slice: axis ${axis} of ${showTensor(x)} is named and cannot be sliced.`);
    const [first, last, step = 1] = range;
    const start = first < 0 ? first + size : first;
    const end = last < 0 ? last + size : last;
    if (![start, end, step].every(Number.isInteger)) {
      throw callerError(`slice: expected integers for axis ${axis} of ${showTensor(x)}, got [${range}].`);
    }
    if (!(start >= 0 && start <= end && end <= size && step >= 1)) {
      throw callerError(`slice: range [${range}] does not fit axis ${axis} of ${showTensor(x)}.`);
    }
    return start === 0 && end === size && step === 1 ? null : { start, step, count: Math.ceil((end - start) / step) };
  });
  return full.every((range) => range === null) ? x : node(slicePrimitive, [x], { ranges: full });
}

export const padPrimitive: Primitive = {
  name: 'pad',
  doc: 'places the input at a regular range of a larger array of zeros',
  shape: (_, { shape }) => shape as Shape,
  reference: ([x], { ranges }, shape) => {
    const out = new Float64Array(product(shape));
    const to = strides(shape);
    const position = new Array<number>(shape.length).fill(0);
    for (let k = 0; k < x.data.length; k++) {
      let offset = 0;
      for (let axis = 0; axis < shape.length; axis++) {
        const range = (ranges as (Range | null)[])[axis];
        offset += to[axis] * ((range?.start ?? 0) + (range?.step ?? 1) * position[axis]);
      }
      out[offset] = x.data[k];
      for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === x.shape[axis]; axis--) position[axis] = 0;
    }
    return out;
  },
  vjp: (c, _, __, { ranges }) => [node(slicePrimitive, [c], { ranges })],
  lowering: {
    kind: 'pad',
    places: ({ ranges }) => (ranges as (Range | null)[]).map((r) => ({ start: r?.start ?? 0, step: r?.step ?? 1 })),
  },
  sample: (draw) => {
    const shape = [draw.integer(1, 3), draw.integer(1, 4)];
    const ranges = [null, { start: draw.integer(0, 2), step: draw.integer(1, 2), count: shape[1] }];
    const target = [shape[0], 12];
    return { inputs: [{ shape, data: draw.reals(product(shape), -2, 2) }], apply: ([x]) => padTo(x, target, ranges) };
  },
};

/** `x` moved by `by` places along its last axis; zeros come in, what leaves is lost. */
export function shifted(x: Tensor, by: number): Tensor {
  const last = x.shape.length - 1;
  const count = (x.shape[last] as number) - by;
  const kept = slice(
    x,
    x.shape.map((_, axis) => (axis === last ? [0, count] : null)),
  );
  return padTo(
    kept,
    x.shape,
    x.shape.map((_, axis) => (axis === last ? { start: by, step: 1, count } : null)),
  );
}

/** Zeros of `shape` with `x` at the given range of each axis: the transpose of `slice`. */
export const padTo = (x: Tensor, shape: Shape, ranges: readonly (Range | null)[]): Tensor =>
  node(padPrimitive, [x], { shape, ranges });

export const reshapePrimitive: Primitive = {
  name: 'reshape',
  doc: 'the same numbers in row-major order under another shape',
  shape: ([x], { shape }) => {
    const target = shape as Shape;
    const numbers = (s: Shape): number => product(s.filter((size) => !isNamed(size)) as number[]);
    const names = (s: Shape): string =>
      s
        .filter(isNamed)
        .map((size) => size.name)
        .join();
    if (numbers(x.shape) !== numbers(target) || names(x.shape) !== names(target)) {
      throw callerError(`reshape: ${showTensor(x)} cannot become ${showShape(target)}.`);
    }
    return target;
  },
  reference: ([x]) => x.data.slice(),
  vjp: (c, _, [x]) => [reshape(c, x.shape)],
  lowering: { kind: 'reshape' },
  sample: (draw) => {
    const n = draw.integer(1, 4);
    return { inputs: [{ shape: [n, 6], data: draw.reals(n * 6, -2, 2) }], apply: ([x]) => reshape(x, [n, 3, 2]) };
  },
};

/** The shape with the one -1 in it replaced by the size that is left for that axis. */
function withRest(x: Tensor, shape: Shape): Shape {
  const numbers = (sizes: Shape): number => product(sizes.filter((size) => !isNamed(size)) as number[]);
  const rest = numbers(x.shape) / -numbers(shape);
  if (shape.filter((size) => size === -1).length > 1 || !Number.isInteger(rest)) {
    throw callerError(
      `reshape: ${showTensor(x)} cannot become ${showShape(shape)}: one -1 stands for the size that is left.`,
    );
  }
  return shape.map((size) => (size === -1 ? rest : size));
}

/**
 * The same numbers, in row-major order, under another shape, in which one -1 stands for the
 * size that is left. Throws unless that has as many, and the same named dimension.
 *
 * @example tensor([1, 2, 3, 4]).reshape([2, 2]); // [[1, 2], [3, 4]]
 */
export const reshape = (x: Tensor, to: Shape): Tensor => {
  const shape = Array.isArray(to) && to.includes(-1) ? withRest(x, to) : to;
  validateShape(shape, 'reshape');
  if (sameShape(x.shape, shape)) return x;
  const source = x.op === reshapePrimitive ? x.inputs[0] : x;
  return sameShape(source.shape, shape) ? source : node(reshapePrimitive, [source], { shape });
};

/**
 * Joins tensors along an axis of numeric size, the first one by default, which gets as long as those of the parts together. Throws
 * for no tensor at all, where there is no such axis or a named one, and unless the parts agree in all other axes.
 *
 * @example concat([tensor([1, 2]), tensor([3])]); // [1, 2, 3]
 */
export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  if (parts.length === 0) throw callerError('concat: expected at least one tensor.');
  const rank = parts[0].shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < rank)) {
    throw callerError(`concat: ${showTensor(parts[0])} has no axis ${axis}.`);
  }
  const odd = parts.find(
    ({ shape }) => shape.length !== rank || shape.some((size, k) => k !== at && !sameSize(size, parts[0].shape[k])),
  );
  if (odd) {
    throw callerError(`concat: ${showTensor(odd)} and ${showTensor(parts[0])} differ in more than axis ${axis}.`);
  }
  const sizes = parts.map((part) => part.shape[at]);
  if (sizes.some(isNamed)) throw callerError('concat: a named dimension cannot be extended.');
  const total = (sizes as number[]).reduce((a, b) => a + b, 0);
  let start = 0;
  return parts
    .map((part) => {
      const count = part.shape[at] as number;
      const shape = part.shape.map((size, k): Size => (k === at ? total : size));
      const ranges = shape.map((_, k) => (k === at ? { start, step: 1, count } : null));
      start += count;
      return padTo(part, shape, ranges);
    })
    .reduce((a, b) => add(a, b));
}

/**
 * Joins tensors of one shape along a new axis, the first one by default: n tensors [m] give [n, m]. Throws for no tensor at all,
 * and where shapes differ or have no place for such an axis.
 *
 * @example stack([tensor([1, 2]), tensor([3, 4])], 1); // [[1, 3], [2, 4]]
 */
export const stack = (parts: readonly Tensor[], axis = 0): Tensor =>
  concat(
    parts.map((part) => unsqueeze(part, axis)),
    axis,
  );

/**
 * Adds an axis of size 1 at `axis` (from the back where negative): [n] becomes [n, 1] for -1. Throws where there is no such place,
 * and where a named dimension would no longer be the first axis.
 *
 * @example tensor([1, 2]).unsqueeze(-1); // [[1], [2]]
 */
export const unsqueeze = (x: Tensor, axis: number): Tensor => {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  if (!(Number.isInteger(at) && at >= 0 && at <= x.shape.length)) {
    throw callerError(`unsqueeze: ${showTensor(x)} has no place for an axis ${axis}.`);
  }
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};
