/** Clipping of gradients, so that a single bad batch does not throw the weights away. */
import { callerError } from '../../tensor/errors.ts';
import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from '../../tensor/index.ts';

export interface Clipped {
  /** Of the shapes that were given. */
  readonly gradients: Tensor[];
  /** The norm of all gradients together before clipping, a number. */
  readonly norm: Tensor;
}

/** The root of the sum of all squares of all tensors, a number. */
export const totalNorm = (gradients: readonly Tensor[]): Tensor =>
  sqrt(gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)));

/**
 * Multiplies all gradients by min(1, limit / (norm + 1e-6)), where `norm` is the root of the sum of all their squares,
 * as PyTorch's clip_grad_norm_ does it (R. Pascanu, T. Mikolov and Y. Bengio, ICML 2013). The shapes stay; `norm` is
 * that before clipping, a number. There must be at least one gradient.
 *
 * @example
 * const clipped = clipByNorm([tensor([3, 4])], 1);
 * await clipped.norm.value();  // 5
 * await clipped.gradients[0].value();  // [0.6, 0.8]
 */
export function clipByNorm(gradients: readonly Tensor[], limit: number): Clipped {
  if (!(limit > 0)) {
    throw callerError(`clipByNorm: expected a norm above 0 as the limit, got ${limit}.`);
  }
  const norm = totalNorm(gradients);
  const coefficient = minimum(1, div(limit, add(norm, 1e-6)));
  return { gradients: gradients.map((g) => mul(g, coefficient)), norm };
}
