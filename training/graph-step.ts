/** What all tasks do with a network: train it on batches of labelled graphs, and run it on graphs. */
import type { GraphBatch } from '../graph/index.ts';
import { adamW, feedGraph, type GraphInputs, graphInputs, type Network, trainingStep } from '../nn/index.ts';
import { compile, type Engine, type Feed, type Named, type Tensor, type Value } from '../tensor/index.ts';
import type { TrainingConfig } from './config.ts';
import type { Task } from './task.ts';

/** A loss as a function of graphs and labels. */
interface LabelledLoss<Labels> {
  readonly loss: Tensor;
  /** Placeholders for labels, by names that no placeholder of a graph has. */
  readonly inputs: Named;
  /** The values of these placeholders. */
  feeds(labels: Labels): Readonly<Record<string, Feed>>;
}

export type Optimiser = Pick<TrainingConfig, 'clip' | 'weightDecay' | 'average'>;

/**
 * The training step of a network for a loss, compiled once: AdamW on clipped gradients. `frozen`: names of parameters
 * that stay as they are. Throws an Error if a placeholder for labels has the name of one of graphs, and where
 * `trainingStep` does.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1)), volume = input([structures], 'volume');
 * const lossOf = (inputs: GraphInputs) => ({
 *   loss: l1Loss(net.apply(inputs, edgeVectors(inputs)), volume), inputs: { volume },
 *   feeds: (labels: number[]) => ({ volume: labels }),
 * });
 * const { step } = graphStep(defaultEngine(), net, { clip: 10, weightDecay: 0, average: null }, lossOf);
 */
export function graphStep<Labels>(
  engine: Engine,
  network: Network,
  { clip, weightDecay, average }: Optimiser,
  lossOf: (inputs: GraphInputs) => LabelledLoss<Labels>,
  frozen: readonly string[] = [],
): Pick<Task<Labels>, 'trainingStep' | 'step'> {
  const inputs = graphInputs();
  const { loss, inputs: labelInputs, feeds } = lossOf(inputs);
  const twice = Object.keys(labelInputs).find((name) => Object.hasOwn(inputs, name));
  if (twice !== undefined)
    throw new Error(`A label cannot be called '${twice}': graphs have a placeholder of that name.`);
  const optimiser = adamW({ weightDecay });
  const training = trainingStep<Named>({
    inputs: { ...inputs, ...labelInputs },
    loss,
    parameters: network.parameters,
    engine,
    clip,
    optimiser,
    average,
    frozen,
  });
  return {
    trainingStep: training,
    step: ({ graph, labels }, learningRate) =>
      training.step({ ...feedGraph(graph, network.grid), ...feeds(labels) }, learningRate),
  };
}

/**
 * Outputs of a network on batches of graphs, as a function that is compiled once and gives values by the names of
 * `outputsOf`.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1));
 * const predict = graphPredictor(defaultEngine(), net, (inputs) => ({ energy: net.apply(inputs, edgeVectors(inputs)) }));
 * const [structure] = crystals({ count: 1 });
 * const { energy } = await predict(collate([{ structure, edges: neighbours(structure, 4) }]));
 * energy.shape;  // [1]
 */
export function graphPredictor<const Outputs extends Named>(
  engine: Engine,
  network: Network,
  outputsOf: (inputs: GraphInputs) => Outputs,
): (graph: GraphBatch) => Promise<{ [Name in keyof Outputs]: Value }> {
  const inputs = graphInputs();
  const predict = compile(inputs, outputsOf(inputs), { engine });
  return (graph) => predict(feedGraph(graph, network.grid));
}
