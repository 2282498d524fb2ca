/**
 * Learning from derivatives: energies, and forces and stress by differentiating them, in any ratio of weights.
 */
import type { LabelledStructure } from '../../data/index.ts';
import {
  printUncovered,
  referenceOf,
  type SourceReferences,
  sourcesFromJson,
  sourcesToJson,
  uncovered,
} from '../../data/sources.ts';
import { UserError } from '../../files/errors.ts';
import { columns, number } from '../../text/columns.ts';
import { anything, boolean, object, oneOf, optional } from '../../text/schema.ts';
import type { Evaluation } from '../evaluation.ts';
import { meter, told } from '../meter.ts';
import { RATIOS } from '../presets.ts';
import { reportForces } from '../report/forces.ts';
import type { Comparison, GivenPretraining, PretrainingOutcome, Strategy, Task } from '../task.ts';
import { ENERGY_NOT_LEARNT, type Errors, FORCE_ERRORS } from './force-errors.ts';
import { type ForceLabels, forceField, forcePredictor } from './force-field.ts';
import { errorsOf, type ForceSet, labelsOf, predictForces } from './force-predictions.ts';

export interface ForceOutcome extends PretrainingOutcome<Errors> {
  /** Energy, forces, stress. */
  readonly weights: readonly number[];
}

function task(given: GivenPretraining): Task<ForceLabels, ForceOutcome> {
  const { config, data, network, engine, graphs, training, phase } = given;
  const { structures, sources, references, split, weights } = data;
  const { energyPer, volume } = config;
  const learning = forceField(engine, network, { ...training, weights, energyPer, volume });
  const predict = forcePredictor(engine, network, volume);
  const set: ForceSet = {
    structures,
    sources,
    referenceOf: (k) => referenceOf(references, sources[k], structures[k].numbers),
    energyLearnt: weights[0] > 0,
  };
  const predictions = (part: readonly number[]) =>
    told(predictForces(set, part, predict, graphs, training.batch), meter(phase, 'Predicted', part.length));
  return {
    ...learning,
    network,
    meaning: {
      references: sourcesToJson(references),
      energyPer,
      volume,
      ...(weights[0] > 0 ? {} : { energyLearnt: false }),
    },
    prepare: async (group) => ({ graph: await graphs.batch(group), labels: labelsOf(set, group) }),
    async validate() {
      const { error } = (await errorsOf(set, predictions(split.validation))).all();
      const energy = energyPer === 'atom' ? error.energy : error.energyPerStructure;
      const terms = [energy, error.forces, error.stress].map((e, k) => weights[k] * (e ?? 0));
      const known = Object.entries(error).filter((entry): entry is [string, number] => entry[1] !== null);
      return { loss: terms.reduce((a, b) => a + b), ...Object.fromEntries(known) };
    },
    async test(folder) {
      const errors = await reportForces(folder, set, predictions(split.test), 'test');
      return { weights, test: errors.all(), testBySource: errors.bySource() };
    },
  };
}

/** What a checkpoint says of the network's numbers. */
const meaningSchema = object({
  references: anything,
  /** false: the loss had no term for energies; absent in all other networks. */
  energyLearnt: optional(boolean),
  volume: oneOf(['signed', 'absolute']),
});

/** The source that knows the elements of most structures; without references there is no choice to make. */
function likeliestSource(references: SourceReferences, structures: readonly LabelledStructure[]): string {
  const covered = [...references].map(([source, own]) => ({
    source,
    count: structures.filter(({ numbers }) => numbers.every((number) => own.has(number))).length,
  }));
  return covered.reduce((best, one) => (one.count > best.count ? one : best), { source: '', count: -1 }).source;
}

async function evaluate(evaluation: Evaluation): Promise<string[]> {
  const { structures, checkpoint, folder, engine, network, graphs, limits, tell, source } = evaluation;
  const { references: json, volume, energyLearnt = true } = evaluation.meaningOf(meaningSchema);
  const references = sourcesFromJson(json, checkpoint);
  if (source !== undefined && references.size === 0) {
    throw new UserError(
      `${checkpoint}: has no reference energies, so there is no source ${source}. Leave --source out.`,
    );
  }
  const name = source ?? likeliestSource(references, structures);
  const set: ForceSet = {
    structures,
    sources: structures.map(() => name),
    referenceOf: (k) => referenceOf(references, name, structures[k].numbers),
    energyLearnt,
  };
  const unknown = uncovered(
    references,
    structures.map((structure) => ({ source: name, structure })),
  );
  const all = structures.map((_, k) => k);
  const predictions = predictForces(set, all, forcePredictor(engine, network, volume), await graphs(), limits);
  const compared = (await reportForces(folder, set, told(predictions, tell), 'all')).all();
  await folder.writeJson('result.json', {
    task: 'evaluate',
    references: name,
    ...(energyLearnt ? {} : { energyLearnt }),
    ...compared,
  });
  const meaning = energyLearnt
    ? [...printUncovered(unknown), `Reference energies of ${name || 'no source'}.`]
    : [`${ENERGY_NOT_LEARNT}.`];
  return [
    ...showComparison(compared),
    ...meaning.slice(0, -1),
    `${meaning.at(-1)} Everything is in ${folder.path}: predictions/, plots/`,
  ];
}

function showComparison({ structures, error, zero }: Comparison<Errors>): string[] {
  const { columns: quantities } = FORCE_ERRORS;
  const line = columns([24, 12, 12, 12]);
  const shown = (errors: Errors) =>
    quantities.map(({ of, scale }) => {
      const found = of(errors);
      return number(found === null ? null : scale * found);
    });
  return [
    line(`${structures} structures`, ...quantities.map(({ unit }) => unit.replace('Å', 'A'))),
    line('error', ...shown(error)),
    line('predicting zero', ...shown(zero)),
  ];
}

const titleOf = ({ weights }: { readonly weights: readonly number[] }): string => `forces ${weights.join(':')}`;

export const forces: Strategy<Errors> = {
  learnsFrom: 'labels',
  level: 'graph',
  errors: FORCE_ERRORS,
  rows: Object.entries(RATIOS).map(([name, weights]) => ({
    name,
    title: titleOf({ weights }),
    pretrain: { strategy: 'forces', weights: [...weights] },
  })),
  title: titleOf,
  describe: (_, { weights }) => `loss ${weights.join(':')} (energy:forces:stress)`,
  task,
  remark: (outcome) => ((outcome as ForceOutcome).weights[0] === 0 ? ENERGY_NOT_LEARNT : undefined),
  evaluate,
};
