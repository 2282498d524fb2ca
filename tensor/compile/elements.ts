/**
 * Elements of tensors as expressions of a sweep.
 *
 * Every tensor that must be computed is computed once a row, in a loop nest of its own trailing shape. A user in the same
 * nest takes the expression itself; a user in another nest (after a reduction, under a broadcast, through a slice) reads
 * it from a temporary of the row. Views, gathers and stored tensors are loads at affine indices.
 */
import { showShape } from '../dimension.ts';
import { literalValue } from '../leaves.ts';
import type { AxisView, Lowering } from '../primitive.ts';
import { hermiteExprs, PARTS } from '../primitives/interpolate.ts';
import type { Tensor } from '../tensor.ts';
import { accessOf, reshapeAxes, trailingOf, viewAxes, widthOf } from './access.ts';
import * as A from './affine.ts';
import type { Computation, Scope } from './computations.ts';
import { type Affine, add, type Expr, literal, mul, type Place } from './expr.ts';
import { flatten, naturalIndices, withoutOnes } from './nest.ts';
import type { SweepContext } from './sweep-context.ts';

const temporary = (slot: number, index: Affine): Place => ({ space: 'temp', slot, index });

/** Indices into the input of a view, from those of the view; both have one for every axis, rows included. */
const throughView = (axes: readonly AxisView[], indices: readonly Affine[], loops: number): Affine[] =>
  axes.map(({ axis, start, step }) =>
    axis < 0 ? A.constant(start, loops) : A.plus(A.times(indices[axis], step), A.constant(start, loops)),
  );

/** The element at `indices` (one for every axis, rows included) of a tensor that is stored or a view of one. */
function elementAnywhere(
  context: SweepContext,
  tensor: Tensor,
  indices: readonly Affine[],
  loops: number,
  gather?: Place['gather'],
): Expr {
  const value = literalValue(tensor);
  if (value !== undefined) return literal(value);
  const stored = (t: Tensor): Expr => {
    const slot = context.slot(t);
    const index = flatten(indices, [1, ...trailingOf(tensor)], loops);
    return context.load({ space: 'buffer', slot, index, ...(gather ? { gather } : {}) });
  };
  if (context.isLoaded(tensor)) return stored(tensor);
  const input = tensor.inputs[0];
  const { kind } = tensor.op.lowering;
  const axes = kind === 'view' ? viewAxes(tensor) : kind === 'reshape' ? reshapeAxes(tensor) : undefined;
  if (axes) {
    const mapped = throughView(axes, indices, loops);
    return elementAnywhere(context, input, mapped.length === 0 ? [A.constant(0, loops)] : mapped, loops, gather);
  }
  if (kind === 'reshape') return stored(input);
  throw new Error(`internal: ${tensor.op.name} ${showShape(tensor.shape)} is read at other rows but not stored`);
}

/** The element of `tensor` in the row at hand, at trailing `indices`. */
export function elementInRow(context: SweepContext, tensor: Tensor, indices: readonly Affine[], scope: Scope): Expr {
  const value = literalValue(tensor);
  if (value !== undefined) return literal(value);
  const loops = scope.extents.length;
  const full = [A.row(loops), ...indices];
  const fromBuffer = () => elementAnywhere(context, tensor, full.slice(0, Math.max(1, tensor.shape.length)), loops);
  if (context.isLoaded(tensor)) return fromBuffer();
  const { kind } = tensor.op.lowering;
  if (kind === 'gather') {
    const [source, index] = tensor.inputs as [Tensor, Tensor];
    return elementAnywhere(context, source, full, loops, { index: context.slot(index), shift: 0 });
  }
  if (kind === 'view' || kind === 'reshape') {
    if (accessOf(tensor, 0) !== 'row') return fromBuffer();
    if (kind === 'reshape') return reshapedElement(context, tensor, indices, scope);
    const mapped = throughView(viewAxes(tensor).slice(1), full, loops);
    return elementInRow(context, tensor.inputs[0], mapped, scope);
  }
  const computation = computationOf(context, tensor);
  const sizes = trailingOf(tensor);
  const natural =
    A.sameList(withoutOnes(sizes), scope.extents) &&
    A.sameIndices(indices, naturalIndices(sizes)) &&
    computation.value !== undefined;
  return scope.reach(computation, flatten(indices, sizes, loops), natural);
}

/** The element in the row at hand of a reshape that keeps rows. */
function reshapedElement(context: SweepContext, tensor: Tensor, indices: readonly Affine[], scope: Scope): Expr {
  const loops = scope.extents.length;
  const input = tensor.inputs[0];
  const axes = reshapeAxes(tensor);
  if (axes) {
    const mapped = axes.slice(1).map(({ axis }) => (axis < 1 ? A.constant(0, loops) : indices[axis - 1]));
    return elementInRow(context, input, mapped.slice(0, Math.max(0, input.shape.length - 1)), scope);
  }
  const flat = flatten(indices, trailingOf(tensor), loops);
  if (!context.isLoaded(input)) return scope.reach(computationOf(context, input), flat, false);
  const index = A.plus(flat, A.rows(widthOf(input), loops));
  return context.load({ space: 'buffer', slot: context.slot(input), index });
}

/** The computation of `tensor` in this sweep, made when first asked for. */
function computationOf(context: SweepContext, tensor: Tensor): Computation {
  const key = `t${tensor.id}`;
  const known = context.find(key);
  if (known) return known;
  const { lowering } = tensor.op;
  switch (lowering.kind) {
    case 'map':
      return valueComputation(context, tensor, (scope, indices) => {
        const inputs = tensor.inputs.map((x) => elementInRow(context, x, indices, scope));
        return context.shared(lowering.expr(inputs, tensor.attributes));
      });
    case 'interpolate':
      return valueComputation(context, tensor, (scope, indices) => interpolated(context, tensor, indices, scope));
    case 'reduce':
    case 'pad':
      return movedComputation(context, tensor, lowering);
    default:
      // Anything else (a gather or view under a reshape) is copied.
      return valueComputation(context, tensor, (scope, indices) => elementInRow(context, tensor, indices, scope));
  }
}

/** A computation whose value at each index is one expression, kept in a temporary when others need it. */
function valueComputation(
  context: SweepContext,
  tensor: Tensor,
  value: (scope: Scope, indices: readonly Affine[]) => Expr,
): Computation {
  const sizes = trailingOf(tensor);
  const extents = withoutOnes(sizes);
  const indices = naturalIndices(sizes);
  const index = flatten(indices, sizes, extents.length);
  return context.define({
    key: `t${tensor.id}`,
    extents,
    sizes: [widthOf(tensor)],
    always: false,
    value: (scope) => value(scope, indices),
    writes: (scope, [slot]) => [{ to: temporary(slot, index), mode: 'set', value: value(scope, indices) }],
  });
}

/** A reduction or padding inside the row: every element of the input goes to some element of a filled temporary. */
function movedComputation(
  context: SweepContext,
  tensor: Tensor,
  lowering: Lowering & { kind: 'reduce' | 'pad' },
): Computation {
  const key = `t${tensor.id}`;
  const input = tensor.inputs[0];
  const sizes = trailingOf(input);
  const extents = withoutOnes(sizes);
  const indices = naturalIndices(sizes);
  const mode = lowering.kind === 'pad' ? 'set' : lowering.mode;
  const index = flatten(movedIndices(tensor, lowering, indices, extents.length), trailingOf(tensor), extents.length);
  let made: Computation | undefined;
  const slot = (): number => (made ? context.temporaryOf(made, 0) : 0);
  const fill = fillComputation(context, key, widthOf(tensor), mode === 'max' ? -Infinity : 0, slot);
  made = context.define({
    key,
    extents,
    sizes: [widthOf(tensor)],
    always: false,
    writes: (scope, [to]) => {
      scope.reach(fill, A.constant(0, extents.length), false);
      return [{ to: temporary(to, index), mode, value: elementInRow(context, input, indices, scope) }];
    },
  });
  return made;
}

/** Trailing indices of a reduction or padding, from those of its input. */
export function movedIndices(
  { attributes }: Tensor,
  lowering: Lowering & { kind: 'reduce' | 'pad' },
  indices: readonly Affine[],
  loops: number,
): Affine[] {
  if (lowering.kind === 'reduce') {
    const axes = attributes.axes as number[];
    return indices.filter((_, k) => !axes.includes(k + 1));
  }
  const places = lowering.places(attributes).slice(1);
  return indices.map((index, k) => A.plus(A.times(index, places[k].step), A.constant(places[k].start, loops)));
}

/** Sets a temporary to `value` before the computation `owner` combines into it. */
function fillComputation(
  context: SweepContext,
  owner: string,
  size: number,
  value: number,
  slot: () => number,
): Computation {
  const index = size === 1 ? A.constant(0, 0) : A.loop(0, 1);
  return context.define(
    {
      key: `fill ${owner}`,
      extents: size === 1 ? [] : [size],
      sizes: [],
      always: false,
      writes: () => [{ to: temporary(slot(), index), mode: 'set', value: literal(value) }],
    },
    -1, // before anything else, so that it delays nobody
  );
}

/** An element of an interpolation: the four weights times what the table rows of both knots hold. */
function interpolated(context: SweepContext, tensor: Tensor, indices: readonly Affine[], scope: Scope): Expr {
  const [table, knot, t] = tensor.inputs as [Tensor, Tensor, Tensor];
  const channels = widthOf(tensor);
  const loops = scope.extents.length;
  const terms = hermiteWeights(context, t, tensor.attributes.order as number, scope).map((weight, k) => {
    const column = A.plus(indices[0], A.constant((k % PARTS) * channels, loops));
    const gather = { index: context.slot(knot), shift: Math.floor(k / PARTS) };
    return mul(weight, elementAnywhere(context, table, [A.row(loops), column], loops, gather));
  });
  return context.shared(terms.reduce((a, b) => add(a, b)));
}

/** The Hermite weights of `t`, computed once a row: [side * PARTS + derivative]. */
export function hermiteWeights(context: SweepContext, t: Tensor, order: number, scope: Scope): Expr[] {
  const key = `hermite ${t.id} ${order}`;
  const computation =
    context.find(key) ??
    context.define({
      key,
      extents: [],
      sizes: new Array<number>(2 * PARTS).fill(1),
      always: false,
      writes: (inner, temporaries) =>
        hermiteExprs(elementInRow(context, t, [], inner), order)
          .flat()
          .map((value, k) => ({
            to: temporary(temporaries[k], A.constant(0, 0)),
            mode: 'set',
            value: context.shared(value),
          })),
    });
  const here = A.constant(0, scope.extents.length);
  scope.reach(computation, here, false);
  return Array.from({ length: 2 * PARTS }, (_, k) =>
    context.load(temporary(context.temporaryOf(computation, k), here)),
  );
}
