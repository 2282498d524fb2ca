/**
 * A network that predicts one number for each structure, and the step that trains it: L1 on the (scaled) target.
 */
import { extend } from '../../data/index.ts';
import type { GraphBatch } from '../../graph/index.ts';
import {
  adamWDefaults,
  edgeVectors,
  feedGraph,
  graphInputs,
  structures,
  type Trainer,
  trainer,
} from '../../nn/index.ts';
import { type Engine, input, l1Loss } from '../../tensor/index.ts';
import type { GraphService } from '../batches/graph-service.ts';
import { type BatchLimits, groupByEdges } from '../batches/group.ts';
import type { Network } from '../network.ts';

export interface PropertyOptions {
  readonly clip: number;
  readonly weightDecay: number;
  /** Decay of a running mean of the weights, or null. */
  readonly average: number | null;
  /** Names of parameters that stay as they are. */
  readonly frozen: readonly string[];
}

export interface PropertyLearner {
  readonly trainer: Trainer;
  /** One step on scaled targets, [structures]. */
  step(graph: GraphBatch, targets: Float64Array, learningRate: number): Promise<{ loss: number; norm: number }>;
}

/** Outputs of the network, [structures], in the scaled unit. */
export function propertyPredictor(engine: Engine, net: Network): (graph: GraphBatch) => Promise<Float64Array> {
  const inputs = graphInputs();
  const plan = engine.compile({ outputs: [net.apply(inputs, edgeVectors(inputs))] });
  return async (graph) => (await plan.run(feedGraph(inputs, graph, net.grid)))[0];
}

export function propertyLearner(engine: Engine, net: Network, options: PropertyOptions): PropertyLearner {
  const inputs = graphInputs();
  const target = input([structures], 'target');
  const loss = l1Loss(net.apply(inputs, edgeVectors(inputs)), target);
  const training = trainer(engine, loss, net.parameters, {
    clip: options.clip,
    optimiser: { ...adamWDefaults, weightDecay: options.weightDecay },
    average: options.average,
    frozen: options.frozen,
  });
  return {
    trainer: training,
    step: (graph, targets, learningRate) =>
      training.step(new Map([...feedGraph(inputs, graph, net.grid), [target, targets]]), learningRate),
  };
}

/** Outputs of a predictor on structures in batches, in the order of `part`; `told` hears how many there are. */
export async function predictProperty(
  part: readonly number[],
  predict: (graph: GraphBatch) => Promise<Float64Array>,
  graphs: GraphService,
  limits: BatchLimits,
  told: (done: number) => void = () => {},
): Promise<number[]> {
  const outputs: number[] = [];
  for (const group of groupByEdges(graphs.counts, part, limits)) {
    extend(outputs, await predict(await graphs.batch(group)));
    told(outputs.length);
  }
  return outputs;
}
