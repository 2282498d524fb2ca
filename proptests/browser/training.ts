/**
 * Trains a small network for a few steps on the CPU engine; in a browser's worker it answers with the losses.
 *
 * The same function runs in Node, so that the test can compare the two.
 */

import { collate, neighbours, type Structure } from '../../graph/index.ts';
import {
  applyCGCNN,
  cgcnnDefaults,
  forceFieldLoss,
  graphInputs,
  initCGCNN,
  labelInputs,
  lossWeightInputs,
  withDerivatives,
} from '../../nn/index.ts';
import { cpuEngine, type Feeds, key, uniform } from '../../tensor/index.ts';
import { feedGraph, feedLossWeights, trainingStep } from '../support/by-tensor.ts';
import { answer } from './answer.ts';

/** Losses of five steps, and the threads that took part. */
export async function train(threads: number): Promise<{ losses: number[]; threads: number }> {
  const config = { ...cgcnnDefaults, dim1: 40, dim2: 20, gc_count: 2, edge_dim: 16, cutoff: 5 };
  const crystals = Array.from({ length: 8 }, (_, k): Structure => {
    const a = 3 + 0.1 * k;
    const positions = Float64Array.of(0, 0, 0, a / 2 + 0.1, a / 2, 0, a / 2, 0, a / 2, 0, a / 2, a / 2 - 0.1);
    return {
      id: `crystal ${k}`,
      numbers: Int32Array.of(29, 79, 29, 47),
      positions,
      cell: Float64Array.of(a, 0, 0, 0, a, 0, 0, 0, a),
      periodic: [true, true, true],
    };
  });
  const batch = collate(crystals.map((structure) => ({ structure, edges: neighbours(structure, config.cutoff) })));
  const engine = cpuEngine({ threads });
  const parameters = initCGCNN(config, key(1));
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) => applyCGCNN(parameters, inputs, vectors, config));
  const [labels, weights] = [labelInputs(), lossWeightInputs()];
  const loss = forceFieldLoss(predicted, labels, weights);
  const training = trainingStep(engine, loss, parameters);
  const feeds = new Map<unknown, unknown>([
    ...feedGraph(inputs, batch, { cutoff: config.cutoff }),
    ...feedLossWeights(weights, [1, 1, 1]),
    [labels.energy, uniform(key(2), 8)],
    [labels.forces, uniform(key(3), 96)],
    [labels.stress, uniform(key(4), 72)],
  ]) as Feeds;
  const losses: number[] = [];
  for (let k = 0; k < 5; k++) losses.push((await training.step(feeds, 1e-3)).loss);
  return { losses, threads: engine.threads };
}

answer(async (threads: number[]) => ({
  isolated: crossOriginIsolated,
  runs: await Promise.all(threads.map(train)),
}));
