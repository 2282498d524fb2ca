/**
 * Lowering: from the tensors that a sweep computes to stages of scalar expressions.
 *
 * Every computing tensor is evaluated once per row, in a loop nest of its own trailing shape. A user in the same
 * nest takes the expression itself; a user in another nest (after a reduction, under a broadcast, through a
 * slice) reads it from a temporary of the row. Views, gathers and stored tensors are loads at affine indices.
 */
import { type Size, sameSize, showShape } from '../dimension.ts';
import { literalValue } from '../leaves.ts';
import { hermiteExprs, PARTS } from '../primitives/interpolate.ts';
import type { Tensor } from '../tensor.ts';
import { accessOf, crossesRows, reshapeAxes, rowsOf, trailingOf, viewAxes, widthOf } from './access.ts';
import * as A from './affine.ts';
import { type Affine, add, type Expr, literal, mul, type Place } from './expr.ts';
import { Interner } from './intern.ts';
import type { Sweep, Write } from './kernel.ts';
import { flatten, naturalIndices, withoutOnes } from './nest.ts';
import { type Scope, sink, stagesOf, type Unit } from './units.ts';

export function lowerSweep(
  rows: Size,
  roots: readonly Tensor[],
  isStored: (tensor: Tensor) => boolean,
  bufferOf: (tensor: Tensor) => number,
): Sweep {
  const own = new Set(roots);
  const units = new Map<string, Unit>();
  const order: Unit[] = [];
  const buffers: number[] = [];
  const fills: { buffer: number; value: number }[] = [];
  const interner = new Interner();

  const slot = (tensor: Tensor): number => {
    const buffer = bufferOf(tensor);
    const known = buffers.indexOf(buffer);
    return known >= 0 ? known : buffers.push(buffer) - 1;
  };
  const load = (place: Place): Expr => interner.intern({ op: 'load', place });
  const isLoaded = (t: Tensor): boolean =>
    (t.op.lowering.kind === 'leaf' && literalValue(t) === undefined) ||
    (isStored(t) && (!own.has(t) || crossesRows(t)));

  /** The element at `indices` (one per axis, rows included) of a tensor that is stored or a view of one. */
  function anywhere(tensor: Tensor, indices: readonly Affine[], loops: number, gather?: Place['gather']): Expr {
    const value = literalValue(tensor);
    if (value !== undefined) return literal(value);
    const flat = () => flatten(indices, [1, ...trailingOf(tensor)], loops);
    const place = (t: Tensor): Expr =>
      load({ space: 'buffer', slot: slot(t), index: flat(), ...(gather ? { gather } : {}) });
    if (isLoaded(tensor)) return place(tensor);
    const input = tensor.inputs[0];
    const follow = (axes: readonly { axis: number; start: number; step: number }[]): Expr => {
      const mapped = axes.map(({ axis, start, step }) =>
        axis < 0 ? A.constant(start, loops) : A.plus(A.times(indices[axis], step), A.constant(start, loops)),
      );
      return anywhere(input, mapped.length === 0 ? [A.constant(0, loops)] : mapped, loops, gather);
    };
    if (tensor.op.lowering.kind === 'view') return follow(viewAxes(tensor));
    if (tensor.op.lowering.kind === 'reshape') {
      const axes = reshapeAxes(tensor);
      return axes ? follow(axes) : place(input);
    }
    throw new Error(`internal: ${tensor.op.name} ${showShape(tensor.shape)} is read at other rows but not stored`);
  }

  /** The element of `tensor` in this row at trailing `indices`. */
  function at(tensor: Tensor, indices: readonly Affine[], scope: Scope): Expr {
    const value = literalValue(tensor);
    if (value !== undefined) return literal(value);
    const loops = scope.extents.length;
    const full = [A.row(loops), ...indices];
    if (isLoaded(tensor)) return anywhere(tensor, full.slice(0, Math.max(1, tensor.shape.length)), loops);
    const { kind } = tensor.op.lowering;
    if (kind === 'gather') {
      const [source, index] = tensor.inputs as [Tensor, Tensor];
      return anywhere(source, full, loops, { index: slot(index), shift: 0 });
    }
    if (kind === 'view' && accessOf(tensor, 0) === 'row') {
      const mapped = viewAxes(tensor)
        .slice(1)
        .map(({ axis, start, step }) =>
          axis < 0 ? A.constant(start, loops) : A.plus(A.times(indices[axis - 1], step), A.constant(start, loops)),
        );
      return at(tensor.inputs[0], mapped, scope);
    }
    if (kind === 'reshape' && accessOf(tensor, 0) === 'row') {
      const input = tensor.inputs[0];
      const axes = reshapeAxes(tensor);
      if (axes) {
        const mapped = axes.slice(1).map(({ axis }) => (axis < 1 ? A.constant(0, loops) : indices[axis - 1]));
        return at(input, mapped.slice(0, Math.max(0, input.shape.length - 1)), scope);
      }
      const flat = flatten(indices, trailingOf(tensor), loops);
      if (isLoaded(input)) {
        return load({ space: 'buffer', slot: slot(input), index: A.plus(flat, A.rows(widthOf(input), loops)) });
      }
      return scope.reach(unitOf(input), flat, false);
    }
    if (kind === 'view' || kind === 'reshape')
      return anywhere(tensor, full.slice(0, Math.max(1, tensor.shape.length)), loops);
    const unit = unitOf(tensor);
    const sizes = trailingOf(tensor);
    const natural =
      A.sameList(withoutOnes(sizes), scope.extents) &&
      A.sameIndices(indices, naturalIndices(sizes)) &&
      unit.value !== undefined;
    return scope.reach(unit, flatten(indices, sizes, loops), natural);
  }

  function define(unit: Omit<Unit, 'level' | 'temps' | 'reads'>, level = 0): Unit {
    const made: Unit = { ...unit, level, temps: undefined, reads: [] };
    units.set(unit.key, made);
    // A dry run finds what it depends on: units in other nests come a level earlier.
    const scope: Scope = {
      extents: unit.extents,
      reach: (other, _, natural) => {
        made.reads.push({ unit: other, natural });
        made.level = Math.max(made.level, other.level + (natural ? 0 : 1));
        return literal(0);
      },
    };
    unit.writes(
      scope,
      unit.sizes.map(() => 0),
    );
    order.push(made);
    return made;
  }

  /** A unit whose value at each natural index is one expression, kept in a temporary when others need it. */
  const valueUnit = (key: string, tensor: Tensor, value: (scope: Scope, indices: Affine[]) => Expr): Unit => {
    const sizes = trailingOf(tensor);
    const extents = withoutOnes(sizes);
    const indices = naturalIndices(sizes);
    const flat = flatten(indices, sizes, extents.length);
    const at = (scope: Scope): Expr => value(scope, indices);
    return define({
      key,
      extents,
      sizes: [widthOf(tensor)],
      always: false,
      value: at,
      writes: (scope, [temp]) => [{ to: { space: 'temp', slot: temp, index: flat }, mode: 'set', value: at(scope) }],
    });
  };

  const temporary = (slotNumber: number, index: Affine): Place => ({ space: 'temp', slot: slotNumber, index });

  /** Sets a temporary to `value` before a unit combines into it. */
  const fillUnit = (owner: string, size: number, value: number, temp: () => number): Unit =>
    define(
      {
        key: `fill ${owner}`,
        extents: size === 1 ? [] : [size],
        sizes: [],
        always: false,
        writes: () => {
          const index = size === 1 ? A.constant(0, 0) : A.loop(0, 1);
          return [{ to: temporary(temp(), index), mode: 'set', value: literal(value) }];
        },
      },
      -1, // before anything else, so that it delays nobody
    );

  /** The unit that computes `tensor` in this sweep. */
  function unitOf(tensor: Tensor): Unit {
    const key = `t${tensor.id}`;
    const known = units.get(key);
    if (known) return known;
    const { lowering } = tensor.op;
    if (lowering.kind === 'map') {
      return valueUnit(key, tensor, (scope, indices) =>
        interner.internDeep(
          lowering.expr(
            tensor.inputs.map((x) => at(x, indices, scope)),
            tensor.attributes,
          ),
        ),
      );
    }
    if (lowering.kind === 'interpolate') {
      const [table, knot, t] = tensor.inputs as [Tensor, Tensor, Tensor];
      const channels = widthOf(tensor);
      return valueUnit(key, tensor, (scope, indices) => {
        const loops = scope.extents.length;
        return interner.internDeep(
          weights(t, tensor.attributes.order as number, scope)
            .map((weight, k) => {
              const column = A.plus(indices[0], A.constant((k % PARTS) * channels, loops));
              const gather = { index: slot(knot), shift: Math.floor(k / PARTS) };
              return mul(weight, anywhere(table, [A.row(loops), column], loops, gather));
            })
            .reduce((a, b) => add(a, b)),
        );
      });
    }
    if (lowering.kind === 'reduce' || lowering.kind === 'pad') {
      const input = tensor.inputs[0];
      const inputSizes = trailingOf(input);
      const extents = withoutOnes(inputSizes);
      const indices = naturalIndices(inputSizes);
      const mode = lowering.kind === 'pad' ? 'set' : lowering.mode;
      const places = lowering.kind === 'pad' ? lowering.places(tensor.attributes).slice(1) : undefined;
      const axes = (tensor.attributes.axes ?? []) as number[];
      const moved = places
        ? indices.map((index, k) => A.plus(A.times(index, places[k].step), A.constant(places[k].start, extents.length)))
        : indices.filter((_, k) => !axes.includes(k + 1));
      const index = flatten(moved, trailingOf(tensor), extents.length);
      let made: Unit | undefined;
      const first = fillUnit(key, widthOf(tensor), mode === 'max' ? -Infinity : 0, () => (made ? tempOf(made, 0) : 0));
      made = define({
        key,
        extents,
        sizes: [widthOf(tensor)],
        always: false,
        writes: (scope, [temp]) => {
          scope.reach(first, A.constant(0, extents.length), false);
          return [{ to: temporary(temp, index), mode, value: at(input, indices, scope) }];
        },
      });
      return made;
    }
    // Anything else (a gather or view under a reshape) is copied.
    return valueUnit(key, tensor, (scope, indices) => at(tensor, indices, scope));
  }

  /** The Hermite weights of `t`, computed once per row; [side * PARTS + derivative]. */
  function weights(t: Tensor, power: number, scope: Scope): Expr[] {
    const key = `hermite ${t.id} ${power}`;
    const unit =
      units.get(key) ??
      define({
        key,
        extents: [],
        sizes: new Array<number>(2 * PARTS).fill(1),
        always: false,
        writes: (inner, temps) =>
          hermiteExprs(at(t, [], inner), power)
            .flat()
            .map((value, k) => ({
              to: temporary(temps[k], A.constant(0, 0)),
              mode: 'set',
              value: interner.internDeep(value),
            })),
      });
    scope.reach(unit, A.constant(0, scope.extents.length), false);
    return Array.from({ length: 2 * PARTS }, (_, k) =>
      load(temporary(tempOf(unit, k), A.constant(0, scope.extents.length))),
    );
  }

  const temps: number[] = [];
  function tempOf(unit: Unit, k: number): number {
    unit.temps ??= unit.sizes.map((size) => temps.push(size) - 1);
    return unit.temps[k];
  }

  /** The writes of a root to its buffer. */
  function rootUnit(tensor: Tensor): void {
    const target = slot(tensor);
    const width = widthOf(tensor);
    const { lowering } = tensor.op;
    const write = (
      source: Tensor,
      to: (indices: Affine[], loops: number, scope: Scope) => [Place, Expr?][],
      mode: Write['mode'],
    ) => {
      const sizes = trailingOf(source);
      const extents = withoutOnes(sizes);
      const indices = naturalIndices(sizes);
      define({
        key: `root ${tensor.id}`,
        extents,
        sizes: [],
        always: true,
        writes: (scope) => {
          const value = at(source, indices, scope);
          return to(indices, extents.length, scope).map(([place, weight]) => ({
            to: place,
            mode,
            value: weight ? interner.internDeep(mul(weight, value)) : value,
          }));
        },
      });
    };
    const place = (index: Affine, gather?: Place['gather']): Place => ({
      space: 'buffer',
      slot: target,
      index,
      ...(gather ? { gather } : {}),
    });
    const inRow = (indices: readonly Affine[], sizes: readonly number[], loops: number): Affine =>
      A.plus(flatten(indices, sizes, loops), A.rows(width, loops));

    if (!crossesRows(tensor)) {
      write(tensor, (indices, loops) => [[place(inRow(indices, trailingOf(tensor), loops))]], 'set');
      return;
    }
    const source = tensor.inputs[0];
    fills.push({
      buffer: target,
      value: lowering.kind !== 'pad' && 'mode' in lowering && lowering.mode === 'max' ? -Infinity : 0,
    });
    if (lowering.kind === 'segment') {
      const gather = { index: slot(tensor.inputs[1]), shift: 0 };
      write(source, (indices, loops) => [[place(inRow(indices, trailingOf(source), loops), gather)]], lowering.mode);
    } else if (lowering.kind === 'interpolateTransposed') {
      const [, knot, t] = tensor.inputs as [Tensor, Tensor, Tensor];
      const channels = width / PARTS;
      write(
        source,
        (indices, loops, scope) =>
          weights(t, tensor.attributes.order as number, scope).map((weight, k) => {
            const index = A.plus(A.plus(indices[0], A.constant((k % PARTS) * channels, loops)), A.rows(width, loops));
            return [place(index, { index: slot(knot), shift: Math.floor(k / PARTS) }), weight];
          }),
        'add',
      );
    } else if (lowering.kind === 'reduce') {
      const axes = tensor.attributes.axes as number[];
      const sizes = tensor.shape as number[];
      write(
        source,
        (indices, loops) => [
          [
            place(
              flatten(
                indices.filter((_, k) => !axes.includes(k + 1)),
                sizes,
                loops,
              ),
            ),
          ],
        ],
        lowering.mode,
      );
    } else if (lowering.kind === 'pad') {
      const [first, ...rest] = lowering.places(tensor.attributes);
      write(
        source,
        (indices, loops) => {
          const moved = indices.map((index, k) =>
            A.plus(A.times(index, rest[k].step), A.constant(rest[k].start, loops)),
          );
          const index = A.plus(flatten(moved, trailingOf(tensor), loops), A.constant(first.start * width, loops));
          return [[place(A.plus(index, A.rows(first.step * width, loops)))]];
        },
        'set',
      );
    } else throw new Error(`internal: no kernel writes ${tensor.op.name}`);
  }

  for (const root of roots) {
    if (!sameSize(rowsOf(crossesRows(root) ? root.inputs[0] : root), rows))
      throw new Error('internal: root in the wrong row space');
    rootUnit(root);
  }
  sink(order);
  return {
    kind: 'sweep',
    rows,
    buffers,
    temps,
    fills: fills.map((f) => ({ ...f, buffer: buffers[f.buffer] })),
    stages: stagesOf(order, tempOf, load),
  };
}
