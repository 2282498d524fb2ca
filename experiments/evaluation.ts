/**
 * A trained network on the structures of a file: predictions, errors where there are labels, tables and plots.
 */
import type { LabelledStructure } from '../data/index.ts';
import { writeParameters } from '../nn/index.ts';
import { type Engine, key } from '../tensor/index.ts';
import { graphService } from './batches/graph-service.ts';
import { columns, number } from './cli/table.ts';
import { readData } from './data/read.ts';
import { invertScaling, scalingFromJson } from './data/scaling.ts';
import { printUncovered, referenceOf, type SourceReferences, sourcesFromJson, uncovered } from './data/sources.ts';
import { type Comparison, EV_PER_CUBIC_ANGSTROM_IN_GPA } from './learn/force-errors.ts';
import { forcePredictor } from './learn/force-field.ts';
import { network } from './learn/network.ts';
import { errorsOf, type ForceSet, type PredictedForces, predictForces } from './learn/predict-forces.ts';
import { predictProperty, propertyPredictor } from './learn/property.ts';
import { reportForces } from './report/force-report.ts';
import { reportProperty } from './report/property-report.ts';
import { checkpointOf } from './run/checkpoint.ts';
import type { RunFolder } from './run/folder.ts';
import { UserError } from './run/user-error.ts';

/** As the two kinds of training store it. */
interface ForceMeaning {
  readonly references: unknown;
  readonly volume: 'signed' | 'absolute';
}
interface PropertyMeaning {
  readonly target: string;
  readonly unit: string;
  readonly scaling: unknown;
  readonly pool: 'add' | 'mean';
}

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

/** Evaluates and writes into `folder`; returns lines for the user. */
export async function evaluation(
  path: string,
  file: string,
  folder: RunFolder,
  engine: Engine,
  helper: boolean,
  source?: string,
): Promise<string[]> {
  const checkpoint = checkpointOf(path);
  const { about } = checkpoint;
  if (!about) throw new UserError(`${checkpoint.path}: does not say what it predicts. Expected a checkpoint of a run.`);
  const { strategy } = about.meaning as { strategy?: string };
  if (strategy !== undefined) {
    throw new UserError(
      `${checkpoint.path}: has learnt to remove noise (${strategy}), which predicts neither energies nor a property. ` +
        `Fine-tune it: npm run finetune -- --from ${path}`,
    );
  }
  const { structures, notes } = await readData(file);
  await folder.writeJson('config.json', {
    task: 'evaluate',
    network: checkpoint.path,
    data: file,
    engine: engine.name,
  });
  const pool = about.task === 'finetune' ? (about.meaning as PropertyMeaning).pool : 'add';
  const net = network(about.model, pool, key(0));
  writeParameters(net.parameters, engine, checkpoint.parameters);
  const graphs = await graphService(structures, about.model, { helper });
  const all = structures.map((_, k) => k);
  try {
    if (about.task === 'finetune') {
      const { target, unit, scaling: json } = about.meaning as PropertyMeaning;
      const scaling = scalingFromJson(json, checkpoint.path);
      expectUnit(structures, target, unit, file);
      const outputs = await predictProperty(all, propertyPredictor(engine, net), graphs, LIMITS);
      const predicted = outputs.map((x) => invertScaling(scaling, x));
      const labels = structures.map(({ energy, properties }) => {
        // As in data/targets.ts: readers keep an energy apart from other properties.
        const label = target === 'energy' ? energy : properties[target];
        return typeof label === 'number' ? label : undefined;
      });
      await reportProperty(folder, [{ name: 'all', structures, labels, predicted }], target, unit);
      const errors = labels.flatMap((label, k) => (label === undefined ? [] : [Math.abs(predicted[k]! - label)]));
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
        ...notes,
        errors.length === 0
          ? `${target} of ${structures.length} structures; the file has no labels to compare with`
          : `${target}: mean absolute error ${number(mae)} ${unit} over ${errors.length} labelled structures`,
        `Everything is in ${folder.path}: predictions/property.csv, plots/`,
      ];
    }
    const { references: json, volume } = about.meaning as ForceMeaning;
    const references = sourcesFromJson(json, checkpoint.path);
    const name = source ?? likeliestSource(references, structures);
    const set: ForceSet = {
      structures,
      sources: structures.map(() => name),
      referenceOf: (k) => referenceOf(references, name, structures[k]!.numbers),
    };
    const predictions: PredictedForces[] = [];
    for await (const one of predictForces(set, all, forcePredictor(engine, net, volume), graphs, LIMITS)) {
      predictions.push(one);
    }
    await reportForces(folder, set, predictions, 'all');
    const compared = (await errorsOf(set, predictions)).all();
    await folder.writeJson('result.json', { task: 'evaluate', references: name, ...compared });
    const unknown = uncovered(
      references,
      structures.map((structure) => ({ source: name, structure })),
    );
    return [
      ...notes,
      ...forceLines(compared),
      ...printUncovered(unknown),
      `Reference energies of ${name || 'no source'}. Everything is in ${folder.path}: predictions/, plots/`,
    ];
  } finally {
    await graphs.close();
  }
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
    line('predicting nothing', ...shown(zero)),
  ];
}
