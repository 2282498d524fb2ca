/**
 * A property: one number for each structure, learnt by L1 on the scaled target (data/scaling.ts). The task of every
 * fine-tuning.
 */
import type { LabelledStructure } from '../../data/index.ts';
import { extend } from '../../data/lists.ts';
import { applyScaling, invertScaling, medianError, type Scaling, scalingFromJson } from '../../data/scaling.ts';
import { UserError } from '../../files/errors.ts';
import type { GraphBatch } from '../../graph/index.ts';
import { edgeVectors, type Network, structures as structureRows } from '../../nn/index.ts';
import { type Engine, input, l1Loss } from '../../tensor/index.ts';
import { number } from '../../text/columns.ts';
import { anything, object, oneOf, string } from '../../text/schema.ts';
import type { GraphService } from '../batches/graph-service.ts';
import { type BatchLimits, groupByEdges } from '../batches/group.ts';
import type { FinetuneConfig } from '../config.ts';
import type { Evaluation } from '../evaluation.ts';
import type { FinetuningData } from '../finetuning.ts';
import { graphPredictor, graphStep } from '../graph-step.ts';
import { meter } from '../meter.ts';
import { reportProperty } from '../report/property.ts';
import type { Given, Task } from '../task.ts';

export interface GivenFinetuning extends Given {
  readonly config: FinetuneConfig;
  readonly data: FinetuningData;
  /** Names of parameters that stay as they are. */
  readonly frozen: readonly string[];
}

/** Mean absolute errors in the unit: of the network on both parts, and of always predicting the training median. */
export interface PropertyOutcome {
  readonly mae: { readonly validation: number; readonly test: number };
  readonly median: { readonly validation: number; readonly test: number };
}

/**
 * Runs a network on batches of graphs, compiled once: one number for each structure, on the scale on which the network
 * was trained.
 *
 * @example
 * const net = network(finetunePreset('smoke').model, 'mean', key(1));
 * const predict = propertyPredictor(defaultEngine(), net);
 * const [structure] = crystals({ count: 1 });
 * (await predict(collate([{ structure, edges: neighbours(structure, 4) }]))).length;  // 1
 */
export function propertyPredictor(engine: Engine, net: Network): (graph: GraphBatch) => Promise<Float64Array> {
  const predict = graphPredictor(engine, net, (inputs) => ({ outputs: net.apply(inputs, edgeVectors(inputs)) }));
  return async (graph) => (await predict(graph)).outputs.data;
}

/** Predictions, in the unit of the target, of structures in the order of `part`; `tell` hears how many there are. */
export async function predictProperty(
  part: readonly number[],
  predict: (graph: GraphBatch) => Promise<Float64Array>,
  { graphs, limits, scaling }: { graphs: GraphService; limits: BatchLimits; scaling: Scaling },
  tell: (done: number) => void = () => {},
): Promise<number[]> {
  const outputs: number[] = [];
  for (const group of groupByEdges(graphs.counts, part, limits)) {
    extend(outputs, await predict(await graphs.batch(group)));
    tell(outputs.length);
  }
  return outputs.map((x) => invertScaling(scaling, x));
}

const meanError = (predicted: readonly number[], labels: readonly number[]): number =>
  predicted.reduce((sum, p, k) => sum + Math.abs(p - labels[k]), 0) / labels.length;

export function property(given: GivenFinetuning): Task<Float64Array, PropertyOutcome> {
  const { config, data, network, engine, graphs, training, phase, frozen } = given;
  const { structures, values, scaling, split, target, unit } = data;
  const predict = propertyPredictor(engine, network);
  const valuesOf = (part: readonly number[]) => part.map((k) => values[k]);
  const predictions = (part: readonly number[]) =>
    predictProperty(part, predict, { graphs, limits: training.batch, scaling }, meter(phase, 'Predicted', part.length));
  return {
    ...graphStep<Float64Array>(
      engine,
      network,
      training,
      (inputs) => {
        const wanted = input([structureRows], 'target');
        const loss = l1Loss(network.apply(inputs, edgeVectors(inputs)), wanted);
        return { loss, inputs: { wanted }, feeds: (labels) => ({ wanted: labels }) };
      },
      frozen,
    ),
    network,
    meaning: { target, unit, scaling, pool: config.pool },
    prepare: async (group) => ({
      graph: await graphs.batch(group),
      labels: Float64Array.from(valuesOf(group), (x) => applyScaling(scaling, x)),
    }),
    async validate() {
      const mae = meanError(await predictions(split.validation), valuesOf(split.validation));
      return { loss: mae, property: mae };
    },
    async test(folder) {
      const part = async (name: 'validation' | 'test') => ({
        name,
        structures: split[name].map((k) => structures[k]),
        labels: valuesOf(split[name]),
        predicted: await predictions(split[name]),
      });
      const [validation, test] = [await part('validation'), await part('test')];
      await reportProperty(folder, [validation, test], target, unit);
      const learnt = valuesOf(split.train);
      return {
        mae: {
          validation: meanError(validation.predicted, validation.labels),
          test: meanError(test.predicted, test.labels),
        },
        median: { validation: medianError(learnt, validation.labels), test: medianError(learnt, test.labels) },
      };
    },
  };
}

/** What a checkpoint says of the network's numbers. */
export const propertyMeaning = object({
  target: string,
  unit: string,
  scaling: anything,
  pool: oneOf(['add', 'mean']),
});

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

/** Predicts structures with a finished network; returns lines for the user. */
export async function evaluateProperty(evaluation: Evaluation): Promise<string[]> {
  const { structures, file, checkpoint, folder, engine, network, graphs, limits, tell } = evaluation;
  const { target, unit, scaling: json } = evaluation.meaningOf(propertyMeaning);
  if (evaluation.source !== undefined) {
    throw new UserError(`${checkpoint}: predicts ${target}, which needs no reference energies. Leave --source out.`);
  }
  const scaling = scalingFromJson(json, checkpoint);
  expectUnit(structures, target, unit, file);
  const all = structures.map((_, k) => k);
  const predict = propertyPredictor(engine, network);
  const predicted = await predictProperty(all, predict, { graphs: await graphs(), limits, scaling }, tell);
  const labels = structures.map(({ energy, properties }) => {
    // As in data/targets.ts: readers keep an energy apart from other properties.
    const label = target === 'energy' ? energy : properties[target];
    return typeof label === 'number' ? label : undefined;
  });
  await reportProperty(folder, [{ name: 'all', structures, labels, predicted }], target, unit);
  const errors = labels.flatMap((label, k) => (label === undefined ? [] : [Math.abs(predicted[k] - label)]));
  const mae = errors.length === 0 ? null : errors.reduce((a, b) => a + b) / errors.length;
  const counts = { structures: structures.length, labelled: errors.length };
  await folder.writeJson('result.json', { task: 'evaluate', target, unit, ...counts, mae });
  return [
    errors.length === 0
      ? `${target} of ${structures.length} structures; the file has no labels to compare with`
      : `${target}: mean absolute error ${number(mae)} ${unit} over ${errors.length} labelled structures`,
    `Everything is in ${folder.path}: predictions/property.csv, plots/`,
  ];
}
