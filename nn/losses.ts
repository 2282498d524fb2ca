/**
 * Losses over energies, forces and stress. Weights are leaves, so changing them compiles nothing, and a weight of
 * zero still counts as reaching the parameters (they are decayed).
 */
import {
  add,
  div,
  huberLoss,
  input,
  l1Loss,
  l2Loss,
  mul,
  type Numbers,
  reshape,
  type Tensor,
} from '../tensor/index.ts';
import { atoms, structures } from './inputs.ts';

export type LossKind = 'L1' | 'L2' | 'Huber';

/** Mean distance over all elements. Huber's threshold is in the unit of the quantity. */
export function elementwiseLoss(kind: LossKind, predicted: Tensor, label: Tensor, delta = 0.01): Tensor {
  if (kind === 'L1') return l1Loss(predicted, label);
  return kind === 'L2' ? l2Loss(predicted, label) : huberLoss(predicted, label, delta);
}

export interface LabelInputs {
  /** eV, [structures]. */
  readonly energy: Tensor;
  /** eV/A, [atoms, 3]. */
  readonly forces: Tensor;
  /** eV/A^3, [structures, 3, 3]. */
  readonly stress: Tensor;
}

export const labelInputs = (): LabelInputs => ({
  energy: input([structures], 'energy label'),
  forces: input([atoms, 3], 'force label'),
  stress: input([structures, 3, 3], 'stress label'),
});

export interface LossWeights {
  readonly energy: Tensor;
  readonly forces: Tensor;
  readonly stress: Tensor;
}

export const lossWeightInputs = (): LossWeights => ({
  energy: input([], 'energy weight'),
  forces: input([], 'force weight'),
  stress: input([], 'stress weight'),
});

/** Values for `weightInputs` from a ratio such as [1, 500, 500]. */
export const feedLossWeights = (w: LossWeights, [e, f, s]: readonly [number, number, number]): [Tensor, Numbers][] => [
  [w.energy, [e]],
  [w.forces, [f]],
  [w.stress, [s]],
];

export interface ForceFieldPredictions {
  readonly energy: Tensor;
  readonly forces: Tensor;
  readonly stress: Tensor;
}

export interface ForceFieldLossOptions {
  readonly kind?: LossKind;
  /** Atoms in each structure, [structures]: energies are then compared per atom (default: per structure, as in the paper). */
  readonly atomsPerStructure?: Tensor;
}

/**
 * w_e d(E) + w_f d(F) + w_s d(S), each a mean over all numbers of the batch. Where there is no weight for forces or
 * stress, the term is left out, and with it the differentiation that it needs.
 */
export function forceFieldLoss(
  predicted: ForceFieldPredictions,
  labels: LabelInputs,
  weights: Pick<LossWeights, 'energy'> & Partial<LossWeights>,
  { kind = 'L1', atomsPerStructure }: ForceFieldLossOptions = {},
): Tensor {
  const scaled = (energy: Tensor): Tensor => (atomsPerStructure ? div(energy, atomsPerStructure) : energy);
  const energy = reshape(predicted.energy, [structures]);
  let loss = mul(weights.energy, elementwiseLoss(kind, scaled(energy), scaled(labels.energy)));
  for (const name of ['forces', 'stress'] as const) {
    const weight = weights[name];
    if (weight) loss = add(loss, mul(weight, elementwiseLoss(kind, predicted[name], labels[name])));
  }
  return loss;
}
