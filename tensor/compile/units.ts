/**
 * Units of work inside a sweep, and how they are put into stages.
 *
 * A unit has a loop nest and a level; it reads units of lower levels through the row's temporaries, or takes the
 * expression of a unit in its own nest and level. Units of one level and nest share the loops of one stage.
 */
import { type Affine, type Expr, literal, type Place } from './expr.ts';
import type { Stage, Write } from './kernel.ts';

/** A piece of work with a loop nest of its own. */
export interface Unit {
  readonly key: string;
  readonly extents: readonly number[];
  level: number;
  /** Temporaries that hold its results, once something asks for them. */
  temps: number[] | undefined;
  readonly sizes: readonly number[];
  /** The value at the natural indices, for units that a user in the same nest may inline. */
  readonly value?: (scope: Scope) => Expr;
  readonly writes: (scope: Scope, temps: readonly number[]) => Write[];
  /** True when it writes to buffers and must run even if nobody reads it. */
  readonly always: boolean;
  /** What it reads, and whether in its own nest at its own indices. */
  readonly reads: { readonly unit: Unit; readonly natural: boolean }[];
}

/** What an expression is built in: a loop nest, and how to reach other units from it. */
export interface Scope {
  readonly extents: readonly number[];
  reach(unit: Unit, index: Affine, natural: boolean): Expr;
}

/**
 * Moves each value to the latest level at which all its users still find it: a value whose users are in one
 * stage is then inlined there instead of passing through a temporary.
 */
export function sink(order: readonly Unit[]): void {
  const latest = new Map<Unit, number>();
  for (let k = order.length - 1; k >= 0; k--) {
    const unit = order[k];
    const limit = latest.get(unit);
    if (unit.value && !unit.always && limit !== undefined) unit.level = Math.max(unit.level, limit);
    for (const { unit: other, natural } of unit.reads) {
      const allowed = natural ? unit.level : unit.level - 1;
      latest.set(other, Math.min(latest.get(other) ?? Number.POSITIVE_INFINITY, allowed));
    }
  }
}

/** Units of one level and nest share a stage; temporaries are written only where someone reads them. */
export function stagesOf(
  order: readonly Unit[],
  tempOf: (unit: Unit, k: number) => number,
  load: (place: Place) => Expr,
): Stage[] {
  const groups = new Map<string, { level: number; extents: readonly number[]; units: Unit[] }>();
  for (const unit of order) {
    const key = `${unit.level} ${unit.extents.join('x')}`;
    const group = groups.get(key) ?? { level: unit.level, extents: unit.extents, units: [] };
    group.units.push(unit);
    groups.set(key, group);
  }
  const sorted = [...groups.values()].sort((a, b) => b.level - a.level);
  const read = new Set<Unit>();
  const stages: Stage[] = [];
  // Last stage first: what a stage reads decides what earlier ones must write.
  for (const { level, extents, units } of sorted) {
    const inlined = new Map<Unit, Expr>();
    const scope: Scope = {
      extents,
      reach: (unit, index, natural) => {
        if (natural && unit.level === level) {
          const known = inlined.get(unit);
          if (known) return known;
          const value = unit.value!(scope);
          inlined.set(unit, value);
          return value;
        }
        read.add(unit);
        return unit.sizes.length === 0 ? literal(0) : load({ space: 'temp', slot: tempOf(unit, 0), index });
      },
    };
    const writes = units
      .filter((unit) => unit.always || read.has(unit))
      .flatMap((unit) =>
        unit.writes(
          scope,
          unit.sizes.map((_, k) => tempOf(unit, k)),
        ),
      );
    if (writes.length > 0) stages.unshift({ extents, writes });
  }
  return stages;
}
