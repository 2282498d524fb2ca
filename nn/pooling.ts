/** Pooling: how the features of atoms become features of structures. */
import { segmentMean, segmentSum, type Tensor } from '../tensor/index.ts';

/** The sum over the atoms of a structure, or their mean. */
export type Pooling = 'add' | 'mean';

/**
 * Features x [atoms, channels] of atoms, pooled by their `structure` ([atoms] into [structures]): [structures,
 * channels].
 */
export const poolAtoms = (x: Tensor, structure: Tensor, pooling: Pooling): Tensor =>
  pooling === 'add' ? segmentSum(x, structure) : segmentMean(x, structure);
