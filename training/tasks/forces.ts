/**
 * Learning from derivatives: energies, and forces and stress by differentiating them, in any ratio of weights.
 */
import { fold } from '../../tensor/index.ts';
import { referenceOf, sourcesToJson } from '../data/sources.ts';
import { meter, told } from '../meter.ts';
import { network } from '../network.ts';
import { reportForces } from '../report/forces.ts';
import type { Comparison } from './force-errors.ts';
import { type ForceLabels, forceField, forcePredictor } from './force-field.ts';
import type { Given, Learning } from './learning.ts';
import { errorsOf, type ForceSet, labelsOf, predictForces } from './predict-forces.ts';

export interface ForceOutcome {
  /** Energy, forces, stress. */
  readonly weights: readonly number[];
  readonly test: Comparison;
  readonly testBySource: Readonly<Record<string, Comparison>>;
}

export function forces({ config, data, graphs, engine, root, phase }: Given): Learning<ForceLabels, ForceOutcome> {
  const { structures, sources, references, split, weights } = data;
  const { model, training, energyPer, volume } = config;
  const net = network(model, 'add', fold(root, 'weights'));
  const field = forceField(engine, net, { ...training, weights, energyPer, volume });
  const predict = forcePredictor(engine, net, volume);
  const set: ForceSet = {
    structures,
    sources,
    referenceOf: (k) => referenceOf(references, sources[k], structures[k].numbers),
    energyLearnt: weights[0] > 0,
  };
  const predictions = (part: readonly number[]) =>
    told(predictForces(set, part, predict, graphs, training.batch), meter(phase, 'Predicted', part.length));
  return {
    net,
    trainer: field.trainer,
    meaning: {
      references: sourcesToJson(references),
      energyPer,
      volume,
      ...(weights[0] > 0 ? {} : { energyLearnt: false }),
    },
    prepare: async (group) => ({ graph: await graphs.batch(group), labels: labelsOf(set, group) }),
    step: field.step,
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
