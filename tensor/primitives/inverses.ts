/**
 * Functions followed by their inverses: the square of a root, of |x| and of a norm, log(exp x) and exp(log x).
 *
 * By the chain rule such a pair multiplies a derivative of 0 by an infinite one, although the two together have a plain
 * derivative. So a pair is built as what it is together: the square of sqrt(x) as x. Literal factors and other shapes in
 * between do not hide a pair: (2 r)(-r) is built as -2 r^2. The values are the same for every number, NaN outside of the
 * domain included.
 */
import { literalValue } from '../leaves.ts';
import { node, type Tensor } from '../tensor.ts';
import { less, mul, where } from './elementwise.ts';

/** Is this number not 0, and do it and its inverse fit into float32? Literal factors are only collected while they do. */
export const isModest = (x: number): boolean => Math.abs(x) > 1e-37 && Math.abs(x) < 1e37;

const squares = new WeakMap<Tensor, Tensor>();

/** Notes that the square of `root` is `square`, whose derivatives also exist where the root has none. */
export function knowSquare(root: Tensor, square: Tensor): Tensor {
  squares.set(root, square);
  return root;
}

/** x for x >= 0, otherwise NaN, as is its derivative. */
export const onlyFromZero = (x: Tensor): Tensor => mul(x, where(less(x, 0), Number.NaN, 1));

/** The number and the tensor that `tensor` is the product of. */
function factored(tensor: Tensor): { factor: number; of: Tensor } {
  let [factor, of] = [1, tensor];
  for (;;) {
    const given = of.op.name === 'neg' ? -1 : of.op.name === 'mul' ? literalValue(of.inputs[0]) : undefined;
    const last = given === undefined && of.op.name === 'mul' ? literalValue(of.inputs[1]) : undefined;
    if (given === undefined && last === undefined) return { factor, of };
    factor *= given ?? last!;
    of = of.inputs[last === undefined ? of.inputs.length - 1 : 0];
  }
}

/** Operations that move numbers without changing them: the square of their result is the moved square of their input. */
const MOVEMENTS: ReadonlySet<string> = new Set(['reshape', 'broadcast', 'permute', 'slice']);

/** The square of `root` built without a root; undefined where no root, |x| or norm is squared. */
function squareOf(root: Tensor): Tensor | undefined {
  const [from] = root.inputs;
  if (root.op.name === 'sqrt') return onlyFromZero(from);
  if (root.op.name === 'abs') return mul(from, from);
  if (!MOVEMENTS.has(root.op.name)) return squares.get(root);
  const square = squareOf(from);
  return square && node(root.op, [square], root.attributes);
}

/** a b, where both are the same root apart from literal factors whose product fits into float32; else undefined. */
function squared(a: Tensor, b: Tensor): Tensor | undefined {
  if (literalValue(a) !== undefined || literalValue(b) !== undefined) return undefined;
  const [left, right] = [factored(a), factored(b)];
  if (left.of !== right.of) return undefined;
  const square = squareOf(left.of);
  const factor = left.factor * right.factor;
  return square && isModest(factor) ? mul(factor, square) : undefined;
}

/** `name(...x)`, where it is the inverse of what made x, built without both; else undefined. Inputs have equal shapes. */
export function withoutInverse(name: string, x: readonly Tensor[]): Tensor | undefined {
  const [{ op, inputs }] = x as [Tensor];
  if (name === 'exp') return op.name === 'log' ? onlyFromZero(inputs[0]) : undefined;
  if (name === 'log') return op.name === 'exp' ? inputs[0] : undefined;
  return name === 'mul' ? squared(x[0], x[1]) : undefined;
}
