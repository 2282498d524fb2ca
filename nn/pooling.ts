/** From atoms to structures: sums or means of atomic features, [atoms, C] to [structures, C]. */
import { segmentMean, segmentSum, type Tensor } from '../tensor/index.ts';

export type Pooling = 'add' | 'mean';

export const poolAtoms = (x: Tensor, structure: Tensor, pooling: Pooling): Tensor =>
  pooling === 'add' ? segmentSum(x, structure) : segmentMean(x, structure);
