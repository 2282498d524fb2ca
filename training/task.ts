/**
 * This file says what a task is: a `Task` is a network with a training step and a way to tell how well it has learnt; the loop, the
 * folder and the command line are the same for all. A `Strategy` is a way of pre-training, one record in a file of
 * tasks/: it says what it learns from, how its errors are shown, and makes the task.
 */
import type { GraphBatch } from '../graph/index.ts';
import type { Level, Network, TrainingStep } from '../nn/index.ts';
import type { Engine, Key } from '../tensor/index.ts';
import type { Schema } from '../text/schema.ts';
import type { GraphService } from './batches/graph-service.ts';
import type { PretrainConfig, TrainingConfig } from './config.ts';
import type { Evaluation } from './evaluation.ts';
import type { PretrainingData } from './pretraining.ts';
import type { RunFolder } from './run-folder/folder.ts';

/** Graphs of some structures, and what is to be learnt about them. */
export interface LabelledBatch<Labels> {
  readonly graph: GraphBatch;
  readonly labels: Labels;
}

/** Errors by name; `loss` chooses the best network. */
export type Validation = Readonly<Record<string, number>> & { readonly loss: number };

export interface Task<Labels = unknown, Outcome extends object = object> {
  readonly network: Network;
  /** The compiled training step, with all that it remembers. */
  readonly trainingStep: TrainingStep;
  /** What the network's outputs mean, for whoever reads the checkpoint (JSON). */
  readonly meaning: unknown;
  /** The batch of these structures (by number) in this epoch. */
  prepare(group: readonly number[], epoch: number): Promise<LabelledBatch<Labels>>;
  /** One step; returns the loss before it, and the norm of the gradients before they were clipped. */
  step(batch: LabelledBatch<Labels>, learningRate: number): Promise<{ loss: number; norm: number }>;
  /** Errors of the network as it is now on the validation part. */
  validate(): Promise<Validation>;
  /** Errors of the network as it is now on the test part; predictions and pictures go to the folder. */
  test(folder: RunFolder): Promise<Outcome>;
}

/** What every task is made from. */
export interface Given {
  readonly network: Network;
  readonly engine: Engine;
  /** Makes the graphs of the structures. */
  readonly graphs: GraphService;
  readonly training: TrainingConfig;
  /** All that is drawn at random comes from this key. */
  readonly root: Key;
  /** Hears how far a long validation or test has come. */
  readonly phase?: ((what: string) => void) | undefined;
}

/** Errors of predictions beside those of predicting nothing; `Errors` is one number or several by name. */
export interface Comparison<Errors> {
  readonly structures: number;
  readonly error: Errors;
  readonly zero: Errors;
}

/** What result.json says of the test part of a pre-training, beside what is the strategy's own. */
export interface PretrainingOutcome<Errors = unknown> {
  readonly test: Comparison<Errors>;
  readonly testBySource: Readonly<Record<string, Comparison<Errors>>>;
}

/** A quantity whose errors are shown, in terminals, tables and curves. */
export interface ErrorColumn<Errors> {
  /** As validations call it. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** From the unit of results to the one that is shown. */
  readonly scale: number;
  /** Its error among those of a result; null where there was no label. */
  of(errors: Errors): number | null;
}

/** How the errors of a strategy, or of several alike, are shown. */
export interface ErrorReport<Errors> {
  /** The ending of the table's name. */
  readonly table: string;
  /** What the table shows, and what predicting nothing means. */
  readonly caption: string;
  readonly columns: readonly ErrorColumn<Errors>[];
  readonly schema: Schema<Errors>;
}

/** A row of the tables: a way to start a network, called by `name` in folders. */
export interface StrategyRow {
  readonly name: string;
  readonly title: string;
  /** What the pre-training is told. */
  readonly pretrain: Partial<PretrainConfig>;
}

/** What pre-trainings are made from. */
export interface GivenPretraining extends Given {
  readonly config: PretrainConfig;
  readonly data: PretrainingData;
}

export interface Strategy<Errors = unknown> {
  /** Labelled structures, or structures at rest whose labels do not count. */
  readonly learnsFrom: 'labels' | 'relaxed structures';
  /** Whether the network speaks of structures or of atoms. */
  readonly level: Level;
  readonly errors: ErrorReport<Errors>;
  readonly rows: readonly StrategyRow[];
  /** What a run is called in tables and pictures. */
  title(config: PretrainConfig): string;
  /** What its loss is, in words. */
  describe(config: PretrainConfig, data: PretrainingData): string;
  task(given: GivenPretraining): Task<unknown, PretrainingOutcome<Errors>>;
  /** What to know beside the errors; undefined if there is nothing to say. */
  remark?(outcome: PretrainingOutcome<Errors>): string | undefined;
  /** Predicts structures with a finished network; strategies whose networks predict nothing of use have none. */
  evaluate?(evaluation: Evaluation): Promise<string[]>;
}
