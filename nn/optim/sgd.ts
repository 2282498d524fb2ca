/**
 * Gradient descent with momentum (B. T. Polyak, USSR Comput. Math. Math. Phys. 4, 1, 1964), in PyTorch's variant, in which
 * the learning rate stands outside of the mean: b <- momentum b + g and p <- p - rate b, with g the gradient plus
 * weightDecay p. Nesterov's variant (I. Sutskever et al., ICML 2013) steps along g + momentum b.
 */
import { callerError } from '../../tensor/errors.ts';
import { add, input, mul, sub, type Tensor } from '../../tensor/index.ts';
import { type OptimiserRule, zerosLike } from './optimiser.ts';

export interface SgdOptions {
  /** The share of the last direction that is kept, from 0 (none is remembered) to below 1. */
  readonly momentum: number;
  /** Steps go along the gradient at the point to which momentum leads. */
  readonly nesterov: boolean;
  /** The gradient gets this share of the parameter, which for plain descent is the gradient of weightDecay p^2 / 2. */
  readonly weightDecay: number;
}

/** PyTorch's defaults: plain gradient descent. */
export const sgdDefaults: SgdOptions = { momentum: 0, nesterov: false, weightDecay: 0 };

/**
 * Gradient descent, with momentum where one is given, as `trainingStep` takes it. It remembers one tensor, `momentum`,
 * of each parameter, or nothing without momentum. Throws for settings out of range, and for `nesterov` without
 * momentum.
 *
 * @example
 * const w = variable([1, -2], 'w');
 * const rule = sgd({ momentum: 0.9 });
 * const { memory, updates } = rule([w], grad(w.square().sum(), [w]));
 * memory.length;  // 1
 */
export function sgd(options: Partial<SgdOptions> = {}): OptimiserRule {
  const { momentum, nesterov, weightDecay } = { ...sgdDefaults, ...options };
  if (!(momentum >= 0 && momentum < 1))
    throw callerError(`sgd: expected a momentum from 0 to below 1, got ${momentum}.`);
  if (!(weightDecay >= 0 && weightDecay < Number.POSITIVE_INFINITY)) {
    throw callerError(`sgd: expected a weight decay from 0, got ${weightDecay}.`);
  }
  if (nesterov && momentum === 0) throw callerError('sgd: Nesterov steps need a momentum above 0, for example 0.9.');
  return (parameters, gradients, reached = parameters.map(() => true)) => {
    const learningRate = input([], 'learning rate');
    const memory: { parameter: Tensor; name: string; variable: Tensor }[] = [];
    const updates: [Tensor, Tensor][] = [];
    parameters.forEach((parameter, k) => {
      if (!reached[k]) return;
      const gradient = add(gradients[k], mul(weightDecay, parameter));
      let direction = gradient;
      if (momentum > 0) {
        const before = zerosLike(parameter, 'momentum');
        const after = add(mul(momentum, before), gradient);
        direction = nesterov ? add(gradient, mul(momentum, after)) : after;
        memory.push({ parameter, name: 'momentum', variable: before });
        updates.push([before, after]);
      }
      updates.push([parameter, sub(parameter, mul(learningRate, direction))]);
    });
    return { memory, updates, feed: (_, rate) => [[learningRate, [rate]]] };
  };
}
