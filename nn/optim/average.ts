/**
 * A running mean of weights, in place of the weights themselves (Polyak & Juditsky 1992): with `decay` d,
 * those after step k of t count d^(t - k), and all counts are divided by their sum.
 *
 * So what it started from is forgotten at the first step, which Adam's bias correction does for moments. Written as
 * mean + share (weights - mean), which in single precision keeps what is equal equal. Training does not see it.
 */
import { add, type Engine, input, mul, type Numbers, sub, type Tensor, variable } from '../../tensor/index.ts';

export interface WeightAverage {
  /** The means, beside the parameters that they belong to; before the first step they are the parameters. */
  readonly means: readonly { readonly parameter: Tensor; readonly mean: Tensor }[];
  readonly updates: readonly (readonly [variable: Tensor, value: Tensor])[];
  /** Values of the leaves for step number `step` (from 1). */
  feed(step: number): [Tensor, Numbers][];
}

/** Share of the newest weights in the mean after `step` steps: 1 at first, 1 - decay in the end. */
export const newestShare = (decay: number, step: number): number =>
  // 1 - decay^step, which loses its digits where the decay is close to 1.
  (1 - decay) / -Math.expm1(step * Math.log(decay));

/** The updates of one step. `updated`: parameters and their values after it. */
export function averageWeights(
  engine: Engine,
  updated: readonly (readonly [parameter: Tensor, value: Tensor])[],
  decay: number,
): WeightAverage {
  if (!(decay > 0 && decay < 1)) throw new Error(`averageWeights: expected a decay between 0 and 1, got ${decay}.`);
  const share = input([], 'share of the newest weights');
  const means: { parameter: Tensor; mean: Tensor }[] = [];
  const updates = updated.map(([parameter, value]): [Tensor, Tensor] => {
    const mean = variable(engine.read(parameter), parameter.shape, 'mean of the weights');
    means.push({ parameter, mean });
    return [mean, add(mean, mul(share, sub(value, mean)))];
  });
  return { means, updates, feed: (step) => [[share, [newestShare(decay, step)]]] };
}
