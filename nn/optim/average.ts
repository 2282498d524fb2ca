/**
 * A running mean of weights, to be used in place of the weights themselves (B. T. Polyak and A. B. Juditsky, SIAM J.
 * Control Optim. 30, 838, 1992). With a decay d, the weights after step k of t count d^(t - k), divided by the sum of
 * all counts.
 *
 * What the mean started from is therefore forgotten at the first step, as by Adam's bias correction of moments. The
 * mean is written as mean + share (weights - mean), which in single precision keeps weights that do not change as they
 * are. Training itself does not see the mean.
 */
import { callerError } from '../../tensor/errors.ts';
import { add, type Engine, input, mul, type Numbers, sub, type Tensor, variable } from '../../tensor/index.ts';

/** The updates of the means in one step, to be compiled with those of the optimiser. */
export interface WeightAverage {
  /** The means beside the parameters that they belong to. Before the first step they are equal. */
  readonly means: readonly { readonly parameter: Tensor; readonly mean: Tensor }[];
  /** The means with their values after the step. */
  readonly updates: readonly (readonly [variable: Tensor, value: Tensor])[];
  /** The values of the leaves for step number `step`, counted from 1. */
  feed(step: number): [Tensor, Numbers][];
}

/** The share of the newest weights in the mean after `step` steps: 1 at first, and 1 - decay in the end. */
export const newestShare = (decay: number, step: number): number =>
  // The denominator is 1 - decay^step, which written so would lose its digits where the decay is close to 1.
  (1 - decay) / -Math.expm1(step * Math.log(decay));

/**
 * The updates of one step; `updated` holds parameters and their values after it. Throws an Error unless the decay lies
 * between 0 and 1.
 */
export function averageWeights(
  engine: Engine,
  updated: readonly (readonly [parameter: Tensor, value: Tensor])[],
  decay: number,
): WeightAverage {
  if (!(decay > 0 && decay < 1)) throw callerError(`averageWeights: expected a decay between 0 and 1, got ${decay}.`);
  const share = input([], 'share of the newest weights');
  const means: { parameter: Tensor; mean: Tensor }[] = [];
  const updates = updated.map(([parameter, value]): [Tensor, Tensor] => {
    const mean = variable(engine.read(parameter), parameter.shape, 'mean of the weights');
    means.push({ parameter, mean });
    return [mean, add(mean, mul(share, sub(value, mean)))];
  });
  return { means, updates, feed: (step) => [[share, [newestShare(decay, step)]]] };
}
