/**
 * Pre-training on the GPU engine against the reference, for each strategy's loss: gradients of all parameters at the
 * reference's parameters of several steps, and the losses of a training that runs freely.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import * as nn from '../../nn/index.ts';
import * as T from '../../tensor/index.ts';
import { crystals } from '../../testing/index.ts';
import * as byTensor from '../support/by-tensor.ts';
import { close } from '../tensor/support.ts';
import { testGpu } from './device.ts';

const gpu = await testGpu(test);
const CUTOFF = 3.5;
const RATE = 1e-2;
const STEPS = 20;
const AT = [0, 5, 10, 20];
const STRATEGIES = ['forces', 'derivative denoising', 'head denoising'] as const;

/** A small network (channels enough for edge tensors not to be stored), its batch and a strategy's loss. */
function pretraining(strategy: (typeof STRATEGIES)[number], preset: 'paper' | 'physical') {
  const structures = fc.sample(crystals({ minAtoms: 2, maxAtoms: 3 }), { seed: 9, numRuns: 2 });
  const batch = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, CUTOFF) })));
  const isHead = strategy === 'head denoising';
  // Two convolutions once: programs take long to compile for a software GPU.
  const config: nn.CGCNNConfig = {
    ...nn.cgcnnDefaults,
    ...{ cutoff: CUTOFF, dim1: 18, dim2: 8, edge_dim: 6, post_fc_count: 1, preset },
    gc_count: strategy === 'forces' ? 2 : 1,
    ...(isHead ? { level: 'node' as const, output_dim: 3 } : {}),
  };
  const parameters = nn.initCGCNN(config, T.key(1));
  const inputs = nn.graphInputs();
  const apply = (vectors: T.Tensor) => nn.applyCGCNN(parameters, inputs, vectors, config);
  const [labels, weights, noise] = [nn.labelInputs(), nn.lossWeightInputs(), T.input([nn.atoms, 3], 'noise')];
  const loss = isHead
    ? T.l1Loss(apply(nn.strainedGeometry(inputs).vectors), noise)
    : nn.forceFieldLoss(
        nn.withDerivatives(inputs, apply),
        strategy === 'forces' ? labels : { ...labels, forces: noise },
        weights,
      );
  const { structures: count, atoms } = batch.sizes;
  const feeds = new Map<unknown, unknown>([
    ...byTensor.feedGraph(inputs, batch, { cutoff: CUTOFF, knots: 24 }),
    ...byTensor.feedLossWeights(weights, strategy === 'forces' ? [1, 5, 5] : [0, 1, 0]),
    [labels.energy, T.normal(T.key(2), count)],
    [labels.forces, T.normal(T.key(3), 3 * atoms).map((x) => 0.1 * x)],
    [labels.stress, T.normal(T.key(4), 9 * count).map((x) => 0.05 * x)],
    [noise, T.normal(T.key(5), 3 * atoms).map((x) => 0.05 * x)],
  ]) as T.Feeds;
  const tensors = [...nn.flattenParameters(parameters).values()];
  return { parameters, loss, feeds, tensors, extra: grad(loss, tensors) };
}

for (const [k, strategy] of STRATEGIES.entries()) {
  gpu.test(`${strategy}: gradients and ${STEPS} steps agree with the reference`, async (engine) => {
    const { parameters, loss, feeds, tensors, extra } = pretraining(strategy, k === 1 ? 'paper' : 'physical');
    const reference = T.referenceEngine();
    const teacher = byTensor.trainingStep(reference, loss, parameters, { extra });
    const expected = [];
    for (let step = 0; step <= STEPS; step++) {
      const weights = tensors.map((tensor) => reference.read(tensor));
      expected.push({ weights, ...(await teacher.step(feeds, RATE)) });
    }
    assert.ok(expected[STEPS].loss < 0.9 * expected[0].loss, 'the training gets somewhere');

    const student = byTensor.trainingStep(engine, loss, parameters, { extra });
    for (let step = 0; step <= STEPS; step++) {
      const { loss: found } = await student.step(feeds, RATE);
      const want = expected[step].loss;
      assert.ok(Math.abs(found - want) <= 1e-2 * want, `step ${step}: loss ${found}, expected ${want}`);
    }
    for (const step of AT) {
      const { weights, extra: gradients } = expected[step];
      tensors.forEach((tensor, i) => {
        engine.write(tensor, weights[i]);
      });
      const { extra: found } = await student.step(feeds, 0);
      gradients.forEach((gradient, i) => {
        close(found[i], gradient, 2e-3, `gradient ${i} at step ${step}`, 1e-6);
      });
    }
  });
}

test.run();
