/**
 * The optimiser AdamW (I. Loshchilov and F. Hutter, ICLR 2019), in PyTorch's variant:
 * p <- p (1 - rate decay) - rate m' / (sqrt(v') + epsilon), with bias-corrected moments m' and v'.
 *
 * Moments are variables. Learning rate and bias corrections are leaves that are fed at each step, so nothing is
 * compiled twice. Parameters that the loss does not reach are left alone; they are not even decayed.
 */
import { callerError } from '../../tensor/errors.ts';
import { add, div, input, mul, sqrt, square, sub, type Tensor } from '../../tensor/index.ts';
import { type Optimiser, type OptimiserRule, zerosLike } from './optimiser.ts';

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

/**
 * AdamW with these settings (default: PyTorch's), as `trainingStep` takes it (Loshchilov and Hutter 2019). It remembers
 * two tensors, `first` and `second`, of each parameter.
 *
 * @example
 * const w = variable([1, -2], 'w');
 * const rule = adamW({ weightDecay: 0 });
 * const { memory, updates } = rule([w], grad(w.square().sum(), [w]));
 * memory.length;  // 2
 */
export function adamW(options: Partial<AdamWOptions> = {}): OptimiserRule {
  const settings = { ...adamWDefaults, ...options };
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const fits = [beta1, beta2].every((beta) => beta >= 0 && beta < 1) && epsilon > 0 && weightDecay >= 0;
  if (!fits || !Number.isFinite(epsilon + weightDecay)) {
    throw callerError(
      `adamW: expected betas from 0 to below 1, an epsilon above 0 and a weight decay from 0, got ${JSON.stringify(settings)}.`,
    );
  }
  return (parameters, gradients, reached = parameters.map(() => true)) =>
    step(parameters, gradients, settings, reached);
}

function step(
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  reached: readonly boolean[],
): Optimiser {
  const learningRate = input([], 'learning rate');
  const correction1 = input([], '1 - beta1^t');
  const correction2 = input([], '1 - beta2^t');
  const memory: { parameter: Tensor; name: string; variable: Tensor }[] = [];
  const updates: [Tensor, Tensor][] = [];
  parameters.forEach((parameter, k) => {
    if (!reached[k]) return;
    const gradient = gradients[k];
    const [first, second] = [zerosLike(parameter, 'first moment'), zerosLike(parameter, 'second moment')];
    const m = add(mul(beta1, first), mul(1 - beta1, gradient));
    const v = add(mul(beta2, second), mul(1 - beta2, square(gradient)));
    const step = div(div(m, correction1), add(div(sqrt(v), sqrt(correction2)), epsilon));
    const decayed = mul(parameter, sub(1, mul(weightDecay, learningRate)));
    memory.push({ parameter, name: 'first', variable: first }, { parameter, name: 'second', variable: second });
    updates.push([parameter, sub(decayed, mul(learningRate, step))], [first, m], [second, v]);
  });
  return {
    memory,
    updates,
    feed: (step, rate) => [
      [learningRate, [rate]],
      [correction1, [1 - beta1 ** step]],
      [correction2, [1 - beta2 ** step]],
    ],
  };
}
