/**
 * A network that learns energies, forces and stress: its training step and its predictions, compiled once each.
 *
 * The network predicts the total energy less the elements' reference energies; forces and stress are derivatives of
 * it. The energy's loss is per atom, so that large cells do not outweigh small ones.
 */
import {
  applyCGCNN,
  type CGCNNConfig,
  type CGCNNParameters,
  countParameters,
  feedGraph,
  feedWeights,
  forceFieldLoss,
  graphInputs,
  initCGCNN,
  labelInputs,
  structures,
  type Trainer,
  trainer,
  weightInputs,
  withDerivatives,
} from '../nn/index.ts';
import { degree, type Engine, type Feeds, type Key, type Results, reshape } from '../tensor/index.ts';
import type { LabelledBatch } from './batches.ts';

/** Weights of energy (eV/atom), forces (eV/A) and stress (eV/A^3) in the loss. */
export type Ratio = readonly [energy: number, forces: number, stress: number];

export interface ForceField {
  readonly parameters: CGCNNParameters;
  readonly parameterCount: number;
  readonly trainer: Trainer;
  /** One step of training; returns the loss before it. */
  train(batch: LabelledBatch, ratio: Ratio, learningRate: number): Promise<number>;
  /** Energies (less references), forces, stress. */
  predict(batch: LabelledBatch): Promise<Results>;
}

export function forceField(engine: Engine, config: CGCNNConfig, key: Key): ForceField {
  const parameters = initCGCNN(config, key);
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) =>
    reshape(applyCGCNN(parameters, inputs, vectors, config), [structures]),
  );
  const [labels, weights] = [labelInputs(), weightInputs()];
  const loss = forceFieldLoss(predicted, labels, weights, { atomsPerStructure: degree(inputs.structure) });
  const training = trainer(engine, loss, parameters);
  const prediction = engine.compile({ outputs: [predicted.energy, predicted.forces, predicted.stress] });
  const graphFeeds = ({ graph }: LabelledBatch) => feedGraph(inputs, graph, { cutoff: config.cutoff });
  return {
    parameters,
    parameterCount: countParameters(parameters),
    trainer: training,
    async train(batch, ratio, learningRate) {
      const feeds = new Map([
        ...graphFeeds(batch),
        ...feedWeights(weights, ratio),
        [labels.energy, batch.energy],
        [labels.forces, batch.forces],
        [labels.stress, batch.stress],
      ]) as Feeds;
      return (await training.step(feeds, learningRate)).loss;
    },
    predict: (batch) => prediction.run(graphFeeds(batch) as Feeds),
  };
}
