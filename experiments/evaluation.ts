/**
 * A trained network on the structures of a file: predictions, errors where there are labels, tables and plots.
 */

import { z } from 'zod';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA, type LabelledStructure, plausible } from '../data/index.ts';
import { UserError } from '../files/errors.ts';
import { conform } from '../files/read.ts';
import { type Engine, key } from '../tensor/index.ts';
import { type GraphService, graphService } from '../training/batches/graph-service.ts';
import { readData } from '../training/data/read.ts';
import { invertScaling, scalingFromJson } from '../training/data/scaling.ts';
import {
  printUncovered,
  referenceOf,
  type SourceReferences,
  sourcesFromJson,
  uncovered,
} from '../training/data/sources.ts';
import { meter, told } from '../training/meter.ts';
import { type Network, network } from '../training/network.ts';
import { reportForces } from '../training/report/forces.ts';
import { reportProperty } from '../training/report/property.ts';
import { checkpointOf, loadWeights } from '../training/run/checkpoint.ts';
import type { RunFolder } from '../training/run/folder.ts';
import { type Comparison, ENERGY_NOT_LEARNT } from '../training/tasks/force-errors.ts';
import { forcePredictor } from '../training/tasks/force-field.ts';
import { type ForceSet, predictForces } from '../training/tasks/predict-forces.ts';
import { predictProperty, propertyPredictor } from '../training/tasks/property.ts';
import { columns, number } from './cli/table.ts';

/** What numbers mean, as the kinds of training store it: of forces, of a property, and (only its name) of denoising. */
const forceMeaning = z.object({
  references: z.unknown(),
  /** false: the loss had no term for energies; absent in all other networks. */
  energyLearnt: z.boolean().optional(),
  volume: z.enum(['signed', 'absolute']),
});
const noiseMeaning = z.object({ strategy: z.string().optional() });
const propertyMeaning = z.object({
  target: z.string(),
  unit: z.string(),
  scaling: z.unknown(),
  pool: z.enum(['add', 'mean']),
});

/** The source that knows the elements of most structures; without references there is no choice to make. */
function likeliestSource(references: SourceReferences, structures: readonly LabelledStructure[]): string {
  const covered = (source: string) =>
    structures.filter(({ numbers }) => numbers.every((number) => references.get(source)!.has(number))).length;
  return [...references.keys()].reduce(
    (best, source) => (best !== '' && covered(best) >= covered(source) ? best : source),
    '',
  );
}

/** Throws if the file says that its labels have another unit than the network's predictions. */
function expectUnit(structures: readonly LabelledStructure[], target: string, unit: string, file: string): void {
  const odd = structures.find(
    ({ properties }) => properties.target === target && properties.unit !== undefined && properties.unit !== unit,
  );
  if (!odd) return;
  throw new UserError(
    `${file}: ${target} is in ${String(odd.properties.unit)}, the network predicts ${unit}. Convert the labels, or take unit=... out of the file.`,
  );
}

/** Batches of an evaluation. */
const LIMITS = { structures: 64, edges: 200_000 };

export interface EvaluationEvents {
  /** What is begun now and may take a while, in words. */
  phase?(what: string): void;
  /** What a large cutoff means, before neighbours are looked for. */
  hint?(text: string): void;
}

/** Evaluates and writes into `folder`; returns lines for the user. */
export async function evaluation(
  path: string,
  file: string,
  folder: RunFolder,
  engine: Engine,
  helper: boolean,
  source?: string,
  { phase, hint: warn }: EvaluationEvents = {},
): Promise<string[]> {
  const checkpoint = checkpointOf(path);
  const { about } = checkpoint;
  if (!about) throw new UserError(`${checkpoint.path}: does not say what it predicts. Expected a checkpoint of a run.`);
  const meaningOf = <T>(schema: z.ZodType<T>): T =>
    conform(about.meaning, schema, `${checkpoint.path}: what its numbers mean`, 'a checkpoint of a run');
  const { strategy } = meaningOf(noiseMeaning);
  const property = about.task === 'finetune' ? meaningOf(propertyMeaning) : undefined;
  if (strategy !== undefined) {
    throw new UserError(
      `${checkpoint.path}: has learnt to remove noise (${strategy}), which predicts neither energies nor a property. ` +
        `Fine-tune it: npm run finetune -- --from ${path}`,
    );
  }
  phase?.(`Reading ${file}`);
  const { structures, notes } = await readData(file);
  const { hint, notes: implausible } = plausible(structures, about.model.cutoff);
  if (hint !== undefined) warn?.(hint);
  await folder.writeJson('config.json', {
    task: 'evaluate',
    network: checkpoint.path,
    data: file,
    engine: engine.name,
  });
  const net = network(about.model, property?.pool ?? 'add', key(0));
  loadWeights(net.parameters, engine, checkpoint.parameters, checkpoint.path);
  phase?.(`Finding neighbours within ${about.model.cutoff} A in ${structures.length} structures`);
  const counted = meter(phase, 'Neighbours of structures', structures.length);
  const graphs = await graphService(structures, about.model, { helper, counted });
  phase?.('Predicting');
  const tell = meter(phase, 'Predicted', structures.length);
  const given: Given = { structures, file, checkpoint: checkpoint.path, folder, engine, net, graphs, tell };
  try {
    const lines = property
      ? await evaluateProperty(given, property)
      : await evaluateForces(given, meaningOf(forceMeaning), source);
    return [...notes, ...implausible, ...lines];
  } finally {
    await graphs.close();
  }
}

/** What there is to predict, by what, and where it goes. */
interface Given {
  readonly structures: readonly LabelledStructure[];
  /** Names of both for messages. */
  readonly file: string;
  readonly checkpoint: string;
  readonly folder: RunFolder;
  readonly engine: Engine;
  readonly net: Network;
  readonly graphs: GraphService;
  readonly tell: (done: number) => void;
}

async function evaluateProperty(
  { structures, file, checkpoint, folder, engine, net, graphs, tell }: Given,
  { target, unit, scaling: json }: z.infer<typeof propertyMeaning>,
): Promise<string[]> {
  const scaling = scalingFromJson(json, checkpoint);
  expectUnit(structures, target, unit, file);
  const all = structures.map((_, k) => k);
  const outputs = await predictProperty(all, propertyPredictor(engine, net), graphs, LIMITS, tell);
  const predicted = outputs.map((x) => invertScaling(scaling, x));
  const labels = structures.map(({ energy, properties }) => {
    // As in data/targets.ts: readers keep an energy apart from other properties.
    const label = target === 'energy' ? energy : properties[target];
    return typeof label === 'number' ? label : undefined;
  });
  await reportProperty(folder, [{ name: 'all', structures, labels, predicted }], target, unit);
  const errors = labels.flatMap((label, k) => (label === undefined ? [] : [Math.abs(predicted[k] - label)]));
  const mae = errors.length === 0 ? null : errors.reduce((a, b) => a + b) / errors.length;
  await folder.writeJson('result.json', {
    task: 'evaluate',
    target,
    unit,
    structures: structures.length,
    labelled: errors.length,
    mae,
  });
  return [
    errors.length === 0
      ? `${target} of ${structures.length} structures; the file has no labels to compare with`
      : `${target}: mean absolute error ${number(mae)} ${unit} over ${errors.length} labelled structures`,
    `Everything is in ${folder.path}: predictions/property.csv, plots/`,
  ];
}

async function evaluateForces(
  { structures, checkpoint, folder, engine, net, graphs, tell }: Given,
  { references: json, volume, energyLearnt = true }: z.infer<typeof forceMeaning>,
  source: string | undefined,
): Promise<string[]> {
  const references = sourcesFromJson(json, checkpoint);
  const name = source ?? likeliestSource(references, structures);
  const set: ForceSet = {
    structures,
    sources: structures.map(() => name),
    referenceOf: (k) => referenceOf(references, name, structures[k].numbers),
    energyLearnt,
  };
  const all = structures.map((_, k) => k);
  const predictions = predictForces(set, all, forcePredictor(engine, net, volume), graphs, LIMITS);
  const compared = (await reportForces(folder, set, told(predictions, tell), 'all')).all();
  await folder.writeJson('result.json', {
    task: 'evaluate',
    references: name,
    ...(energyLearnt ? {} : { energyLearnt }),
    ...compared,
  });
  const unknown = uncovered(
    references,
    structures.map((structure) => ({ source: name, structure })),
  );
  const meaning = energyLearnt
    ? [...printUncovered(unknown), `Reference energies of ${name || 'no source'}.`]
    : [`${ENERGY_NOT_LEARNT}.`];
  return [
    ...forceLines(compared),
    ...meaning.slice(0, -1),
    `${meaning.at(-1)} Everything is in ${folder.path}: predictions/, plots/`,
  ];
}

function forceLines({ structures, error, zero }: Comparison): string[] {
  const line = columns([24, 12, 12, 12]);
  const shown = ({ energy, forces, stress }: Comparison['error']) => [
    number(energy === null ? null : 1000 * energy),
    number(forces === null ? null : 1000 * forces),
    number(stress === null ? null : EV_PER_CUBIC_ANGSTROM_IN_GPA * stress),
  ];
  return [
    line(`${structures} structures`, 'meV/atom', 'meV/A', 'GPa'),
    line('error', ...shown(error)),
    line('predicting zero', ...shown(zero)),
  ];
}
