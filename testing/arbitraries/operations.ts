/**
 * What random programs are made of: functions that are smooth everywhere, keep shapes, and let neither values nor slopes
 * grow much, so that differences are accurate for programs of any depth.
 */
import {
  add,
  broadcastTo,
  concat,
  constantIndex,
  cos,
  cumsum,
  div,
  erf,
  exp,
  gather,
  matmul,
  mean,
  mul,
  reshape,
  segmentSum,
  sigmoid,
  sin,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '../../tensor/index.ts';

/** A step of a program: tensors of shapes that broadcast in, a tensor of their common shape out. */
export interface Operation {
  readonly arity: 1 | 2;
  readonly apply: (...x: Tensor[]) => Tensor;
  /** The formula, from those of the operands; by default the name with the operands in brackets. */
  readonly text?: (...x: string[]) => string;
}

const one = (apply: (x: Tensor) => Tensor, text?: (x: string) => string): Operation => ({
  arity: 1,
  apply: apply as Operation['apply'],
  ...(text && { text: text as NonNullable<Operation['text']> }),
});
const two = (apply: (x: Tensor, y: Tensor) => Tensor, text?: (x: string, y: string) => string): Operation => ({
  arity: 2,
  apply: apply as Operation['apply'],
  ...(text && { text: text as NonNullable<Operation['text']> }),
});

/** The operation along the first axis; a number counts as a list of one. */
const byRows = (f: (x: Tensor, rows: number) => Tensor) => (x: Tensor) => {
  const list = x.shape.length === 0 ? reshape(x, [1]) : x;
  return reshape(f(list, list.shape[0] as number), x.shape);
};
const pairsOfRows = new Map<number, Tensor>();
/** Every second row, twice: some rows are read twice, others never. One leaf, so that equal programs are equal graphs. */
function pairs(rows: number): Tensor {
  const known = pairsOfRows.get(rows);
  const rowOf = Array.from({ length: rows }, (_, k) => k - (k % 2));
  const index = known ?? constantIndex(rowOf, rows, 'pairs');
  pairsOfRows.set(rows, index);
  return index;
}
const turned = (x: Tensor, rows: number): Tensor =>
  rows > 1
    ? concat([
        slice(x, [[1, rows], ...x.shape.slice(1).map(() => null)]),
        slice(x, [[0, 1], ...x.shape.slice(1).map(() => null)]),
      ])
    : x;
/** X X^T X of the matrix that x is (a list is a row), made small. */
function cube(x: Tensor): Tensor {
  const columns = x.shape.length === 0 ? 1 : (x.shape[x.shape.length - 1] as number);
  const matrix = reshape(tanh(x), [x.shape.reduce<number>((n, size) => n * (size as number), 1) / columns, columns]);
  return reshape(mul(0.1, matmul(matmul(matrix, transpose(matrix)), matrix)), x.shape);
}

/**
 * The operations of `programs`, by name.
 *
 * @example programs({ operations: { ...OPERATIONS, mine: { arity: 1, apply: mine } } });
 */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  sin: one(sin),
  cos: one(cos),
  tanh: one(tanh),
  sigmoid: one(sigmoid),
  softplus: one(softplus),
  erf: one(erf),
  exp: one(
    (x) => exp(tanh(x)),
    (x) => `exp(tanh(${x}))`,
  ),
  square: one(
    (x) => mul(0.3, mul(x, x)),
    (x) => `0.3 * square(${x})`,
  ),
  mean: one((x) => broadcastTo(mean(x), x.shape)),
  sum: one(
    (x) => add(x, mul(0.2, sum(sin(x)))),
    (x) => `(${x} + 0.2 * sum(sin(${x})))`,
  ),
  // Not `softmax`: it has a rule of its own at each use, so equal programs would not be equal graphs.
  shares: one(
    (x) => div(exp(tanh(x)), sum(exp(tanh(x)))),
    (x) => `exp(tanh(${x})) / sum(exp(tanh(${x})))`,
  ),
  cumsum: one(
    byRows((x) => mul(0.5, cumsum(sin(x), 0))),
    (x) => `0.5 * cumsum(sin(${x}))`,
  ),
  turn: one(byRows(turned)),
  gather: one(
    byRows((x, rows) => gather(x, pairs(rows))),
    (x) => `gather(${x}, pairs)`,
  ),
  segmentSum: one(
    byRows((x, rows) => mul(0.5, segmentSum(sin(x), pairs(rows)))),
    (x) => `0.5 * segmentSum(sin(${x}), pairs)`,
  ),
  matmul: one(cube, (x) => `0.1 * cube(tanh(${x}))`),
  add: two(add, (x, y) => `(${x} + ${y})`),
  sub: two(sub, (x, y) => `(${x} - ${y})`),
  mul: two(
    (x, y) => mul(tanh(x), y),
    (x, y) => `tanh(${x}) * ${y}`,
  ),
  div: two(
    (x, y) => div(x, add(1.7, cos(y))),
    (x, y) => `${x} / (1.7 + cos(${y}))`,
  ),
};
