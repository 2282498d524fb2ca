/**
 * Checkpointing: trade time for memory by computing a function's intermediate values again in the backward
 * pass (Griewank 1992). Results and derivatives are unchanged.
 */
import type { Tensor } from '../tensor/index.ts';
import { markRecompute } from '../tensor/recompute.ts';
import { topological } from '../tensor/tensor.ts';

/**
 * The function `f`, with its intermediate values marked to be computed again in the backward pass instead of being stored; its
 * inputs and output are stored as usual. Values and derivatives stay the same (Griewank 1992).
 *
 * @example
 * const x = tensor([0, 1]);
 * const y = checkpoint((t) => t.sin().exp().sin())(x);
 * grad(y.sum(), [x])[0]; // [0.540302, -0.853417]
 */
export const checkpoint =
  (f: (...x: Tensor[]) => Tensor) =>
  (...x: Tensor[]): Tensor => {
    const outside = new Set(topological(x));
    const y = f(...x);
    for (const tensor of topological([y])) if (!outside.has(tensor) && tensor !== y) markRecompute(tensor);
    return y;
  };
