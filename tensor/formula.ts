/** A tensor in one readable line: what it is called, its shape, and the formula behind it, shortened. */
import { type Dimension, isNamed, showShape, showSize } from './dimension.ts';
import { initialValue, isLeaf, leafName, leafRole, literalValue } from './leaves.ts';
import { customName } from './primitives/custom.ts';
import type { Tensor } from './tensor.ts';
import { shortNumber, Value } from './value.ts';

/** Operations that are written between their operands, and how tightly they bind. */
const BETWEEN: Readonly<Record<string, { readonly sign: string; readonly tightness: number }>> = {
  add: { sign: ' + ', tightness: 1 },
  sub: { sign: ' - ', tightness: 1 },
  mul: { sign: ' * ', tightness: 2 },
  gate: { sign: ' * ', tightness: 2 },
  div: { sign: ' / ', tightness: 2 },
  less: { sign: ' < ', tightness: 0 },
};
/** Operations that repeat or rename axes and are not worth a word in a short formula. */
const SILENT = new Set(['broadcast', 'reshape']);
/** Deeper parts of a formula are written as three dots, and so is what does not fit. */
const DEPTH = 6;
const LENGTH = 100;

/** A formula in the usual notation, such as `sum(sin(x) * x)`. */
export function formulaOf(tensor: Tensor, depth = DEPTH): string {
  return write(tensor, depth, 0);
}

function write(tensor: Tensor, depth: number, tightness: number): string {
  const number = literalValue(tensor);
  if (number !== undefined) return shortNumber(number);
  if (isLeaf(tensor)) return leafName(tensor);
  if (SILENT.has(tensor.op.name)) return write(tensor.inputs[0], depth, tightness);
  if (tensor.op.name === 'sizeOf') return `sizeOf(${showSize(tensor.attributes.dimension as Dimension)})`;
  if (depth === 0) return '...';
  const [left, right] = tensor.inputs;
  if (tensor.op.name === 'mul' && left === right) return `${baseOf(left, depth)}^2`;
  if (tensor.op.name === 'power') return `${baseOf(left, depth)}^${tensor.attributes.exponent}`;
  const between = BETWEEN[tensor.op.name];
  if (between) {
    const text =
      write(left, depth - 1, between.tightness) + between.sign + write(right, depth - 1, between.tightness + 0.5);
    return between.tightness < tightness ? `(${text})` : text;
  }
  if (tensor.op.name === 'neg') {
    const text = `-${write(tensor.inputs[0], depth - 1, 3)}`;
    return tightness > 1 ? `(${text})` : text;
  }
  if (tensor.op.name === 'custom') return `custom(${writeCustom(tensor, depth - 1)})`;
  return `${tensor.op.name}(${writeList(tensor.inputs, depth - 1)})`;
}

const writeList = (tensors: readonly Tensor[], depth: number): string =>
  tensors.map((x) => write(x, depth, 0)).join(', ');

/** What a rule of one's own is about: the named function, such as `softmax(x)`, or else the formula of the value. */
function writeCustom({ inputs: [value, ...operands], attributes }: Tensor, depth: number): string {
  const name = customName(attributes);
  return name === '' || name === value.op.name ? write(value, depth, 0) : `${name}(${writeList(operands, depth)})`;
}

/** The base of a power, in brackets where it is one itself. */
function baseOf(tensor: Tensor, depth: number): string {
  const text = write(tensor, depth - 1, 3);
  return text.includes('^') && !text.startsWith('(') ? `(${text})` : text;
}

const cut = (text: string): string => (text.length > LENGTH ? `${text.slice(0, LENGTH - 3)}...` : text);

/** Such as `input 'x' [3]`, `tensor [2] = [1, 2]` or `tensor [] = sum(sin(x) * x)`. */
export function lineOf(tensor: Tensor): string {
  const shape = showShape(tensor.shape);
  if (!isLeaf(tensor)) return `tensor ${shape} = ${cut(formulaOf(tensor))}`;
  const role = leafRole(tensor);
  if (role !== 'constant') return `${role} '${leafName(tensor)}' ${shape}`;
  const name = leafName(tensor) === 'tensor' ? '' : ` '${leafName(tensor)}'`;
  const data = initialValue(tensor);
  // Missing only while the leaf is being made.
  // A single number may fill a shape whose first axis has a name.
  return data instanceof Float64Array && !tensor.shape.some(isNamed)
    ? `tensor${name} ${shape} = ${cut(String(new Value(tensor.shape as number[], data)))}`
    : `tensor${name} ${shape}`;
}
