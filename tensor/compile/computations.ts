/**
 * The computations of a sweep, and how they share loops.
 *
 * A computation has a loop nest and a level. It reads computations of lower levels through temporaries of the row, and takes
 * the expressions of those that have its own nest and level. All computations of one level and nest are fused: they share
 * the loops of one stage.
 */
import { type Affine, type Expr, literal, type Place } from './expr.ts';
import type { Stage, Write } from './kernel.ts';

/** A piece of work with a loop nest of its own. */
export interface Computation {
  readonly key: string;
  readonly extents: readonly number[];
  level: number;
  /** Elements of each of its results. */
  readonly sizes: readonly number[];
  /** Numbers of the temporaries that hold its results, once something asks for them. */
  temporaries: number[] | undefined;
  /** Its value at the indices of its own loops, where a user in the same nest may take the expression itself. */
  readonly value?: (scope: Scope) => Expr;
  readonly writes: (scope: Scope, temporaries: readonly number[]) => Write[];
  /** True when it writes to buffers and must run even if nobody reads it. */
  readonly always: boolean;
  /** What it reads, and whether in its own nest at the indices of its own loops. */
  readonly reads: { readonly computation: Computation; readonly natural: boolean }[];
}

/** What an expression is built in: a loop nest, and how to reach other computations from it. */
export interface Scope {
  readonly extents: readonly number[];
  reach(computation: Computation, index: Affine, natural: boolean): Expr;
}

/**
 * Moves each value to the latest level at which all its users still find it: a value whose users are in one
 * stage then becomes part of their expressions instead of passing through a temporary.
 */
export function sink(order: readonly Computation[]): void {
  const latest = new Map<Computation, number>();
  for (let k = order.length - 1; k >= 0; k--) {
    const computation = order[k];
    const limit = latest.get(computation);
    if (computation.value && !computation.always && limit !== undefined) {
      computation.level = Math.max(computation.level, limit);
    }
    for (const { computation: other, natural } of computation.reads) {
      const allowed = natural ? computation.level : computation.level - 1;
      latest.set(other, Math.min(latest.get(other) ?? Number.POSITIVE_INFINITY, allowed));
    }
  }
}

/** The stages of a sweep, first one first. A computation is left out when nothing reads what it would write. */
export function stagesOf(
  order: readonly Computation[],
  temporaryOf: (computation: Computation, k: number) => number,
  load: (place: Place) => Expr,
): Stage[] {
  const read = new Set<Computation>();
  const stages: Stage[] = [];
  // Last stage first: what a stage reads decides what earlier ones must write.
  for (const { level, extents, computations } of fused(order)) {
    const taken = new Map<Computation, Expr>();
    const scope: Scope = {
      extents,
      reach: (computation, index, natural) => {
        if (natural && computation.level === level) {
          const known = taken.get(computation);
          if (known) return known;
          const value = computation.value!(scope);
          taken.set(computation, value);
          return value;
        }
        read.add(computation);
        if (computation.sizes.length === 0) return literal(0);
        return load({ space: 'temp', slot: temporaryOf(computation, 0), index });
      },
    };
    const writes = computations
      .filter((computation) => computation.always || read.has(computation))
      .flatMap((computation) =>
        computation.writes(
          scope,
          computation.sizes.map((_, k) => temporaryOf(computation, k)),
        ),
      );
    if (writes.length > 0) stages.unshift({ extents, writes });
  }
  return stages;
}

/** Computations of one level and nest, together; the highest level first. */
function fused(order: readonly Computation[]) {
  const groups = new Map<string, { level: number; extents: readonly number[]; computations: Computation[] }>();
  for (const computation of order) {
    const key = `${computation.level} ${computation.extents.join('x')}`;
    const group = groups.get(key) ?? { level: computation.level, extents: computation.extents, computations: [] };
    group.computations.push(computation);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.level - a.level);
}
