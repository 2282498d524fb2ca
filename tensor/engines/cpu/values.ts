/**
 * Prints the values of scalar expressions in one loop body: what is used twice is computed once, and products whose only
 * use is a sum are fused with it.
 */
import type { Expr } from '../../compile/expr.ts';
import type { Write } from '../../compile/kernel.ts';
import type { Addresses } from './addresses.ts';
import { countUses } from './analysis.ts';
import type { Lanes, VectorLanes } from './lanes.ts';
import type { FunctionBuilder } from './wasm.ts';

/** The locals that hold values already computed in one straight run of code. */
export type Known = Map<Expr, number>;

export class Values {
  private readonly uses: ReadonlyMap<Expr, number>;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly addresses: Addresses,
    writes: readonly Write[],
  ) {
    this.uses = countUses(writes.map((write) => write.value));
  }

  /** Pushes the value of an expression; values that are used again are put into `known`. */
  push(expr: Expr, lanes: Lanes, known: Known): void {
    const { f } = this;
    const local = known.get(expr);
    if (local !== undefined) {
      f.get(local);
      return;
    }
    if (expr.op === 'literal') {
      lanes.literal(f, expr.value);
      return;
    }
    if (expr.op === 'load') this.addresses.load(expr.place, lanes);
    else if (!this.pushFused(expr, lanes, known)) {
      // The instruction that selects finds the two values below the two that are compared.
      const args = expr.op === 'selectLess' ? [2, 3, 0, 1].map((k) => expr.args[k]) : expr.args;
      for (const arg of args) this.push(arg, lanes, known);
      lanes.ops[expr.op](f);
    }
    if (this.uses.get(expr)! > 1) {
      const kept = f.local(lanes.type);
      f.tee(kept);
      known.set(expr, kept);
    }
  }

  /** [a, b, x] where the expression is x + a b or x - a b, and nothing else uses the product; else undefined. */
  private fusedInputs(expr: Expr, lanes: Lanes, known: Known): readonly Expr[] | undefined {
    if ((expr.op !== 'add' && expr.op !== 'sub') || !lanes.multiplyAdd) return undefined;
    const isProduct = (x: Expr) => x.op === 'mul' && this.uses.get(x) === 1 && !known.has(x);
    const at = expr.op === 'add' && !isProduct(expr.args[1]) ? 0 : 1;
    const product = expr.args[at];
    return product.op === 'mul' && isProduct(product) ? [...product.args, expr.args[1 - at]] : undefined;
  }

  /** Pushes such an expression by one instruction; false for all others. */
  private pushFused(expr: Expr, lanes: Lanes, known: Known): boolean {
    const inputs = this.fusedInputs(expr, lanes, known);
    if (!inputs) return false;
    for (const input of inputs) this.push(input, lanes, known);
    this.f.op(expr.op === 'add' ? lanes.multiplyAdd! : lanes.negatedMultiplyAdd!);
    return true;
  }

  /**
   * Computes an expression for two neighbouring vectors, one operation for both at a time, and notes the results in the
   * known values of each. So the machine works on one vector while an operation on the other is still under way.
   */
  computePair(expr: Expr, vector: VectorLanes, known: readonly [Known, Known]): void {
    const { f } = this;
    if (expr.op === 'literal' || known[0].has(expr)) return;
    if (expr.op !== 'load') {
      const inputs = this.fusedInputs(expr, vector, known[0]) ?? expr.args;
      for (const input of inputs) this.computePair(input, vector, known);
    }
    known.forEach((own, copy) => {
      this.addresses.ahead = copy * vector.count;
      this.push(expr, vector, own);
      if (own.has(expr)) f.op('drop');
      else {
        const local = f.local(vector.type);
        f.set(local);
        own.set(expr, local);
      }
    });
    this.addresses.ahead = 0;
  }
}
