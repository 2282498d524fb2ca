/**
 * Losses over energies, forces and stress.
 *
 * With a weight of zero, as a number or as a placeholder's value, the loss still reaches the parameters, so that these are
 * decayed.
 */
import {
  add,
  div,
  huberLoss,
  input,
  l1Loss,
  l2Loss,
  mul,
  type Operand,
  reshape,
  type Tensor,
} from '../tensor/index.ts';
import { atoms, structures } from './inputs.ts';

/** How a difference is measured. */
export type LossKind = 'L1' | 'L2' | 'Huber';

/**
 * The mean, over all numbers of two tensors of one shape, of |x - y| (L1), of (x - y)^2 (L2), or of Huber's function,
 * which is quadratic up to `delta`, in the unit of the quantity, and linear beyond it.
 */
export function elementwiseLoss(kind: LossKind, predicted: Tensor, label: Tensor, delta = 0.01): Tensor {
  if (kind === 'L1') return l1Loss(predicted, label);
  return kind === 'L2' ? l2Loss(predicted, label) : huberLoss(predicted, label, delta);
}

/** Placeholders for the labels of a batch. */
export type LabelInputs = {
  /** eV, [structures]. */
  readonly energy: Tensor;
  /** eV/A, [atoms, 3]. */
  readonly forces: Tensor;
  /** eV/A^3, [structures, 3, 3]. */
  readonly stress: Tensor;
};

/**
 * Fresh placeholders for the labels of a batch: energies in eV, [structures], forces in eV/A, [atoms, 3], and stress in
 * eV/A^3, [structures, 3, 3].
 *
 * @example
 * const labels = labelInputs();
 * const f = compile({ forces: labels.forces }, { net: labels.forces.sum({ axis: 0 }) });
 * (await f({ forces: [[0.25, 0, 0], [-0.25, 0, 1]] })).net;  // [0, 0, 1]
 */
export const labelInputs = (): LabelInputs => ({
  energy: input([structures], 'energy label'),
  forces: input([atoms, 3], 'force label'),
  stress: input([structures, 3, 3], 'stress label'),
});

/** The weight of each term of the loss: a number, or a placeholder for one. */
export interface LossWeights<Weight extends Operand = Operand> {
  readonly energy: Weight;
  readonly forces: Weight;
  readonly stress: Weight;
}

/**
 * Fresh placeholders for the weights of energy, forces and stress, numbers of shape [], so that a change of weights
 * compiles nothing.
 *
 * @example
 * const labels = labelInputs(), predicted = labelInputs();
 * const loss = forceFieldLoss(predicted, labels, lossWeightInputs());
 */
export const lossWeightInputs = (): LossWeights<Tensor> => ({
  energy: input([], 'energy weight'),
  forces: input([], 'force weight'),
  stress: input([], 'stress weight'),
});

/** What a network says: tensors of the shapes and units of the labels. */
export interface ForceFieldPredictions {
  readonly energy: Tensor;
  readonly forces: Tensor;
  readonly stress: Tensor;
}

export interface ForceFieldLossOptions {
  /** Default: L1. */
  readonly kind?: LossKind;
  /** How many atoms each structure has, [structures]: energies are then compared per atom (default: per structure). */
  readonly atomsPerStructure?: Tensor;
}

/**
 * The loss w_e d(E) + w_f d(F) + w_s d(S), a number, where each d is a mean over all numbers of the batch: of |x - y|
 * (L1), of (x - y)^2 (L2), or of Huber's function, which is quadratic up to 0.01 of the quantity's unit and linear
 * beyond. If there is no weight for forces or for stress, that term is left out, and with it the differentiation that
 * it needs.
 *
 * @example
 * const labels = labelInputs(), predicted = labelInputs();
 * const loss = forceFieldLoss(predicted, labels, { energy: 1 });
 * const f = compile({ labels: labels.energy, predicted: predicted.energy }, { loss });
 * (await f({ labels: [1, 2], predicted: [1.5, 3] })).loss;  // 0.75
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
    if (weight !== undefined) loss = add(loss, mul(weight, elementwiseLoss(kind, predicted[name], labels[name])));
  }
  return loss;
}
