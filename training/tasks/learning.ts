/**
 * What a strategy of pre-training is: a network, a training step, and a way to tell how well it has learnt.
 *
 * A strategy is a function from what is given (data, graphs, configuration) to a `Learning`, one file each beside this
 * one. The loop, the folder, and what a fine-tuning takes over are the same for all.
 */
import type { GraphBatch } from '../../graph/index.ts';
import type { Trainer } from '../../nn/index.ts';
import type { Engine, Key } from '../../tensor/index.ts';
import type { GraphService } from '../batches/graph-service.ts';
import type { PretrainConfig } from '../config.ts';
import type { PretrainingData } from '../data/pretraining.ts';
import type { Network } from '../network.ts';
import type { RunFolder } from '../run/folder.ts';

export interface Given {
  readonly config: PretrainConfig;
  readonly data: PretrainingData;
  readonly graphs: GraphService;
  readonly engine: Engine;
  readonly root: Key;
  /** Hears how far a long validation or test has come. */
  readonly phase?: ((what: string) => void) | undefined;
}

/** `Outcome`: what result.json says of the test part. */
export interface Learning<Labels = unknown, Outcome = unknown> {
  readonly net: Network;
  readonly trainer: Trainer;
  /** What the network's outputs mean, for whoever reads the checkpoint (JSON). */
  readonly meaning: unknown;
  prepare(group: readonly number[], epoch: number): Promise<{ graph: GraphBatch; labels: Labels }>;
  step(graph: GraphBatch, labels: Labels, learningRate: number): Promise<{ loss: number; norm: number }>;
  /** Errors on the validation part; `loss` chooses the best network. */
  validate(): Promise<Readonly<Record<string, number>> & { readonly loss: number }>;
  /** Errors of the network as it is now on the test part; predictions and pictures go to the folder. */
  test(folder: RunFolder): Promise<Outcome>;
}
