/**
 * The optimiser AdamW (I. Loshchilov and F. Hutter, ICLR 2019), in PyTorch's variant:
 * p <- p (1 - rate decay) - rate m' / (sqrt(v') + epsilon), with bias-corrected moments m' and v'.
 *
 * Moments are variables. Learning rate and bias corrections are leaves that are fed at each step, so nothing is
 * compiled twice. Parameters that the loss does not reach are left alone; they are not even decayed.
 */
import { add, div, input, mul, type Numbers, sqrt, square, sub, type Tensor, variable } from '../../tensor/index.ts';

export interface AdamWOptions {
  /** How much of the first moment is kept in a step, and how much of the second. */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment, so that nothing is divided by zero. */
  readonly epsilon: number;
  /** The share of itself, times the learning rate, that a parameter loses in a step. */
  readonly weightDecay: number;
}

/** PyTorch's defaults. */
export const adamWDefaults: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** The updates of one step of the optimiser, to be compiled with a loss. */
export interface AdamW {
  /** First and second moments, beside the parameters that they belong to. */
  readonly moments: readonly { readonly parameter: Tensor; readonly first: Tensor; readonly second: Tensor }[];
  /** Parameters and moments with their values after the step. */
  readonly updates: readonly (readonly [variable: Tensor, value: Tensor])[];
  /** The values of the leaves for step number `step`, counted from 1. */
  feed(step: number, learningRate: number): [Tensor, Numbers][];
}

/**
 * The updates of one step for `parameters` and their `gradients`, which have their shapes. `reached` (default: all)
 * says which parameters the loss depends on.
 */
export function adamW(
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  options: AdamWOptions = adamWDefaults,
  reached: readonly boolean[] = parameters.map(() => true),
): AdamW {
  const { beta1, beta2, epsilon, weightDecay } = options;
  const learningRate = input([], 'learning rate');
  const correction1 = input([], '1 - beta1^t');
  const correction2 = input([], '1 - beta2^t');
  const zeros = (p: Tensor, name: string) =>
    variable(new Float64Array((p.shape as number[]).reduce((a, b) => a * b, 1)), p.shape, name);
  const moments: { parameter: Tensor; first: Tensor; second: Tensor }[] = [];
  const updates: [Tensor, Tensor][] = [];
  parameters.forEach((parameter, k) => {
    if (!reached[k]) return;
    const gradient = gradients[k];
    const [first, second] = [zeros(parameter, 'first moment'), zeros(parameter, 'second moment')];
    const m = add(mul(beta1, first), mul(1 - beta1, gradient));
    const v = add(mul(beta2, second), mul(1 - beta2, square(gradient)));
    const step = div(div(m, correction1), add(div(sqrt(v), sqrt(correction2)), epsilon));
    const decayed = mul(parameter, sub(1, mul(weightDecay, learningRate)));
    moments.push({ parameter, first, second });
    updates.push([parameter, sub(decayed, mul(learningRate, step))], [first, m], [second, v]);
  });
  return {
    moments,
    updates,
    feed: (step, rate) => [
      [learningRate, [rate]],
      [correction1, [1 - beta1 ** step]],
      [correction2, [1 - beta2 ** step]],
    ],
  };
}
