/**
 * Functions that undo each other: the square of a root, of |x| and of a norm, log(exp x) and exp(log x).
 *
 * Taken one after the other, their rules multiply a derivative of 0 by an infinite one, where the two together are plain.
 * So they are built as what they are together, also behind literal factors and other shapes: (2 r)(-r) is -2 r^2. Values
 * agree for every number, NaN outside of the domain included.
 */
import { literalValue } from '../leaves.ts';
import { node, type Tensor } from '../tensor.ts';
import { less, mul, where } from './elementwise.ts';

/** Float32 holds the number and its inverse, and it is not 0: literal factors are collected no further than that. */
export const isModest = (x: number): boolean => Math.abs(x) > 1e-37 && Math.abs(x) < 1e37;

const squares = new WeakMap<Tensor, Tensor>();

/** Notes that the square of `root` is `square`, with derivatives that hold where those of the root do not. */
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

/** Other positions of the same numbers: the square of what is moved is the moved square. */
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

/** a b, where both are the same root but for factors that float32 holds, and whose product it holds. */
function squared(a: Tensor, b: Tensor): Tensor | undefined {
  if (literalValue(a) !== undefined || literalValue(b) !== undefined) return undefined;
  const [left, right] = [factored(a), factored(b)];
  if (left.of !== right.of) return undefined;
  const square = squareOf(left.of);
  const factor = left.factor * right.factor;
  return square && isModest(factor) ? mul(factor, square) : undefined;
}

/** `name(...x)` for an x that undoes what made it; undefined for everything else. Inputs have equal shapes. */
export function undone(name: string, x: readonly Tensor[]): Tensor | undefined {
  const [{ op, inputs }] = x as [Tensor];
  if (name === 'exp') return op.name === 'log' ? onlyFromZero(inputs[0]) : undefined;
  if (name === 'log') return op.name === 'exp' ? inputs[0] : undefined;
  return name === 'mul' ? squared(x[0], x[1]) : undefined;
}
