/** Keeps one object for each distinct scalar expression, so that engines see what is used twice and compute it once. */
import type { Expr } from './expr.ts';

export class Interner {
  private readonly known = new Map<string, Expr>();
  private readonly ids = new Map<Expr, number>();
  private readonly done = new WeakMap<Expr, Expr>();

  /** The representative of an expression whose arguments are representatives. */
  intern(expr: Expr): Expr {
    const key =
      expr.op === 'literal'
        ? `literal ${Object.is(expr.value, -0) ? '-0' : expr.value}`
        : expr.op === 'load'
          ? JSON.stringify(expr.place)
          : `${expr.op} ${expr.args.map((arg) => this.ids.get(arg)).join(' ')}`;
    const found = this.known.get(key);
    if (found) return found;
    this.known.set(key, expr);
    this.ids.set(expr, this.ids.size);
    this.done.set(expr, expr);
    return expr;
  }

  /** The representative of any expression; visits each shared part once. */
  internDeep(expr: Expr): Expr {
    const known = this.done.get(expr);
    if (known) return known;
    const result =
      expr.op === 'literal' || expr.op === 'load'
        ? this.intern(expr)
        : this.intern({ op: expr.op, args: expr.args.map((arg) => this.internDeep(arg)) });
    this.done.set(expr, result);
    return result;
  }
}
