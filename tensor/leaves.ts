/**
 * Leaves of the graph: where numbers come in.
 *
 * - `literal`: a number written in the formula; equal literals are one node and may be folded.
 * - `tensor`: an array given once.
 * - `input`: a placeholder, fed at every call (a batch, a learning rate).
 * - `variable`: named state with an identity: parameters, optimiser moments. Plans may update it.
 * - `index`: row numbers into another tensor, fed at every run or given once.
 * - `sizeOf`: the number of rows of a named dimension, as a real number.
 */

import { expectCount, expectNumbers, rowNumbers } from './checks.ts';
import { relabel } from './console.ts';
import { described } from './described.ts';
import {
  type Dimension,
  isDimension,
  isNamed,
  product,
  rowWidth,
  type Shape,
  type Size,
  showShape,
  validateShape,
} from './dimension.ts';
import { callerError } from './errors.ts';
import { flatten, type NumbersLike, numbersFor } from './nested.ts';
import type { Attributes, Primitive } from './primitive.ts';
import { freshIdentity, type Numbers, node, type Tensor } from './tensor.ts';

/** Row numbers, and optionally the reverse direction: rows grouped by destination (see graph/indexing.ts). */
export interface IndexValue {
  /** Destination of every row, in [0, count). */
  readonly values: Int32Array;
  readonly count: number;
  readonly pointers?: Int32Array;
  readonly permutation?: Int32Array;
}

export type LeafRole = 'input' | 'variable' | 'constant' | 'index';

interface LeafAttributes extends Attributes {
  readonly identity: number;
  readonly name: string;
  readonly role: LeafRole;
  readonly shape: Shape;
  /** For indices: the size of what the rows point into. */
  readonly count?: Size;
}

const initial = new WeakMap<Tensor, Float64Array | IndexValue>();

const leafRecord = (name: string, doc: string, dtype: 'real' | 'index'): Primitive => ({
  name,
  doc,
  dtype,
  shape: (_, attributes) => attributes.shape as Shape,
  reference: () => {
    throw callerError('a leaf has no definition: engines bind its value');
  },
  vjp: () => [],
  lowering: { kind: 'leaf' },
  sample: null,
});

const realLeaf = leafRecord('leaf', 'An input, variable or constant.', 'real');
const indexLeaf = leafRecord('index', 'Row numbers into another tensor.', 'index');

export const literalPrimitive: Primitive = {
  ...leafRecord('literal', 'A number written in a formula.', 'real'),
  shape: () => [],
  reference: (_, { value, text }) => Float64Array.of(text === undefined ? (value as number) : Number(text)),
};

export const sizePrimitive: Primitive = {
  ...leafRecord('sizeOf', 'The number of rows of a named dimension.', 'real'),
  shape: () => [],
};

function leaf(role: LeafRole, shape: Shape, name: string): Tensor {
  validateShape(shape, name);
  return node(realLeaf, [], { identity: freshIdentity(), name, role, shape } satisfies LeafAttributes);
}

/**
 * A placeholder of the given shape, for which every call of a compiled function must be given numbers. Messages and printed graphs
 * call it by its name. Throws unless sizes are whole numbers from 0 or, for the first axis, a named dimension.
 *
 * @example
 * const x = input([dimension('atoms'), 3], 'positions'); // in Angstrom, say
 * const f = compile({ x }, { centre: x.mean({ axis: 0 }) });
 * (await f({ x: [[0, 0, 0], [2, 4, 6]] })).centre; // [1, 2, 3]
 */
export const input = (shape: Shape, name = 'input'): Tensor => leaf('input', shape, name);

/**
 * State with a name, such as a parameter: an engine keeps its numbers between runs, and plans may update them.
 *
 * `value` holds its first numbers: lists in lists, or flat numbers with a shape. A single number fills the shape, which may
 * then have a named dimension, as a strain of zeros for every structure has. Throws where the numbers do not fit the shape.
 *
 * @example
 * const weight = variable(normal(key(1), 6), [2, 3], 'layer.weight');
 * const bias = variable([0, 0], 'layer.bias');
 * weight.matmul(tensor([1, 1, 1])).add(bias).shape; // [2]
 */
export function variable(value: NumbersLike, name?: string): Tensor;
export function variable(value: Numbers | number, shape: Shape, name?: string): Tensor;
export function variable(value: NumbersLike, first?: string | Shape, second?: string): Tensor {
  return withNumbers('variable', value, first, second);
}

/**
 * An array of numbers given once: lists in lists, or flat numbers with a shape. A single number without a name or shape is
 * written into formulas as it is.
 *
 * Throws where lists are of unequal length, hold something else than numbers, or do not fill the shape.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor(new Float64Array(6), [2, 3]); // [[0, 0, 0], [0, 0, 0]]
 */
export function tensor(value: NumbersLike, name?: string): Tensor;
export function tensor(value: Numbers | number, shape: Shape, name?: string): Tensor;
export function tensor(value: NumbersLike, first?: string | Shape, second?: string): Tensor {
  return typeof value === 'number' && first === undefined
    ? literal(value)
    : withNumbers('constant', value, first, second);
}

/** A leaf that holds numbers from the start, of the given shape or of that of their lists. */
function withNumbers(
  role: 'variable' | 'constant',
  value: NumbersLike,
  first?: string | Shape,
  second?: string,
): Tensor {
  const shapeGiven = typeof first === 'object';
  const name = (shapeGiven ? second : first) ?? (role === 'constant' ? 'tensor' : role);
  const { data, shape: found } = flatten(value, name);
  const shape = shapeGiven ? first : (found ?? [data.length]);
  const made = leaf(role, shape, name);
  if (typeof value === 'number') initial.set(made, filled(value, shape));
  // Flat lists fill any shape; lists in lists have one of their own.
  else initial.set(made, checked((found?.length ?? 0) > 1 ? numbersFor(value, shape, name) : data, shape, name));
  relabel(made, String);
  return made;
}

/** A number in a formula, of shape []. Equal literals are one node. */
export function literal(value: number): Tensor {
  // JSON has no NaN, infinity or -0: keep such literals apart by text.
  return node(
    literalPrimitive,
    [],
    Number.isFinite(value) && !Object.is(value, -0)
      ? { value }
      : { value: null, text: Object.is(value, -0) ? '-0' : String(value) },
  );
}

/** The number a literal stands for, seen through broadcasts and reshapes; undefined for anything else. */
export function literalValue(tensor: Tensor): number | undefined {
  let t = tensor;
  while (t.op.name === 'broadcast' || t.op.name === 'reshape') t = t.inputs[0];
  if (t.op !== literalPrimitive) return undefined;
  return t.attributes.text === undefined ? (t.attributes.value as number) : Number(t.attributes.text);
}

/**
 * A placeholder for row numbers: `rows` of them, each below `count`, the number of rows that they point into; both are numbers or
 * named dimensions. A call is given `{ values, count }` for it, with an Int32Array, and throws where values are not below `count`.
 *
 * @example
 * const sources = index(dimension('edges'), 3, 'sources');
 * const f = compile({ sources }, { picked: tensor([10, 20, 30]).gather(sources) });
 * (await f({ sources: { values: Int32Array.of(2, 0), count: 3 } })).picked; // [30, 10]
 */
export function index(rows: Size, count: Size, name = 'index'): Tensor {
  validateShape([rows], name);
  if (!isDimension(count)) expectCount(count, name);
  return node(indexLeaf, [], {
    identity: freshIdentity(),
    name,
    role: 'index',
    shape: [rows],
    count,
  } satisfies LeafAttributes);
}

/**
 * Row numbers given once: whole numbers from 0 to `count - 1`, for `gather` and its like. Throws, with the row, where one is not.
 *
 * @example tensor([10, 20, 30]).gather(constantIndex([2, 0], 3)); // [30, 10]
 */
export function constantIndex(values: Int32Array | readonly number[], count: number, name = 'index'): Tensor {
  const rows = rowNumbers(values, count, name);
  const made = index(rows.length, count, name);
  initial.set(made, { values: rows, count });
  return made;
}

const pairs = new WeakSet<Tensor>();
/** An index of which not only rows k are read but also rows k + 1: it must not point at the last row. */
export function pointsAtPairs(tensor: Tensor): Tensor {
  pairs.add(tensor);
  return tensor;
}
/** Rows that an index may point at, out of `count`. */
export const reachable = (tensor: Tensor, count: number): number => (pairs.has(tensor) ? count - 1 : count);

/**
 * The number of rows of a named dimension, known when a function runs; a tensor of shape []. Throws for anything else.
 *
 * @example
 * const energies = input([dimension('atoms')], 'energies');
 * const f = compile({ energies }, { perAtom: energies.sum().div(sizeOf(dimension('atoms'))) });
 * (await f({ energies: [1, 2, 6] })).perAtom; // 3
 */
export function sizeOf(size: Dimension): Tensor {
  if (!isDimension(size)) throw callerError(`sizeOf: expected a named dimension, got ${described(size)}.`);
  return node(sizePrimitive, [], { dimension: size });
}

export const isLeaf = (tensor: Tensor): boolean => tensor.op === realLeaf || tensor.op === indexLeaf;
export const leafRole = (tensor: Tensor): LeafRole => (tensor.attributes as LeafAttributes).role;
export const leafName = (tensor: Tensor): string => String(tensor.attributes.name ?? tensor.op.name);
export const indexCount = (tensor: Tensor): Size => (tensor.attributes as LeafAttributes).count!;

/** The values a leaf was made with (undefined for placeholders). A single number fills a shape with a named dimension. */
export const initialValue = (tensor: Tensor): Float64Array | IndexValue | undefined => initial.get(tensor);

/** A single number for all of a shape, as often as is known before a run tells the sizes of named dimensions. */
const filled = (value: number, shape: Shape): Float64Array =>
  new Float64Array(isNamed(shape[0]) ? 1 : product(shape as number[])).fill(value);

/** What a variable holds once `value` is written to it; a single number fills a named dimension. Throws unless it fits. */
export function written(tensor: Tensor, value: Numbers): Numbers {
  const { shape } = tensor;
  if (!isLeaf(tensor) || leafRole(tensor) !== 'variable')
    throw callerError(`write: expected a variable, got ${tensor.op.name}.`);
  expectNumbers(value, `write: the variable '${leafName(tensor)}'`);
  const { named, width, fits } = roomOf(shape);
  if ((named && value.length === 1) || fits(value.length)) return value;
  const holds = named ? `rows of ${width} numbers` : `${width} numbers`;
  throw callerError(
    `write: the variable '${leafName(tensor)}' ${showShape(shape)} holds ${holds}, got ${value.length}.`,
  );
}

/** Numbers of a shape, or of one of its rows if how many there are has a name; and whether so many fill it. */
function roomOf(shape: Shape): { named: boolean; width: number; fits: (count: number) => boolean } {
  const named = isNamed(shape[0]);
  const width = named ? rowWidth(shape) : product(shape as number[]);
  return { named, width, fits: (count) => (named ? count % Math.max(1, width) === 0 : count === width) };
}

function checked(value: Numbers, shape: Shape, name: string): Float64Array {
  expectNumbers(value, name);
  const { named, width, fits } = roomOf(shape);
  if (!fits(value.length)) {
    throw callerError(
      `${name}: shape ${showShape(shape)} needs ${named ? 'a multiple of ' : ''}${width} numbers, got ${value.length}.`,
    );
  }
  return Float64Array.from(value);
}
