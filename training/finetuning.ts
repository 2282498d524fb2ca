/**
 * One fine-tuning: a folder in which a network, pre-trained or not, has learnt a property, and how well.
 */

import { UserError } from '../files/errors.ts';
import type { GraphBatch } from '../graph/index.ts';
import { applyTransfer, type NamedArray, planTransfer, type TransferPlan } from '../nn/index.ts';
import { type Engine, fold, key } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { epochGroups } from './batches/group.ts';
import type { FinetuneConfig } from './config.ts';
import { type FinetuningData, finetuningData } from './data/finetuning.ts';
import { applyScaling, invertScaling, medianError } from './data/scaling.ts';
import { type Learner, type LoopEvents, loadBest, type RunControl, train } from './loop.ts';
import { meter } from './meter.ts';
import { type Network, network } from './network.ts';
import { reportProperty } from './report/property.ts';
import { checkpointOf } from './run/checkpoint.ts';
import { type RunFolder, recordData } from './run/folder.ts';
import { predictProperty, propertyLearner, propertyPredictor } from './tasks/property.ts';

/** What result.json holds; the same bytes for the same configuration and data. */
export interface FinetuningResult {
  readonly task: 'finetune';
  readonly preset: string;
  readonly target: string;
  readonly unit: string;
  readonly seed: number;
  /** What the weights came from. */
  readonly from: string | null;
  readonly bestEpoch: number;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  /** Mean absolute errors in the unit: of the network on both parts, and of always predicting the training median. */
  readonly mae: { readonly validation: number; readonly test: number };
  readonly median: { readonly validation: number; readonly test: number };
}

export interface FinetuningEvents extends LoopEvents {
  /** Something to know before neighbours are looked for. */
  hint?(text: string): void;
  data?(data: FinetuningData, net: Network): void;
  transfer?(plan: TransferPlan): void;
}

const meanError = (predicted: readonly number[], labels: readonly number[]): number =>
  predicted.reduce((sum, p, k) => sum + Math.abs(p - labels[k]), 0) / labels.length;

/** Runs (or goes on with) a fine-tuning in its folder. Undefined if it was told to stop before its end. */
export async function finetuning(
  config: FinetuneConfig,
  folder: RunFolder,
  engine: Engine,
  control: RunControl,
  events: FinetuningEvents = {},
): Promise<FinetuningResult | undefined> {
  const data = await finetuningData(config, events.phase);
  if (data.hint !== undefined) events.hint?.(data.hint);
  await recordData(folder, dataRecord(data));
  const { structures, values, scaling, split } = data;
  const { model, training } = config;
  const root = key(config.seed);
  const net = network(model, config.pool, fold(root, 'weights'));
  let frozen: readonly string[] = [];
  if (config.from !== null) {
    const source: Readonly<Record<string, NamedArray>> = checkpointOf(config.from).parameters;
    const reinitialise = [...(config.head === 'fresh' ? net.head : []), ...config.reinitialise];
    const plan = planTransfer(net.parameters, source, { reinitialise, freeze: config.freeze });
    applyTransfer(net.parameters, engine, plan);
    frozen = plan.frozen;
    await folder.writeJson('transfer.json', { ...plan, values: undefined, from: config.from });
    events.transfer?.(plan);
  } else if (config.freeze.length > 0) {
    throw new UserError(
      `freeze (${config.freeze.join(', ')}) needs a pre-trained network (--from): random weights would be frozen.`,
    );
  }
  events.phase?.('Compiling the network and its training step');
  const learning = propertyLearner(engine, net, { ...training, frozen });
  const predict = propertyPredictor(engine, net);
  events.phase?.(`Finding neighbours within ${model.cutoff} A in ${structures.length} structures`);
  const counted = meter(events.phase, 'Neighbours of structures', structures.length);
  const graphs = await graphService(structures, model, { ...control, counted });
  try {
    if (split.train.every((k) => graphs.counts[k] === 0)) {
      throw new UserError(`No two atoms to learn from are within ${model.cutoff} A: use a larger cutoff.`);
    }
    events.data?.(data, net);
    const valuesOf = (part: readonly number[]) => part.map((k) => values[k]);
    const predictions = async (part: readonly number[]) =>
      (await predictProperty(part, predict, graphs, training.batch, meter(events.phase, 'Predicted', part.length))).map(
        (x) => invertScaling(scaling, x),
      );
    const learner: Learner<{ graph: GraphBatch; targets: Float64Array }> = {
      engine,
      parameters: net.parameters,
      trainer: learning.trainer,
      about: {
        task: 'finetune',
        preset: config.preset,
        model,
        meaning: { target: data.target, unit: data.unit, scaling, pool: config.pool },
      },
      groups: (epoch) => epochGroups(graphs.counts, split.train, training.batch, root, epoch),
      prepare: async (group) => ({
        graph: await graphs.batch(group),
        targets: Float64Array.from(valuesOf(group), (x) => applyScaling(scaling, x)),
      }),
      step: ({ graph, targets }, rate) => learning.step(graph, targets, rate),
      async validate() {
        const mae = meanError(await predictions(split.validation), valuesOf(split.validation));
        return { loss: mae, property: mae };
      },
      structures: (group) => group.map((k) => structures[k]),
    };
    const bestEpoch = await train(learner, folder, training, control, events);
    if (bestEpoch === undefined) return undefined;

    events.phase?.(`Testing the network of epoch ${bestEpoch}`);
    loadBest(folder, net.parameters, engine);
    const part = async (name: 'validation' | 'test') => ({
      name,
      structures: split[name].map((k) => structures[k]),
      labels: valuesOf(split[name]),
      predicted: await predictions(split[name]),
    });
    const [validation, test] = [await part('validation'), await part('test')];
    const result: FinetuningResult = {
      task: 'finetune',
      preset: config.preset,
      target: data.target,
      unit: data.unit,
      seed: config.seed,
      from: config.from,
      bestEpoch,
      counts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
      mae: {
        validation: meanError(validation.predicted, validation.labels),
        test: meanError(test.predicted, test.labels),
      },
      median: {
        validation: medianError(valuesOf(split.train), validation.labels),
        test: medianError(valuesOf(split.train), test.labels),
      },
    };
    await reportProperty(folder, [validation, test], data.target, data.unit);
    await folder.writeJson('result.json', result);
    return result;
  } finally {
    await graphs.close();
  }
}

/** What data.json holds: a run is resumed on the same data only. */
const dataRecord = (data: FinetuningData): object => ({
  files: [data.fingerprint],
  notes: data.notes,
  target: data.target,
  unit: data.unit,
  scaling: data.scaling,
  counts: Object.fromEntries(Object.entries(data.split).map(([part, list]) => [part, list.length])),
  split: Object.fromEntries(
    Object.entries(data.split).map(([part, list]) => [part, list.map((k) => data.structures[k].id)]),
  ),
});
