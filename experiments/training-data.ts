/**
 * What a pre-training learns from: structures with complete labels, split by a key, and the reference energies of the
 * elements fitted on the training part.
 */
import { fitReferences, type LabelledStructure, type References } from '../data/index.ts';
import { type Key, permutation } from '../tensor/index.ts';

export interface TrainingData {
  readonly train: readonly LabelledStructure[];
  readonly heldOut: readonly LabelledStructure[];
  readonly references: References;
  /** Labels that every structure has; the loss has no term for the others. */
  readonly labels: { readonly energy: boolean; readonly forces: boolean; readonly stress: boolean };
  /** Structures left out, with the reason. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** In the order of a loss ratio. */
export const LABELS = ['energy', 'forces', 'stress'] as const;

/**
 * Splits structures for training. A label that at least half of them have is used, and structures without it are left
 * out; a label that fewer have is not used at all.
 */
export function trainingData(structures: readonly LabelledStructure[], heldOutShare: number, key: Key): TrainingData {
  const dropped = new Map<string, number>();
  const used = LABELS.filter(
    (label) => structures.filter((s) => s[label] !== undefined).length * 2 >= structures.length,
  );
  if (!used.includes('energy') && !used.includes('forces')) {
    throw new Error(
      'The structures have neither energies nor forces. Expected energy=... in the comment line or a forces:R:3 column.',
    );
  }
  const complete = structures.filter((s) => {
    const missing = used.find((label) => s[label] === undefined);
    if (missing) dropped.set(`no ${missing}`, (dropped.get(`no ${missing}`) ?? 0) + 1);
    return !missing;
  });
  if (complete.length < 2) {
    throw new Error(`Training needs at least 2 structures with ${used.join(', ')}, found ${complete.length}.`);
  }
  const order = permutation(key, complete.length);
  const heldOutCount = Math.min(complete.length - 1, Math.max(1, Math.round(heldOutShare * complete.length)));
  const pick = (from: number, to: number) => Array.from(order.subarray(from, to), (k) => complete[k]!);
  const train = pick(heldOutCount, order.length);
  return {
    train,
    heldOut: pick(0, heldOutCount),
    references: fitReferences(train),
    labels: { energy: used.includes('energy'), forces: used.includes('forces'), stress: used.includes('stress') },
    dropped,
  };
}
