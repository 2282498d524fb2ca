/**
 * Feeding by tensors instead of names, through the interface of engines: what tests need that compare engines, or that feed
 * tensors which have no name of their own.
 */

import type { GraphBatch } from '../../graph/index.ts';
import type { Parameters, RadialGridOptions } from '../../nn/index.ts';
import { adamW, type GraphFeeds, type GraphInputs, type LossWeights, feedGraph as namedGraph } from '../../nn/index.ts';
import * as named from '../../nn/training-step.ts';
import type { Engine, Feeds, IndexValue, Named, Numbers, Tensor } from '../../tensor/index.ts';
import { isLeaf, leafRole } from '../../tensor/leaves.ts';
import { topological } from '../../tensor/tensor.ts';

type ByTensor = Map<Tensor, Numbers | number | IndexValue>;

/** The values of a graph's placeholders, by tensor. */
export function feedGraph(inputs: GraphInputs, batch: GraphBatch, grid: RadialGridOptions): ByTensor {
  const values = namedGraph(batch, grid);
  return new Map((Object.keys(values) as (keyof GraphFeeds)[]).map((name) => [inputs[name], values[name]]));
}

/** The values of weights of energy, forces and stress, by tensor. */
export const feedLossWeights = (
  { energy, forces, stress }: LossWeights<Tensor>,
  [e, f, s]: readonly [number, number, number],
): [Tensor, Numbers][] => [
  [energy, [e]],
  [forces, [f]],
  [stress, [s]],
];

export type TrainingOptions = Omit<
  named.TrainingOptions<Named>,
  'inputs' | 'loss' | 'parameters' | 'engine' | 'extra'
> & {
  readonly extra?: readonly Tensor[];
};

export interface TrainingStep extends Omit<named.TrainingStep, 'step'> {
  step(feeds: Feeds, learningRate: number): Promise<{ loss: number; norm: number; extra: Float64Array[] }>;
}

/** A training step whose placeholders are found in the loss and fed by tensor. Gradients are clipped at 10. */
export function trainingStep(
  engine: Engine,
  loss: Tensor,
  parameters: Parameters,
  options: TrainingOptions = {},
): TrainingStep {
  const { extra = [], ...rest } = options;
  const placeholders = topological([loss, ...extra]).filter((x) => isLeaf(x) && leafRole(x) !== 'constant');
  const nameOf = new Map(placeholders.map((x, k) => [x, `leaf ${k}`]));
  const inputs = Object.fromEntries([...nameOf].map(([x, name]) => [name, x]));
  const further = Object.fromEntries(extra.map((x, k) => [`extra ${k}`, x]));
  const made = named.trainingStep<Named>({
    clip: 10,
    optimiser: adamW(),
    ...rest,
    inputs,
    loss,
    parameters,
    engine,
    extra: further,
  });
  const { step } = made;
  return Object.assign(made, {
    async step(feeds: Feeds, learningRate: number) {
      // Flat, as engines take them: a list would have a shape of its own.
      const flat = (feed: Numbers | number | IndexValue) => (Array.isArray(feed) ? Float64Array.from(feed) : feed);
      const values = Object.fromEntries(
        [...nameOf].flatMap(([x, name]) => (feeds.has(x) ? [[name, flat(feeds.get(x)!)] as const] : [])),
      );
      const done = await step(values, learningRate);
      return { ...done, extra: extra.map((_, k) => done.extra[`extra ${k}`].data) };
    },
  });
}
