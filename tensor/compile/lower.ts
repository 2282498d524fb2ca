/**
 * Lowering: from the tensors that a sweep computes to stages of scalar expressions.
 *
 * Each result (root) of the sweep becomes a computation that writes to its buffer: in the same row, at a row that an index
 * names, or at a place that all rows add to. What it needs is found by elements.ts.
 */
import { type Size, sameSize } from '../dimension.ts';
import type { Lowering } from '../primitive.ts';
import { PARTS } from '../primitives/interpolate.ts';
import type { Tensor } from '../tensor.ts';
import { crossesRows, kernelRows, trailingOf, widthOf } from './access.ts';
import * as A from './affine.ts';
import { type Scope, sink, stagesOf } from './computations.ts';
import { elementInRow, hermiteWeights, movedIndices } from './elements.ts';
import { type Affine, type Expr, mul, type Place } from './expr.ts';
import type { Sweep, Write } from './kernel.ts';
import { flatten, naturalIndices, withoutOnes } from './nest.ts';
import { SweepContext } from './sweep-context.ts';

/** The sweep over `rows` that computes `roots`; `isStored` and `bufferOf` tell what is stored and where. */
export function lowerSweep(
  rows: Size,
  roots: readonly Tensor[],
  isStored: (tensor: Tensor) => boolean,
  bufferOf: (tensor: Tensor) => number,
): Sweep {
  const context = new SweepContext(roots, isStored, bufferOf);
  const fills: { buffer: number; value: number }[] = [];
  for (const root of roots) {
    if (!sameSize(kernelRows(root), rows)) throw new Error('internal: root in the wrong row space');
    const slot = context.slot(root);
    if (crossesRows(root)) fills.push({ buffer: context.buffers[slot], value: startOf(root.op.lowering) });
    defineResult(context, root, resultOf(context, root, slot));
  }
  sink(context.order);
  const stages = stagesOf(context.order, context.temporaryOf, context.load);
  return { kind: 'sweep', rows, buffers: context.buffers, temps: context.temporaries, fills, stages };
}

/** What a buffer holds before its sweep combines into it. */
const startOf = (lowering: Lowering): number => ('mode' in lowering && lowering.mode === 'max' ? -Infinity : 0);

/** Where a sweep writes a result: for every element of `source` one place or more, each with a weight if it has any. */
interface Result {
  readonly source: Tensor;
  readonly mode: Write['mode'];
  readonly targets: (
    indices: readonly Affine[],
    loops: number,
    scope: Scope,
  ) => readonly { readonly to: Place; readonly weight?: Expr }[];
}

function defineResult(context: SweepContext, tensor: Tensor, { source, mode, targets }: Result): void {
  const sizes = trailingOf(source);
  const extents = withoutOnes(sizes);
  const indices = naturalIndices(sizes);
  context.define({
    key: `root ${tensor.id}`,
    extents,
    sizes: [],
    always: true,
    writes: (scope) => {
      const element = elementInRow(context, source, indices, scope);
      return targets(indices, extents.length, scope).map(({ to, weight }) => ({
        to,
        mode,
        value: weight ? context.shared(mul(weight, element)) : element,
      }));
    },
  });
}

function resultOf(context: SweepContext, tensor: Tensor, slot: number): Result {
  const { lowering } = tensor.op;
  if (!crossesRows(tensor)) {
    const targets: Result['targets'] = (indices, loops) => [{ to: placeInRow(slot, tensor, indices, loops) }];
    return { source: tensor, mode: 'set', targets };
  }
  switch (lowering.kind) {
    case 'segment':
      return segmentResult(context, tensor, slot, lowering.mode);
    case 'interpolateTransposed':
      return tableResult(context, tensor, slot);
    case 'reduce':
      return reducedResult(tensor, slot, lowering);
    case 'pad':
      return paddedResult(tensor, slot, lowering);
    default:
      throw new Error(`internal: no kernel writes ${tensor.op.name}`);
  }
}

/** The element at trailing `indices` of the row at hand, in a buffer with the rows of `tensor`. */
const placeInRow = (slot: number, tensor: Tensor, indices: readonly Affine[], loops: number): Place => ({
  space: 'buffer',
  slot,
  index: A.plus(flatten(indices, trailingOf(tensor), loops), A.rows(widthOf(tensor), loops)),
});

/** Rows combined at the rows that an index names. */
function segmentResult(context: SweepContext, tensor: Tensor, slot: number, mode: Write['mode']): Result {
  const [source, index] = tensor.inputs as [Tensor, Tensor];
  const gather = { index: context.slot(index), shift: 0 };
  return {
    source,
    mode,
    targets: (indices, loops) => [{ to: { ...placeInRow(slot, source, indices, loops), gather } }],
  };
}

/** The transpose of an interpolation: every row is added, four times weighted, to the table rows of both its knots. */
function tableResult(context: SweepContext, tensor: Tensor, slot: number): Result {
  const [source, knot, t] = tensor.inputs as [Tensor, Tensor, Tensor];
  const width = widthOf(tensor);
  const channels = width / PARTS;
  return {
    source,
    mode: 'add',
    targets: (indices, loops, scope) =>
      hermiteWeights(context, t, tensor.attributes.order as number, scope).map((weight, k) => {
        const column = A.plus(indices[0], A.constant((k % PARTS) * channels, loops));
        const gather = { index: context.slot(knot), shift: Math.floor(k / PARTS) };
        return { to: { space: 'buffer', slot, index: A.plus(column, A.rows(width, loops)), gather }, weight };
      }),
  };
}

/** A reduction over rows: all of them combine into the same place. */
function reducedResult(tensor: Tensor, slot: number, lowering: Lowering & { kind: 'reduce' }): Result {
  const sizes = tensor.shape as number[];
  return {
    source: tensor.inputs[0],
    mode: lowering.mode,
    targets: (indices, loops) => {
      const index = flatten(movedIndices(tensor, lowering, indices, loops), sizes, loops);
      return [{ to: { space: 'buffer', slot, index } }];
    },
  };
}

/** Rows placed at a regular range of the result's rows. */
function paddedResult(tensor: Tensor, slot: number, lowering: Lowering & { kind: 'pad' }): Result {
  const [rows] = lowering.places(tensor.attributes);
  const width = widthOf(tensor);
  return {
    source: tensor.inputs[0],
    mode: 'set',
    targets: (indices, loops) => {
      const moved = flatten(movedIndices(tensor, lowering, indices, loops), trailingOf(tensor), loops);
      const index = A.plus(moved, A.constant(rows.start * width, loops));
      return [{ to: { space: 'buffer', slot, index: A.plus(index, A.rows(rows.step * width, loops)) } }];
    },
  };
}
