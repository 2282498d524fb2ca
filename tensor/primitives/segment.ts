/**
 * Rows picked and rows added up: gather <-> segmentSum are each other's transpose.
 *
 * An index names, for every row, a row elsewhere (an edge's source atom). There is no scatter: segment sums
 * add rows in row order, so equal inputs give equal bits. An empty segment is 0, also for the maximum.
 */

import { product, type Shape, sameSize, showSize } from '../dimension.ts';
import { callerError } from '../errors.ts';
import { constantIndex, indexCount, literal } from '../leaves.ts';
import type { Draw, NumberArray, Primitive } from '../primitive.ts';
import { node, showTensor, Tensor } from '../tensor.ts';
import { add, div, less, mul, sub, where } from './elementwise.ts';
import { broadcastTo, reshape } from './movement.ts';

const expectIndex = (x: Tensor, index: Tensor, where: string): void => {
  if (index.dtype !== 'index')
    throw callerError(`${where}: expected an index as second input, got ${showTensor(index)} reals.`);
  if (x.shape.length === 0) throw callerError(`${where}: expected rows, got a number.`);
};

const width = (x: NumberArray): number => product(x.shape.slice(1));

export const gatherPrimitive: Primitive = {
  name: 'gather',
  doc: 'rows of the first input, picked by an index',
  shape: ([x, index]) => {
    expectIndex(x, index, 'gather');
    if (!sameSize(x.shape[0], indexCount(index))) {
      throw callerError(
        `gather: the index ${showTensor(index)} points into ${showSize(indexCount(index))} rows, the input is ${showTensor(x)}.`,
      );
    }
    return [index.shape[0], ...x.shape.slice(1)];
  },
  reference: ([x, index]) => {
    const n = width(x);
    const out = new Float64Array(index.data.length * n);
    index.data.forEach((row, k) => {
      for (let c = 0; c < n; c++) out[k * n + c] = x.data[row * n + c];
    });
    return out;
  },
  vjp: (c, _, [, index]) => [segmentSum(c, index), null],
  lowering: { kind: 'gather' },
  sample: (draw) => {
    const { x, index } = sampleRows(draw);
    return { inputs: [x.count], apply: ([t]) => gather(t, index) };
  },
};

const segmentShape = ([x, index]: readonly Tensor[]): Shape => {
  expectIndex(x, index, 'segment');
  if (!sameSize(x.shape[0], index.shape[0])) {
    throw callerError(`segment: the index is ${showTensor(index)}, the input ${showTensor(x)}; expected as many rows.`);
  }
  return [indexCount(index), ...x.shape.slice(1)];
};

export const segmentSumPrimitive: Primitive = {
  name: 'segmentSum',
  doc: 'rows added up at the rows named by an index',
  shape: segmentShape,
  reference: ([x, index], _, shape) => {
    const n = width(x);
    const out = new Float64Array(product(shape));
    index.data.forEach((row, k) => {
      for (let c = 0; c < n; c++) out[row * n + c] += x.data[k * n + c];
    });
    return out;
  },
  vjp: (c, _, [, index]) => [gather(c, index), null],
  lowering: { kind: 'segment', mode: 'add' },
  sample: (draw) => {
    const { x, index } = sampleRows(draw);
    return { inputs: [x.rows], apply: ([t]) => segmentSum(t, index) };
  },
};

export const segmentMaxPrimitive: Primitive = {
  name: 'segmentMaxRaw',
  doc: 'maximum of the rows named by an index (of nothing: -Infinity)',
  shape: segmentShape,
  reference: ([x, index], _, shape) => {
    const n = width(x);
    const out = new Float64Array(product(shape)).fill(-Infinity);
    index.data.forEach((row, k) => {
      for (let c = 0; c < n; c++) out[row * n + c] = Math.max(out[row * n + c], x.data[k * n + c]);
    });
    return out;
  },
  vjp: (c, y, [x, index]) => {
    const ties = sub(1, less(x, gather(y, index)));
    const count = segmentSum(ties, index);
    return [mul(gather(div(c, add(count, less(count, 0.5))), index), ties), null];
  },
  lowering: { kind: 'segment', mode: 'max' },
  sample: (draw) => {
    const { x, index } = sampleRows(draw);
    return { inputs: [x.rows], apply: ([t]) => segmentMax(t, index) };
  },
};

/** Rows and an index with repeated, missing and unsorted destinations. */
function sampleRows(draw: Draw) {
  const rows = draw.integer(1, 9);
  const count = draw.integer(1, 5);
  const channels = draw.integer(1, 5);
  const index = constantIndex(
    Array.from({ length: rows }, () => draw.integer(0, count - 1)),
    count,
  );
  const values = (n: number) => {
    const data = draw.reals(n * channels, -0.01, 0.01).map((r, k) => r + Math.sin(12.9898 * (k + 1)) * 3);
    return { shape: [n, channels], data };
  };
  return { x: { rows: values(rows), count: values(count) }, index };
}

/**
 * Row `index[k]` of `x` as row k: `x` [count, ...] becomes [rows, ...]. The index is a tensor, or a list of row numbers that
 * stay the same. Throws unless it points into `count` rows.
 *
 * @example
 * const sources = constantIndex([2, 0, 0], 3); // of each edge, its source atom
 * tensor([[1, 2], [3, 4], [5, 6]]).gather(sources); // [[5, 6], [1, 2], [1, 2]]
 * tensor([1, 2, 3]).gather([2, 0]); // [3, 1]
 */
export function gather(x: Tensor, index: Tensor | Int32Array | readonly number[]): Tensor {
  if (index instanceof Tensor) return node(gatherPrimitive, [x, index]);
  const [count] = x.shape;
  if (typeof count !== 'number') {
    throw callerError(
      `gather: a list of rows needs a number of rows, but those of ${showTensor(x)} have a name. Give an index.`,
    );
  }
  return node(gatherPrimitive, [x, constantIndex(index, count)]);
}
/**
 * Adds row k of `x` to row `index[k]`: `x` [rows, ...] becomes [count, ...], with 0 where no row points. Rows are added in
 * order. Throws unless the index has as many rows as `x`.
 *
 * @example tensor([1, 2, 3]).segmentSum(constantIndex([1, 0, 1], 3)); // [2, 4, 0]
 */
export const segmentSum = (x: Tensor, index: Tensor): Tensor => node(segmentSumPrimitive, [x, index]);

/**
 * The number of rows of an index that point at each destination, [count]. Throws for anything but an index.
 *
 * @example degree(constantIndex([1, 0, 1], 3)); // [1, 2, 0]
 */
export const degree = (index: Tensor): Tensor => segmentSum(broadcastTo(literal(1), index.shape), index);

/**
 * The mean of the rows that point at each destination, 0 where none does. Shapes and errors are those of `segmentSum`.
 *
 * @example tensor([1, 2, 3]).segmentMean(constantIndex([1, 0, 1], 3)); // [2, 2, 0]
 */
export function segmentMean(x: Tensor, index: Tensor): Tensor {
  const total = segmentSum(x, index);
  const count = degree(index);
  const safe = add(count, less(count, 0.5));
  return div(total, reshape(safe, [safe.shape[0], ...x.shape.slice(1).map(() => 1)]));
}

/**
 * The maximum of the rows that point at each destination, 0 where none does; ties share its derivative equally. Shapes and errors
 * are those of `segmentSum`.
 *
 * @example tensor([1, 2, 3]).segmentMax(constantIndex([1, 0, 1], 3)); // [2, 3, 0]
 */
export function segmentMax(x: Tensor, index: Tensor): Tensor {
  const top = node(segmentMaxPrimitive, [x, index]);
  const count = degree(index);
  const present = less(0.5, reshape(count, [count.shape[0], ...x.shape.slice(1).map(() => 1)]));
  return where(present, top, 0);
}
