/**
 * Functions that undo each other: the square of a root, of |x| and of a norm, log(exp x) and exp(log x).
 *
 * Taken one after the other, their rules multiply a derivative of 0 by an infinite one, where the two together are plain.
 * So they are built as what they are together. Values agree for every number, NaN outside of the domain included.
 */
import type { Tensor } from '../tensor.ts';
import { less, mul, where } from './elementwise.ts';

const squares = new WeakMap<Tensor, Tensor>();

/** Notes that the square of `root` is `square`, with derivatives that hold where those of the root do not. */
export function knowSquare(root: Tensor, square: Tensor): Tensor {
  squares.set(root, square);
  return root;
}

/** x for x >= 0, otherwise NaN, as is its derivative. */
export const onlyFromZero = (x: Tensor): Tensor => mul(x, where(less(x, 0), Number.NaN, 1));

/** `name(...x)` for an x that undoes what made it; undefined for everything else. Inputs have equal shapes. */
export function undone(name: string, x: readonly Tensor[]): Tensor | undefined {
  const inner = x[0]!;
  const from = inner.inputs[0];
  if (name === 'exp') return inner.op.name === 'log' ? onlyFromZero(from!) : undefined;
  if (name === 'log') return inner.op.name === 'exp' ? from : undefined;
  if (name !== 'mul' || x[1] !== inner) return undefined;
  if (inner.op.name === 'sqrt') return onlyFromZero(from!);
  return inner.op.name === 'abs' ? mul(from!, from!) : squares.get(inner);
}
