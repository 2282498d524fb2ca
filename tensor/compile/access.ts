/**
 * How operations read their inputs: the rules that scheduling and lowering share.
 *
 * A row space is a size of first axes, such as the atoms or the edges of a batch; a kernel runs over the rows of one row
 * space. An operation reads an input either in the same row only, and then one kernel can compute both, or in any row, and
 * then the input must be stored before. Views of stored tensors are never stored themselves; they become index arithmetic.
 */
import { rowWidth, type Shape, type Size, sameSize, trailing } from '../dimension.ts';
import type { AxisView } from '../primitive.ts';
import type { Tensor } from '../tensor.ts';

/** Rows of a tensor; a number has one. */
export const rowsOf = (tensor: Tensor): Size => tensor.shape[0] ?? 1;
export const widthOf = (tensor: Tensor): number => (tensor.shape.length === 0 ? 1 : rowWidth(tensor.shape));
export const isStreamed = (rows: Size): boolean => typeof rows === 'object' && rows.streamed;
/** Distinct for a size 3 and a dimension named '3'. */
export const rowKey = (rows: Size): string => (typeof rows === 'number' ? String(rows) : `named ${rows.name}`);
export const trailingOf = (tensor: Tensor): number[] => trailing(tensor.shape);

/** Shape with at least one axis, so that numbers have a row too. */
export const rowShape = (shape: Shape): Shape => (shape.length === 0 ? [1] : shape);

export const viewAxes = (tensor: Tensor): readonly AxisView[] => {
  if (tensor.op.lowering.kind !== 'view') throw new Error('not a view');
  return tensor.op.lowering.axes(tensor.inputs[0].shape, tensor.attributes);
};

/** Does this view read its input in the same row, and only there? */
function viewKeepsRow(tensor: Tensor): boolean {
  const input = tensor.inputs[0];
  if (input.shape.length === 0 || !sameSize(rowsOf(input), rowsOf(tensor))) return false;
  const [first, ...rest] = viewAxes(tensor);
  const row =
    rowsOf(tensor) === 1
      ? first.axis <= 0 && first.start === 0
      : first.axis === 0 && first.start === 0 && first.step === 1;
  return row && rest.every((axis) => axis.axis !== 0);
}

/**
 * `row`: in the same row only. `anywhere`: at affine positions in any row. `operand`: as the stored array of a matrix
 * product. `index`: as row numbers.
 */
export type Access = 'row' | 'anywhere' | 'operand' | 'index';

/** How `tensor` reads its input number `position`. */
export function accessOf(tensor: Tensor, position: number): Access {
  const input = tensor.inputs[position];
  if (input.dtype === 'index') return 'index';
  switch (tensor.op.lowering.kind) {
    case 'map':
    case 'reduce':
    case 'alias':
    case 'segment':
    case 'interpolateTransposed':
      return 'row';
    case 'view':
      return viewKeepsRow(tensor) ? 'row' : 'anywhere';
    case 'reshape':
      if (sameSize(rowsOf(input), rowsOf(tensor))) return 'row';
      // Positions of a reshape that regroups axes are not affine: its input must lie there as it is.
      return reshapeAxes(tensor) ? 'anywhere' : 'operand';
    case 'pad':
      return 'row';
    case 'gather':
      return 'anywhere';
    case 'interpolate':
      return position === 0 ? 'anywhere' : 'row';
    case 'matmul':
    case 'matmulTN':
      return 'operand';
    case 'leaf':
      throw new Error('a leaf has no inputs');
  }
}

/** Does the result live in another row space than the kernel that computes it? */
export function crossesRows(tensor: Tensor): boolean {
  const { kind } = tensor.op.lowering;
  if (kind === 'segment' || kind === 'interpolateTransposed') return true;
  if (kind === 'reduce') return tensor.inputs[0].shape.length > 0 && (tensor.attributes.axes as number[]).includes(0);
  if (kind === 'pad' && tensor.op.lowering.kind === 'pad') {
    const [first] = tensor.op.lowering.places(tensor.attributes);
    return (
      tensor.shape.length > 0 &&
      !(first.start === 0 && first.step === 1 && sameSize(rowsOf(tensor), rowsOf(tensor.inputs[0])))
    );
  }
  return false;
}

/** The row space of the kernel that computes `tensor`. */
export const kernelRows = (tensor: Tensor): Size => rowsOf(crossesRows(tensor) ? tensor.inputs[0] : tensor);

/** Does this reshape only add or remove axes of size 1? Then indices carry over axis by axis. */
export function reshapeAxes(tensor: Tensor): readonly AxisView[] | undefined {
  const input = rowShape(tensor.inputs[0].shape);
  const output = rowShape(tensor.shape);
  const axes: AxisView[] = [];
  let at = 0;
  for (const size of input) {
    if (size === 1) {
      axes.push({ axis: -1, start: 0, step: 1 });
      continue;
    }
    while (at < output.length && output[at] === 1) at++;
    if (at >= output.length || !sameSize(output[at], size)) return undefined;
    axes.push({ axis: at++, start: 0, step: 1 });
  }
  return output.slice(at).every((size) => size === 1) ? axes : undefined;
}

/**
 * The tensor whose storage an `anywhere` or `operand` access of `tensor` needs. Affine views are looked through;
 * matrix products read contiguous storage, so for them only reshapes are.
 */
export function storageOf(tensor: Tensor, access: Access, isStored: (t: Tensor) => boolean = () => false): Tensor {
  let t = tensor;
  for (;;) {
    if (isStored(t)) return t;
    const { kind } = t.op.lowering;
    if (kind === 'reshape' && (access === 'operand' || reshapeAxes(t))) t = t.inputs[0];
    else if (kind === 'reshape') return t.inputs[0];
    else if (kind === 'view' && access !== 'operand') t = t.inputs[0];
    else return t;
  }
}
