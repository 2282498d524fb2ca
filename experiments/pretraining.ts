/**
 * One pre-training on forces: a folder in which a network has learnt energies, forces and stress, and how well.
 */
import type { GraphBatch } from '../graph/index.ts';
import { writeParameters } from '../nn/index.ts';
import { type Engine, fold, key, type Plan } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { epochGroups } from './batches/group.ts';
import type { PretrainConfig } from './config/schema.ts';
import { referenceOf, sourcesToJson } from './data/sources.ts';
import type { Comparison } from './learn/force-errors.ts';
import { type ForceLabels, forceField, forcePredictor } from './learn/force-field.ts';
import { type Network, network } from './learn/network.ts';
import { errorsOf, type ForceSet, labelsOf, type PredictedForces, predictForces } from './learn/predict-forces.ts';
import { type PretrainingData, pretrainingData } from './pretraining-data.ts';
import { reportForces } from './report/force-report.ts';
import { type RunFolder, recordData } from './run/folder.ts';
import { type Learner, type LoopEvents, loadBest, type RunControl, train } from './run/loop.ts';
import { UserError } from './run/user-error.ts';

/** What result.json holds; the same bytes for the same configuration and data. */
export interface PretrainingResult {
  readonly task: 'pretrain';
  readonly preset: string;
  readonly strategy: 'forces';
  /** Energy, forces, stress. */
  readonly weights: readonly number[];
  readonly seed: number;
  readonly bestEpoch: number;
  readonly test: Comparison;
  readonly testBySource: Readonly<Record<string, Comparison>>;
}

export interface PretrainingEvents extends LoopEvents {
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
  const data = await pretrainingData(config);
  await recordData(folder, dataRecord(data));
  const { structures, sources, references, split, weights } = data;
  const { model, training, energyPer, volume } = config;
  const root = key(config.seed);
  const net = network(model, 'add', fold(root, 'weights'));
  const field = forceField(engine, net, { ...training, weights, energyPer, volume });
  const predict = forcePredictor(engine, net, volume);
  const set: ForceSet = {
    structures,
    sources,
    referenceOf: (k) => referenceOf(references, sources[k]!, structures[k]!.numbers),
  };
  const graphs = await graphService(structures, model, control);
  try {
    const edges = split.train.reduce((sum, k) => sum + graphs.counts[k]!, 0);
    if (edges === 0)
      throw new UserError(`No two atoms to learn from are within ${model.cutoff} A: use a larger cutoff.`);
    events.data?.(data, edges, net);
    const predictions = (part: readonly number[]) => predictForces(set, part, predict, graphs, training.batch);
    const learner: Learner<{ graph: GraphBatch; labels: ForceLabels }> = {
      engine,
      parameters: net.parameters,
      trainer: field.trainer,
      about: {
        task: 'pretrain',
        preset: config.preset,
        model,
        meaning: { references: sourcesToJson(references), energyPer, volume },
      },
      groups: (epoch) => epochGroups(graphs.counts, split.train, training.batch, root, epoch),
      prepare: async (group) => ({ graph: await graphs.batch(group), labels: labelsOf(set, group) }),
      step: ({ graph, labels }, rate) => field.step(graph, labels, rate),
      async validate() {
        const { error } = (await errorsOf(set, predictions(split.validation))).all();
        const energy = energyPer === 'atom' ? error.energy : error.energyPerStructure;
        const terms = [energy, error.forces, error.stress].map((e, k) => weights[k]! * (e ?? 0));
        const known = Object.entries(error).filter((entry): entry is [string, number] => entry[1] !== null);
        return { loss: terms.reduce((a, b) => a + b), ...Object.fromEntries(known) };
      },
      structures: (group) => group.map((k) => structures[k]!),
    };
    const bestEpoch = await train(learner, folder, training, control, events);
    events.plan?.(field.trainer.plan);
    if (bestEpoch === undefined) return undefined;

    writeParameters(net.parameters, engine, loadBest(folder));
    const tested: PredictedForces[] = [];
    for await (const one of predictions(split.test)) tested.push(one);
    const errors = await errorsOf(set, tested);
    const result: PretrainingResult = {
      task: 'pretrain',
      preset: config.preset,
      strategy: 'forces',
      weights: config.weights,
      seed: config.seed,
      bestEpoch,
      test: errors.all(),
      testBySource: errors.bySource(),
    };
    await reportForces(folder, set, tested, 'test');
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
  split: Object.fromEntries(Object.entries(split).map(([part, list]) => [part, list.map((k) => structures[k]!.id)])),
});
