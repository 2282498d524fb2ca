/**
 * One pre-training: a folder in which a network has learnt what its strategy teaches, and how well.
 */

import { UserError } from '../files/errors.ts';
import type { GraphBatch } from '../graph/index.ts';
import { type Engine, key, type Plan } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { epochGroups } from './batches/group.ts';
import type { PretrainConfig } from './config.ts';
import { type PretrainingData, pretrainingData } from './data/pretraining.ts';
import { sourcesToJson } from './data/sources.ts';
import { type Learner, type LoopEvents, loadBest, type RunControl, train } from './loop.ts';
import { meter } from './meter.ts';
import type { Network } from './network.ts';
import { type RunFolder, recordData } from './run/folder.ts';
import type { NoiseOutcome } from './tasks/denoising.ts';
import type { ForceOutcome } from './tasks/forces.ts';
import { STRATEGIES } from './tasks/index.ts';
import type { Learning } from './tasks/learning.ts';

/** What result.json holds; the same bytes for the same configuration and data. */
export type PretrainingResult = {
  readonly task: 'pretrain';
  readonly preset: string;
  readonly seed: number;
  readonly bestEpoch: number;
} & (
  | ({ readonly strategy: 'forces' } & ForceOutcome)
  | ({ readonly strategy: 'derivative-denoising' | 'head-denoising' } & NoiseOutcome)
);

export interface PretrainingEvents extends LoopEvents {
  /** Something to know before neighbours are looked for. */
  hint?(text: string): void;
  data?(data: PretrainingData, edges: number, net: Network): void;
  /** The compiled training step, once it has been run for the last time. */
  plan?(plan: Plan): void;
}

/** Runs (or goes on with) a pre-training in its folder. Undefined if it was told to stop before its end. */
export async function pretraining(
  config: PretrainConfig,
  folder: RunFolder,
  engine: Engine,
  control: RunControl,
  events: PretrainingEvents = {},
): Promise<PretrainingResult | undefined> {
  const data = await pretrainingData(config, events.phase);
  if (data.hint !== undefined) events.hint?.(data.hint);
  await recordData(folder, dataRecord(data));
  const { structures, split } = data;
  const { preset, strategy, model, training, seed } = config;
  const root = key(seed);
  events.phase?.(`Finding neighbours within ${model.cutoff} A in ${structures.length} structures`);
  const counted = meter(events.phase, 'Neighbours of structures', structures.length);
  const graphs = await graphService(structures, model, { ...control, counted });
  try {
    const edges = split.train.reduce((sum, k) => sum + graphs.counts[k], 0);
    if (edges === 0)
      throw new UserError(`No two atoms to learn from are within ${model.cutoff} A: use a larger cutoff.`);
    events.phase?.('Compiling the network and its training step');
    const learning = STRATEGIES[strategy]({ config, data, graphs, engine, root, phase: events.phase }) as Learning;
    const { net, trainer } = learning;
    events.data?.(data, edges, net);
    const learner: Learner<{ graph: GraphBatch; labels: unknown }> = {
      engine,
      parameters: net.parameters,
      trainer,
      about: { task: 'pretrain', preset, model, meaning: learning.meaning },
      groups: (epoch) => epochGroups(graphs.counts, split.train, training.batch, root, epoch),
      prepare: learning.prepare,
      step: ({ graph, labels }, rate) => learning.step(graph, labels, rate),
      validate: learning.validate,
      structures: (group) => group.map((k) => structures[k]),
    };
    const bestEpoch = await train(learner, folder, training, control, events);
    events.plan?.(trainer.plan);
    if (bestEpoch === undefined) return undefined;

    events.phase?.(`Testing the network of epoch ${bestEpoch}`);
    loadBest(folder, net.parameters, engine);
    const outcome = await learning.test(folder);
    const result = { task: 'pretrain', preset, strategy, seed, bestEpoch, ...(outcome as object) } as PretrainingResult;
    await folder.writeJson('result.json', result);
    return result;
  } finally {
    await graphs.close();
  }
}

/** What data.json holds: a run is resumed on the same data only. */
const dataRecord = ({ fingerprints, notes, weights, structures, split, references }: PretrainingData): object => ({
  files: fingerprints,
  notes,
  weights,
  references: sourcesToJson(references),
  counts: Object.fromEntries(Object.entries(split).map(([part, list]) => [part, list.length])),
  split: Object.fromEntries(Object.entries(split).map(([part, list]) => [part, list.map((k) => structures[k].id)])),
});
