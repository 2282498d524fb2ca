/**
 * Pre-training on energies, forces and stress: epochs over seeded batches, errors on held-out structures after each.
 *
 * Order of batches, initial weights and split come from one seed; nothing depends on time or on the number of
 * threads, so equal inputs give equal bits.
 */
import type { LabelledStructure } from '../data/index.ts';
import { type CGCNNConfig, cosineRate } from '../nn/index.ts';
import { type Engine, fold, key, type Plan, permutation } from '../tensor/index.ts';
import { type BatchLimits, graphsOf, groupByEdges, labelledBatch } from './batches.ts';
import { type Errors, errorSum } from './errors.ts';
import { forceField, type Ratio } from './force-field.ts';
import { LABELS, trainingData } from './training-data.ts';

export interface PretrainOptions {
  readonly config: CGCNNConfig;
  readonly ratio: Ratio;
  /** Passes over the training structures; default: as many as `edgeBudget` allows. */
  readonly epochs?: number;
  readonly edgeBudget: number;
  readonly limits: BatchLimits;
  readonly learningRate: number;
  readonly heldOutShare: number;
  readonly seed: number;
}

export interface PretrainEvents {
  started(info: {
    train: number;
    heldOut: number;
    atoms: number;
    edges: number;
    parameters: number;
    epochs: number;
    steps: number;
    ratio: Ratio;
    dropped: ReadonlyMap<string, number>;
    /** Errors on the held-out structures of predicting no force, no stress and the reference energies. */
    zero: Errors;
    labels: { energy: boolean; forces: boolean; stress: boolean };
  }): void;
  step(done: number, loss: number): void;
  /** Epoch 0 is the untrained network. */
  epoch(epoch: number, loss: number, errors: Errors, rate: number): void;
}

export interface PretrainResult {
  readonly untrained: Errors;
  readonly trained: Errors;
  readonly zero: Errors;
  /** The training step's plan, for its profile. */
  readonly plan: Plan;
}

/** Fewest and most epochs that an edge budget may be turned into. */
const EPOCHS = [2, 200] as const;

export async function pretrainForceField(
  structures: readonly LabelledStructure[],
  engine: Engine,
  options: PretrainOptions,
  events: PretrainEvents,
): Promise<PretrainResult> {
  const { config, limits, learningRate, seed } = options;
  const root = key(seed);
  const data = trainingData(structures, options.heldOutShare, fold(root, 'split'));
  const [train, heldOut] = [graphsOf(data.train, config.cutoff), graphsOf(data.heldOut, config.cutoff)];
  const edges = train.reduce((sum, g) => sum + g.edges.target.length, 0);
  if (edges === 0) {
    throw new Error(`No two atoms of the training structures are within ${config.cutoff} A. Use a larger --cutoff.`);
  }
  const epochs = options.epochs ?? Math.min(EPOCHS[1], Math.max(EPOCHS[0], Math.round(options.edgeBudget / edges)));
  const order = (epoch: number) => permutation(fold(fold(root, 'order'), epoch), train.length);
  const plan = Array.from({ length: epochs }, (_, epoch) => groupByEdges(train, order(epoch), limits));
  const steps = plan.reduce((sum, groups) => sum + groups.length, 0);
  const ratio = options.ratio.map((w, k) => (data.labels[LABELS[k]!] ? w : 0)) as unknown as Ratio;

  const field = forceField(engine, config, fold(root, 'weights'));
  const heldOutBatches = groupByEdges(
    heldOut,
    heldOut.map((_, k) => k),
    limits,
  ).map((group) =>
    labelledBatch(
      group.map((k) => heldOut[k]!),
      data.references,
    ),
  );
  const errors = async (): Promise<Errors> => {
    const sum = errorSum();
    for (const batch of heldOutBatches) sum.add(batch, await field.predict(batch));
    return sum.mean();
  };
  const nothing = errorSum();
  for (const batch of heldOutBatches) nothing.add(batch, undefined);
  const zero = nothing.mean();

  events.started({
    train: train.length,
    heldOut: heldOut.length,
    atoms: [...data.train, ...data.heldOut].reduce((sum, s) => sum + s.numbers.length, 0),
    edges,
    parameters: field.parameterCount,
    epochs,
    steps,
    ratio,
    dropped: data.dropped,
    zero,
    labels: data.labels,
  });
  const untrained = await errors();
  let trained = untrained;
  events.epoch(0, Number.NaN, untrained, 0);
  let done = 0;
  for (const [k, groups] of plan.entries()) {
    let total = 0;
    let rate = 0;
    for (const group of groups) {
      rate = cosineRate(done, steps, learningRate);
      const loss = await field.train(
        labelledBatch(
          group.map((g) => train[g]!),
          data.references,
        ),
        ratio,
        rate,
      );
      if (!Number.isFinite(loss)) {
        throw new Error(
          `The loss became ${loss} in step ${done + 1} (structures ${group.map((g) => train[g]!.structure.id).join(', ')}). ` +
            'Use a smaller --learning-rate, or leave outliers out of the data.',
        );
      }
      total += loss;
      events.step(++done, loss);
    }
    trained = await errors();
    events.epoch(k + 1, total / groups.length, trained, rate);
  }
  return { untrained, trained, zero, plan: field.trainer.plan };
}
