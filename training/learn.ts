/**
 * One training from its configuration to its result: data are read, a network is made, the loop trains it, and the best
 * one is tested. Pre-trainings and fine-tunings differ in their `Kind` alone.
 */
import type { Fingerprint } from '../data/fingerprint.ts';
import type { LabelledStructure } from '../data/index.ts';
import type { Split } from '../data/splits.ts';
import { UserError } from '../files/errors.ts';
import { type Level, type Network, network, type Pooling, type TransferPlan } from '../nn/index.ts';
import { type Engine, fold, key, type Plan } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { epochGroups } from './batches/group.ts';
import type { FinetuneConfig, PretrainConfig } from './config.ts';
import { type LoopEvents, loadBest, type RunControl, train } from './loop.ts';
import { meter } from './meter.ts';
import { type RunFolder, recordData } from './run-folder/folder.ts';
import type { Given, Task } from './task.ts';

/** What both kinds of training are told. */
type Config = Pick<PretrainConfig | FinetuneConfig, 'preset' | 'seed' | 'model' | 'training'>;

/** What both kinds of training learn from. */
export interface LearntData {
  readonly structures: readonly LabelledStructure[];
  readonly fingerprints: readonly Fingerprint[];
  readonly split: Split;
  /** What a large cutoff means, before neighbours are looked for. */
  readonly hint?: string | undefined;
  /** What was left out or changed, and what looks wrong, for people. */
  readonly notes: readonly string[];
}

/** What pre-training and fine-tuning do differently. */
export interface Kind<C extends Config, Data extends LearntData, Outcome extends object, Result> {
  readonly name: 'pretrain' | 'finetune';
  /** `phase` is told what is read, before it is. */
  read(config: C, phase?: (what: string) => void): Promise<Data>;
  /** What data.json says beside files, notes and split. */
  record(data: Data): object;
  network(config: C): { readonly pool: Pooling; readonly level: Level };
  /** What happens to the fresh network before it learns; gives the names of parameters that are not to learn. */
  start?(config: C, net: Network, given: StartGiven): Promise<readonly string[]>;
  task(given: Given & { config: C; data: Data; frozen: readonly string[] }): Task<unknown, Outcome>;
  /** What result.json holds; the same bytes for the same configuration and data. */
  result(config: C, data: Data, bestEpoch: number, outcome: Outcome): Result;
}

export interface StartGiven {
  readonly engine: Engine;
  readonly folder: RunFolder;
  readonly transferred?: ((plan: TransferPlan) => void) | undefined;
}

export interface LearnEvents<Data> extends LoopEvents {
  /** Something to know before neighbours are looked for. */
  hint?(text: string): void;
  /** Weights were taken from another network. */
  transferred?(plan: TransferPlan): void;
  /** What was read, as soon as it is: notes on data may explain what fails later. */
  read?(data: Data): void;
  /** The network is compiled; of its structures to learn from, `edges` pairs are neighbours. */
  made?(data: Data, edges: number, net: Network): void;
  /** The compiled training step, once it has been run for the last time. */
  plan?(plan: Plan): void;
}

/**
 * Runs (or goes on with) a training in its folder, by the kind PRETRAINING or FINETUNING, and gives what result.json
 * then holds; undefined if it was told to stop before its end. Throws a UserError where the data do not suffice, do not
 * fit, or are not those that the run began with, and a DataError for files that cannot be read.
 *
 * @example
 * // no-run: needs a file
 * const config = { ...pretrainPreset('smoke'), data: ['forces.extxyz.gz'] };
 * const folder = openFreeRun('runs/forces'), { engine } = await chooseEngine(config.engine);
 * const control = { checkpointSeconds: 60, stop: () => false, helper: true };
 * await folder.writeJson('config.json', config);
 * const result = await learn(PRETRAINING, config, { folder, engine, control });
 * folder.close();
 */
export async function learn<C extends Config, Data extends LearntData, Outcome extends object, Result>(
  kind: Kind<C, Data, Outcome, Result>,
  config: C,
  { folder, engine, control }: { folder: RunFolder; engine: Engine; control: RunControl },
  events: LearnEvents<Data> = {},
): Promise<Result | undefined> {
  const { model, training, preset } = config;
  const data = await kind.read(config, events.phase);
  if (data.hint !== undefined) events.hint?.(data.hint);
  events.read?.(data);
  await recordData(folder, dataRecord(data, kind.record(data)));
  const { structures, split } = data;
  const root = key(config.seed);
  const { pool, level } = kind.network(config);
  const net = network(model, pool, fold(root, 'weights'), level);
  const frozen = (await kind.start?.(config, net, { engine, folder, transferred: events.transferred })) ?? [];
  events.phase?.(`Finding neighbours within ${model.cutoff} A in ${structures.length} structures`);
  const counted = meter(events.phase, 'Neighbours of structures', structures.length);
  const graphs = await graphService(structures, model, { ...control, counted });
  try {
    const edges = split.train.reduce((sum, k) => sum + graphs.counts[k], 0);
    if (edges === 0) {
      throw new UserError(`No two atoms to learn from are within ${model.cutoff} A: use a larger cutoff.`);
    }
    events.phase?.('Compiling the network and its training step');
    const given: Given = { network: net, engine, graphs, training, root, phase: events.phase };
    const task = kind.task({ ...given, config, data, frozen });
    events.made?.(data, edges, net);
    const setup = {
      engine,
      about: { task: kind.name, preset, model, meaning: task.meaning },
      groups: (epoch: number) => epochGroups(graphs.counts, split.train, training.batch, root, epoch),
      structures: (group: readonly number[]) => group.map((k) => structures[k]),
    };
    const bestEpoch = await train(task, setup, folder, training, control, events);
    events.plan?.(task.trainingStep.plan);
    if (bestEpoch === undefined) return undefined;
    events.phase?.(`Testing the network of epoch ${bestEpoch}`);
    loadBest(folder, net.parameters, engine);
    const result = kind.result(config, data, bestEpoch, await task.test(folder));
    await folder.writeJson('result.json', result);
    return result;
  } finally {
    await graphs.close();
  }
}

/** What data.json holds: a run is resumed on the same data only. */
function dataRecord({ fingerprints, notes, split, structures }: LearntData, own: object): object {
  const ofParts = (of: (part: readonly number[]) => unknown) =>
    Object.fromEntries(Object.entries(split).map(([part, list]) => [part, of(list)]));
  const ids = ofParts((part) => part.map((k) => structures[k].id));
  return { files: fingerprints, notes, ...own, counts: ofParts(({ length }) => length), split: ids };
}
