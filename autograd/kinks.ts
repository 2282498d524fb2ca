/**
 * Where a graph makes choices: comparisons, |x|, floor, masks and maxima, with the side that each is on.
 *
 * A derivative may jump where a side changes between neighbouring points, and nowhere else, unless a root, a quotient or a
 * logarithm meets its singular point; such a point shows by an infinity or a NaN, or by a `gate` that stopped one.
 */
import { abs, broadcastTo, gather, less, reshape, sign, sub, type Tensor, where } from '../tensor/index.ts';
import { leafName, literalValue } from '../tensor/leaves.ts';
import { topological } from '../tensor/tensor.ts';

export interface Choice {
  readonly by: Tensor;
  /** Constant on each side, elementwise; another number on the other side, and perhaps on the border. */
  readonly side: Tensor;
}

/** The elements that are less than the maximum of their row. */
function belowMaximum({ inputs: [x], attributes }: Tensor, top: Tensor): Tensor {
  const axes = attributes.axes as readonly number[];
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return less(x, broadcastTo(reshape(top, kept), x.shape));
}

function sideOf(tensor: Tensor): Tensor | undefined {
  const [a, b] = tensor.inputs as [Tensor, Tensor];
  switch (tensor.op.name) {
    case 'less':
      return sign(sub(a, b));
    case 'abs':
    case 'sign':
      return sign(a);
    case 'floor':
      return tensor;
    case 'where':
      return less(0.5, a);
    case 'reduceMax':
      return belowMaximum(tensor, tensor);
    case 'segmentMaxRaw':
      return less(a, gather(tensor, b));
    default:
      return undefined;
  }
}

/** Every choice below the outputs, first ones first. */
export const choicesOf = (outputs: readonly Tensor[]): Choice[] =>
  topological(outputs).flatMap((by) => {
    const side = sideOf(by);
    return side ? [{ by, side }] : [];
  });

/** For every `gate` below the outputs: 1 where a derivative of 0 stops one that is infinite or NaN. */
export const stopsOf = (outputs: readonly Tensor[]): Tensor[] =>
  topological(outputs)
    .filter(({ op }) => op.name === 'gate')
    .map(({ inputs: [a, b] }) => {
      const finite = less(abs(b), Number.POSITIVE_INFINITY);
      return where(less(0, abs(a)), 0, sub(1, finite));
    });

const nameOf = (tensor: Tensor): string => String(literalValue(tensor) ?? leafName(tensor));

/** A node in the reader's terms, such as `less(argument 0, 1)`. */
export const showNode = (tensor: Tensor): string => `${tensor.op.name}(${tensor.inputs.map(nameOf).join(', ')})`;
