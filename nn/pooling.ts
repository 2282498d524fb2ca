/** Pooling: how the features of atoms become features of structures. */
import { segmentMean, segmentSum, type Tensor } from '../tensor/index.ts';

/** The sum over the atoms of a structure, or their mean. */
export type Pooling = 'add' | 'mean';

/**
 * Features x [atoms, channels] of atoms, added up ('add') or averaged ('mean') over the atoms of each structure, which
 * the index `structure` ([atoms] into [structures]) names: [structures, channels].
 *
 * @example
 * const structure = constantIndex([0, 0, 1], 2, 'structure');
 * await poolAtoms(tensor([[1], [2], [3]]), structure, 'mean').value();  // [[1.5], [3]]
 */
export const poolAtoms = (x: Tensor, structure: Tensor, pooling: Pooling): Tensor =>
  pooling === 'add' ? segmentSum(x, structure) : segmentMean(x, structure);
