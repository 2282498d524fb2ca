/** Clipping by the total norm of all gradients: coefficient min(1, limit / (norm + 1e-6)), as in PyTorch. */
import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from '../../tensor/index.ts';

export interface Clipped {
  readonly gradients: Tensor[];
  /** Total norm before clipping. */
  readonly norm: Tensor;
}

export function clipByNorm(gradients: readonly Tensor[], limit: number): Clipped {
  const norm = sqrt(gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)));
  const coefficient = minimum(1, div(limit, add(norm, 1e-6)));
  return { gradients: gradients.map((g) => mul(g, coefficient)), norm };
}
