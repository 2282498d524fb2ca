/**
 * Which writes of a sweep are printed together: sums at the same destinations into several blocks of columns.
 *
 * A table's gradient is such a sum: value and derivatives side by side, each a cheap factor times one costly expression.
 * Printed one by one they would repeat the costly part, in text and for the threads of a group that differ in block.
 */
import type { Expr } from '../../compile/expr.ts';
import type { Stage } from '../../compile/kernel.ts';

/** Expressions that a value needs, through the temporaries that it reads. */
function needed(value: Expr, stages: readonly Stage[], seen: Set<Expr> = new Set()): Set<Expr> {
  if (seen.has(value)) return seen;
  seen.add(value);
  if (value.op === 'load') {
    const { space, slot } = value.place;
    if (space === 'buffer') return seen;
    for (const { writes } of stages)
      for (const { to, value: inner } of writes)
        if (to.space === 'temp' && to.slot === slot) needed(inner, stages, seen);
  } else if (value.op !== 'literal') for (const arg of value.args) needed(arg, stages, seen);
  return seen;
}

/** Do these values, of which a thread needs one, share so much that computing all costs little more? */
export function shareMost(values: readonly Expr[], stages: readonly Stage[]): boolean {
  const sizes = values.map((value) => needed(value, stages).size);
  const all = new Set<Expr>();
  for (const value of values) needed(value, stages, all);
  return all.size <= 1.5 * Math.max(...sizes);
}

/** Items of one key, as lists; each alone if any has none, since their order may then matter. */
export function groupsOf<T>(items: readonly T[], key: (item: T) => string | undefined): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const own = key(item);
    if (own === undefined) return items.map((each) => [each]);
    groups.set(own, [...(groups.get(own) ?? []), item]);
  }
  return [...groups.values()];
}
