/**
 * A rough estimate of what a kernel costs per row: scalar operations and bytes moved. It decides how rows are divided among
 * threads, and never a result.
 */
import type { Expr } from '../../compile/expr.ts';
import type { Kernel, Write } from '../../compile/kernel.ts';

export interface KernelCost {
  /** Scalar operations per row (of a product: per row of the left side). */
  readonly work: number;
  /** Bytes loaded and stored per row. */
  readonly bytes: number;
}

/** The cost of a function in simple operations. */
const FUNCTIONS: Partial<Record<Exclude<Expr['op'], 'literal' | 'load'>, number>> = {
  exp: 18,
  log: 30,
  sin: 30,
  cos: 30,
  log1pUnit: 10,
  div: 4,
  sqrt: 4,
};

export function kernelCost(kernel: Kernel, elementBytes: number): KernelCost {
  if (kernel.kind !== 'sweep') {
    return { work: 2 * kernel.inner * kernel.outer, bytes: (kernel.inner + kernel.outer) * elementBytes };
  }
  let [work, bytes] = [0, 0];
  for (const { extents, writes } of kernel.stages) {
    const times = extents.reduce((a, b) => a * b, 1);
    const once = stageCost(writes);
    work += times * once.work;
    bytes += times * once.moved * elementBytes;
  }
  return { work, bytes };
}

function stageCost(writes: readonly Write[]): { work: number; moved: number } {
  let [work, moved] = [0, 0];
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (seen.has(expr) || expr.op === 'literal') return;
    seen.add(expr);
    if (expr.op === 'load') {
      work++;
      if (expr.place.space === 'buffer') moved++;
      return;
    }
    work += FUNCTIONS[expr.op] ?? 1;
    expr.args.forEach(visit);
  };
  for (const { to, mode, value } of writes) {
    visit(value);
    work += mode === 'set' ? 1 : 3;
    if (to.space === 'buffer') moved += mode === 'set' ? 1 : 2;
  }
  return { work, moved };
}
