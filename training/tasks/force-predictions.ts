/**
 * Predictions of a force field on many structures, batch by batch, beside the labels; the same for validation during
 * training, the report at its end, and the evaluation of a checkpoint on other data.
 */
import type { LabelledStructure } from '../../data/index.ts';
import type { GraphBatch } from '../../graph/index.ts';
import type { GraphService } from '../batches/graph-service.ts';
import { type BatchLimits, groupByEdges } from '../batches/group.ts';
import { addForceErrors, type ForceErrors, forceErrors } from './force-errors.ts';
import { type ForceLabels, forceLabels } from './force-field.ts';

/** Labelled structures, numbered; `referenceOf`: the reference energy of structure k in eV. */
export interface ForceSet {
  readonly structures: readonly LabelledStructure[];
  readonly sources: readonly string[];
  readonly referenceOf: (k: number) => number;
  /** false: the loss had no term for energies, and predicted ones mean nothing (default: true). */
  readonly energyLearnt?: boolean;
}

/** Labels and predictions of structure `structure`; energies in eV less its reference. */
export interface PredictedForces {
  readonly structure: number;
  readonly labels: ForceLabels;
  readonly predicted: ForceLabels;
}

/** Labels of a batch; absent ones are 0. */
export const labelsOf = ({ structures, referenceOf }: ForceSet, group: readonly number[]): ForceLabels =>
  forceLabels(
    group.map((k) => structures[k]),
    ({ energy }, at) => (energy === undefined ? 0 : energy - referenceOf(group[at])),
  );

const sliced = ({ energy, forces, stress }: ForceLabels, k: number, atom: number, atoms: number): ForceLabels => ({
  energy: energy.subarray(k, k + 1),
  forces: forces.subarray(3 * atom, 3 * (atom + atoms)),
  stress: stress.subarray(9 * k, 9 * k + 9),
});

export async function* predictForces(
  set: ForceSet,
  part: readonly number[],
  predict: (graph: GraphBatch) => Promise<ForceLabels>,
  graphs: GraphService,
  limits: BatchLimits,
): AsyncGenerator<PredictedForces> {
  for (const group of groupByEdges(graphs.counts, part, limits)) {
    const graph = await graphs.batch(group);
    const [labels, predicted] = [labelsOf(set, group), await predict(graph)];
    let atom = 0;
    for (const [at, structure] of group.entries()) {
      const atoms = set.structures[structure].numbers.length;
      yield { structure, labels: sliced(labels, at, atom, atoms), predicted: sliced(predicted, at, atom, atoms) };
      atom += atoms;
    }
  }
}

/** Errors of predictions, by source and in all. */
export async function errorsOf(
  set: ForceSet,
  predictions: AsyncIterable<PredictedForces> | Iterable<PredictedForces>,
): Promise<ForceErrors> {
  const errors = forceErrors();
  for await (const one of predictions) addForceErrors(errors, set, one);
  return errors;
}
