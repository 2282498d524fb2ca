/** What all tasks do with a network: train it on batches of labelled graphs, and run it on graphs. */
import type { GraphBatch } from '../graph/index.ts';
import { adamWDefaults, feedGraph, type GraphInputs, graphInputs, type Network, trainingStep } from '../nn/index.ts';
import type { Engine, Numbers, Tensor } from '../tensor/index.ts';
import type { TrainingConfig } from './config.ts';
import type { Task } from './task.ts';

/** A loss as a function of graphs and labels. */
interface LabelledLoss<Labels> {
  readonly loss: Tensor;
  /** The tensors that labels are given to, with their values. */
  feeds(labels: Labels): Iterable<readonly [Tensor, Numbers]>;
}

export type Optimiser = Pick<TrainingConfig, 'clip' | 'weightDecay' | 'average'>;

/**
 * The training step of a network for a loss, compiled once: AdamW on clipped gradients. `frozen`: names of parameters
 * that stay as they are.
 */
export function graphStep<Labels>(
  engine: Engine,
  network: Network,
  { clip, weightDecay, average }: Optimiser,
  lossOf: (inputs: GraphInputs) => LabelledLoss<Labels>,
  frozen: readonly string[] = [],
): Pick<Task<Labels>, 'trainingStep' | 'step'> {
  const inputs = graphInputs();
  const { loss, feeds } = lossOf(inputs);
  const optimiser = { ...adamWDefaults, weightDecay };
  const training = trainingStep(engine, loss, network.parameters, { clip, optimiser, average, frozen });
  return {
    trainingStep: training,
    step: ({ graph, labels }, learningRate) =>
      training.step(new Map([...feedGraph(inputs, graph, network.grid), ...feeds(labels)]), learningRate),
  };
}

/** Runs outputs of a network on graphs; compiled once. */
export function graphPredictor(
  engine: Engine,
  network: Network,
  outputsOf: (inputs: GraphInputs) => readonly Tensor[],
): (graph: GraphBatch) => Promise<Float64Array[]> {
  const inputs = graphInputs();
  const plan = engine.compile({ outputs: outputsOf(inputs) });
  return (graph) => plan.run(feedGraph(inputs, graph, network.grid));
}
