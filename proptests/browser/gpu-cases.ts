/**
 * What the engines are compared on: functions of an engine that return plain numbers, so that a test calls them with the
 * reference engine in Node and with the GPU engine in a browser, from the same seeds.
 *
 * Sizes are tiny: software rendering does some 50 million multiply-adds a second.
 */

import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import * as nn from '../../nn/index.ts';
import * as T from '../../tensor/index.ts';
import { crystals } from '../../universe/index.ts';
import * as byTensor from '../support/by-tensor.ts';
import { run } from '../support/run.ts';
import { drawer, project, smoothFunction } from '../tensor/support.ts';

const CUTOFF = 3.5;
const KNOTS = 24;
/** Channels are many enough for edge tensors not to be stored. */
const CONFIG = { ...nn.cgcnnDefaults, cutoff: CUTOFF, dim1: 18, dim2: 8, edge_dim: 6, post_fc_count: 2 };
const RATE = 1e-2;

const plain = (arrays: readonly Float64Array[]): number[][] => arrays.map((array) => Array.from(array));

/** Value, gradient and a second derivative of random functions from [n] to [n]. */
export async function programs(engine: T.Engine, seeds: readonly number[]): Promise<number[][]> {
  const results: number[][] = [];
  for (const seed of seeds) {
    const draw = drawer(seed);
    const n = draw.integer(1, 5);
    const f = smoothFunction(draw, 4);
    const x = T.variable(draw.reals(n, -1, 1).map(Math.fround), [n], 'x');
    const y = f(x);
    const [first] = grad(project(y), [x]);
    const [second] = grad(project(first, 1), [x]);
    results.push(...plain(await run([y, first, second], { engine })));
  }
  return results;
}

/** Segment sums and maxima over several slabs of rows, one segment with more than 1000 of them, one with none. */
export async function segments(engine: T.Engine): Promise<number[][]> {
  const [N, D] = [T.dimension('n'), T.dimension('d')];
  const [x, index] = [T.input([N, 2], 'x'), T.index(N, D, 'index')];
  const rows = 4500;
  const feeds = new Map<T.Tensor, T.Numbers | T.IndexValue>([
    [x, Float64Array.from({ length: 2 * rows }, (_, k) => Math.fround(Math.sin(k * k)))],
    [index, { values: Int32Array.from({ length: rows }, (_, k) => (k % 3 === 0 ? 0 : 2 + ((7 * k) % 50))), count: 52 }],
  ]);
  const sums = T.segmentSum(x, index);
  const back = T.gather(sums, index);
  return plain(await run([sums, T.segmentMax(x, index), T.sum(T.mul(x, back), { axis: 0 })], { engine, feeds }));
}

export const STRATEGIES = ['forces', 'derivative-denoising', 'head-denoising'] as const;
export type Strategy = (typeof STRATEGIES)[number];
export type Each<T> = Readonly<Record<Strategy, T>>;
export const each = <T>(make: (strategy: Strategy) => T): Each<T> => ({
  forces: make('forces'),
  'derivative-denoising': make('derivative-denoising'),
  'head-denoising': make('head-denoising'),
});

/** A network, its inputs, a loss of a strategy, and a batch of three crystals with made-up labels or noise. */
function pretraining(strategy: Strategy) {
  const made = crystals({ count: 3, seed: 5, minAtoms: 2, maxAtoms: 4 });
  const batch = collate(made.map((structure) => ({ structure, edges: neighbours(structure, CUTOFF) })));
  const isHead = strategy === 'head-denoising';
  // Kernels are slow to compile in software: a second convolution is left to the strategy with the longest step.
  const gc_count = strategy === 'forces' ? 2 : 1;
  const config = {
    ...CONFIG,
    gc_count,
    level: isHead ? ('node' as const) : ('graph' as const),
    output_dim: isHead ? 3 : 1,
  };
  const parameters = nn.initCGCNN(config, T.key(1));
  const inputs = nn.graphInputs();
  const network = (vectors: T.Tensor) => nn.applyCGCNN(parameters, inputs, vectors, config);
  const [labels, weights] = [nn.labelInputs(), nn.lossWeightInputs()];
  const predicted = isHead ? undefined : nn.withDerivatives(inputs, network);
  const denoised = predicted ? predicted.forces : network(nn.edgeVectors(inputs));
  const loss =
    strategy === 'forces' ? nn.forceFieldLoss(predicted!, labels, weights) : T.l1Loss(denoised, labels.forces);
  const { structures, atoms } = batch.sizes;
  const feeds = new Map<unknown, unknown>([
    ...byTensor.feedGraph(inputs, batch, { cutoff: CUTOFF, knots: KNOTS }),
    ...byTensor.feedLossWeights(weights, [1, 5, 5]),
    [labels.energy, T.normal(T.key(2), structures)],
    [labels.forces, T.normal(T.key(3), 3 * atoms).map((x) => 0.1 * x)],
    [labels.stress, T.normal(T.key(4), 9 * structures).map((x) => 0.05 * x)],
  ]) as T.Feeds;
  return { parameters, predicted, loss, feeds };
}

/** Energies, forces and stress of CGCNN. */
export async function predictions(engine: T.Engine): Promise<number[][]> {
  const { predicted, feeds } = pretraining('forces');
  const { energy, forces, stress } = predicted!;
  return plain(await run([energy, forces, stress], { engine, feeds }));
}

/** Values of all parameters, in the order of the record. */
export type Weights = number[][];

/** Gradients of the loss at given parameters, one list for each set of them. */
export async function gradients(engine: T.Engine, strategy: Strategy, at: readonly Weights[]): Promise<number[][][]> {
  const { parameters, loss, feeds } = pretraining(strategy);
  const tensors = [...nn.flattenParameters(parameters).values()];
  const plan = engine.compile({ outputs: grad(loss, tensors) });
  const results: number[][][] = [];
  for (const weights of at) {
    tensors.forEach((tensor, k) => {
      engine.write(tensor, weights[k]);
    });
    results.push(plain(await plan.run(feeds)));
  }
  return results;
}

export interface Trained {
  readonly losses: readonly number[];
  /** Parameters before the steps that were asked for. */
  readonly weights: Readonly<Record<number, Weights>>;
  /** Whoever holds it keeps the variables. */
  readonly trainingStep: byTensor.TrainingStep;
}

/** A free-running training; `keep`: before which steps parameters are kept, `after` is called after every step. */
export async function train(
  engine: T.Engine,
  strategy: Strategy,
  steps: number,
  keep: readonly number[] = [],
  after: (step: number) => void = () => {},
): Promise<Trained> {
  const { parameters, loss, feeds } = pretraining(strategy);
  const tensors = [...nn.flattenParameters(parameters).values()];
  const trainingStep = byTensor.trainingStep(engine, loss, parameters);
  const losses: number[] = [];
  const weights: Record<number, Weights> = {};
  for (let step = 0; step <= steps; step++) {
    if (keep.includes(step)) {
      await engine.sync?.();
      weights[step] = plain(tensors.map((tensor) => engine.read(tensor)));
    }
    if (step === steps) break;
    losses.push((await trainingStep.step(feeds, RATE)).loss);
    after(step + 1);
  }
  return { losses, weights, trainingStep };
}
