/**
 * Algebraic simplification before scheduling: the graph is rebuilt from its leaves with a few rules that remove work.
 *
 * It runs after all differentiation, so what is folded here cannot hide a parameter from `grad`. A rule holds for all
 * numbers, also for infinities, NaN and 0: 0 x stays a product and x - x a difference, while `gate(0, x)` is 0 by
 * definition. Rules change rounding, the sign of zero, and whether a product of literals overflows on the way; they never
 * depend on sizes of named dimensions or on values of leaves.
 */
import { isNamed, type Shape, sameShape } from '../dimension.ts';
import { isLeaf, literal, literalValue } from '../leaves.ts';
import { add, div, gate, mul, neg, sub } from '../primitives/elementwise.ts';
import { isModest } from '../primitives/inverses.ts';
import { matmulPrimitive, matmulTNPrimitive } from '../primitives/linalg.ts';
import { listed } from '../primitives/listed.ts';
import { broadcastPrimitive, broadcastTo, permutePrimitive, reshape, unsqueeze } from '../primitives/movement.ts';
import { sum, sumPrimitive } from '../primitives/reduce.ts';
import { node, type Tensor, topological } from '../tensor.ts';

const isZero = (x: Tensor): boolean => literalValue(x) === 0;
/** Is this a literal that is not 0, in float32 neither? */
const isPresent = (x: Tensor): boolean => Math.fround(literalValue(x) ?? 0) !== 0;
const zeros = (shape: Shape): Tensor => broadcastTo(literal(0), shape);

/** Operations that map zeros of their first input to zeros: each number of the result is one of it, or a sum of such. */
const ZERO_TO_ZERO = new Set(['neg', 'sum', 'permute', 'slice', 'pad', 'gather', 'segmentSum', 'gate', 'reshape']);

/** Is axis `axis` of `x` a repetition, so that a sum over it is a multiplication? */
function repeatedInput(x: Tensor, axes: readonly number[]): Tensor | undefined {
  if (x.op !== broadcastPrimitive) return undefined;
  const source = x.inputs[0];
  const shift = x.shape.length - source.shape.length;
  const repeated = (axis: number) => axis < shift || (source.shape[axis - shift] === 1 && x.shape[axis] !== 1);
  return axes.every((axis) => !isNamed(x.shape[axis]) && repeated(axis)) ? source : undefined;
}

function rewrite(tensor: Tensor, x: readonly Tensor[]): Tensor {
  const { op, shape, attributes } = tensor;
  if (op.name === 'custom') return x[0];
  if (x.length > 0 && ZERO_TO_ZERO.has(op.name) && isZero(x[0])) return zeros(shape);
  switch (op) {
    case listed.add:
      return add(x[0], x[1]);
    case listed.sub:
      return sub(x[0], x[1]);
    case listed.neg:
      return neg(x[0]);
    case listed.mul:
      return product(x[0], x[1]);
    case listed.gate:
      // A gate is a product where its first factor is not 0 or its second one is finite, as literals that float32 holds.
      return isPresent(x[0]) || Number.isFinite(Math.fround(literalValue(x[1]) ?? Number.NaN))
        ? product(x[0], x[1])
        : gate(x[0], x[1]);
    case listed.div:
      return div(x[0], x[1]);
    case listed.where: {
      if (x[1] === x[2]) return x[1];
      const mask = literalValue(x[0]);
      return mask === undefined ? node(op, x) : mask > 0.5 ? x[1] : x[2];
    }
    case sumPrimitive: {
      const axes = attributes.axes as number[];
      const source = repeatedInput(x[0], axes);
      if (!source) return node(op, x, attributes);
      const count = axes.reduce((total, axis) => total * (x[0].shape[axis] as number), 1);
      // No numbers make 0, where 0 times the repeated one may be NaN.
      if (count === 0) return zeros(shape);
      const kept = x[0].shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const drop = Math.max(0, source.shape.length - kept.length);
      return mul(reshape(broadcastTo(reshape(source, source.shape.slice(drop)), kept), shape), count);
    }
    case matmulPrimitive: {
      const [a, b] = x as [Tensor, Tensor];
      // A transposed right side is a flag, not a copy.
      if (b.op === permutePrimitive) return node(op, [a, b.inputs[0]], { transposed: !attributes.transposed });
      return node(op, x, attributes);
    }
    case matmulTNPrimitive:
      return node(op, x, attributes);
    default:
      return node(op, x, attributes);
  }
}

/** Products with literal factors collected: (c x) (d y) = (c d) x y keeps one multiplication, and -1 becomes neg. */
function product(a: Tensor, b: Tensor): Tensor {
  const left = literalValue(a);
  const right = literalValue(b);
  if (left === -1) return neg(b);
  if (right === -1) return neg(a);
  const inner = b.op === listed.mul ? literalValue(b.inputs[0]) : undefined;
  if (left !== undefined && inner !== undefined && isModest(left * inner)) return mul(left * inner, b.inputs[1]);
  // Literals stand first, so that the rule above meets them.
  return right !== undefined ? (left === undefined ? mul(b, a) : mul(a, b)) : mul(a, b);
}

/** Products over streamed rows become fused multiplications and sums: their operands are never stored. */
function streamProducts(tensor: Tensor, x: readonly Tensor[]): Tensor | undefined {
  const rows = x[0]?.shape[0];
  if (!isNamed(rows) || !rows.streamed) return undefined;
  const [a, b] = x as [Tensor, Tensor];
  if (tensor.op === matmulPrimitive) {
    return tensor.attributes.transposed
      ? sum(mul(unsqueeze(a, -2), b), { axis: -1 })
      : sum(mul(unsqueeze(a, -1), b), { axis: -2 });
  }
  if (tensor.op === matmulTNPrimitive) {
    const leading = a.shape.slice(0, -1).map((_, axis) => axis);
    return sum(mul(unsqueeze(a, -1), unsqueeze(b, -2)), { axis: leading });
  }
  return undefined;
}

/** The same values from a smaller graph. */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const mapped = new Map<Tensor, Tensor>();
  for (const tensor of topological(outputs)) {
    if (isLeaf(tensor) || tensor.inputs.length === 0) {
      mapped.set(tensor, tensor);
      continue;
    }
    const x = tensor.inputs.map((input) => mapped.get(input)!);
    const result = streamProducts(tensor, x) ?? rewrite(tensor, x);
    if (!sameShape(result.shape, tensor.shape)) throw new Error(`simplify changed the shape of ${tensor.op.name}`);
    mapped.set(tensor, result);
  }
  return outputs.map((output) => mapped.get(output)!);
}
