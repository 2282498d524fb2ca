/** Facts about the expressions of a stage: which are used more than once, and which do not change in a loop. */
import type { Expr } from '../../compile/expr.ts';
import type { Write } from '../../compile/kernel.ts';

/** How often each expression is used by others or by a write. */
export function countUses(roots: readonly Expr[]): Map<Expr, number> {
  const uses = new Map<Expr, number>();
  const visit = (expr: Expr) => {
    const known = uses.get(expr) ?? 0;
    uses.set(expr, known + 1);
    if (known > 0 || expr.op === 'literal' || expr.op === 'load') return;
    expr.args.forEach(visit);
  };
  roots.forEach(visit);
  return uses;
}

/** The largest expressions that do not change in the innermost loop. */
export function invariants(writes: readonly Write[]): Expr[] {
  const varies = new Map<Expr, boolean>();
  const check = (expr: Expr): boolean => {
    const known = varies.get(expr);
    if (known !== undefined) return known;
    const result =
      expr.op === 'literal'
        ? false
        : expr.op === 'load'
          ? (expr.place.index.coefs[expr.place.index.coefs.length - 1] ?? 0) !== 0
          : expr.args.map(check).some(Boolean);
    varies.set(expr, result);
    return result;
  };
  const found = new Set<Expr>();
  const visited = new Set<Expr>();
  const collect = (expr: Expr) => {
    if (visited.has(expr) || expr.op === 'literal') return;
    visited.add(expr);
    if (!check(expr)) found.add(expr);
    else if (expr.op !== 'load') expr.args.forEach(collect);
  };
  for (const write of writes) collect(write.value);
  return [...found];
}
