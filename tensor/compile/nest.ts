/** Loop nests over trailing axes: one loop per axis, none for axes of size 1. */
import { strides } from '../primitives/movement.ts';
import * as A from './affine.ts';
import type { Affine } from './expr.ts';

/** The extents of the loops over axes of these sizes. */
export const withoutOnes = (sizes: readonly number[]): number[] => sizes.filter((size) => size !== 1);

/** Indices of a tensor of these trailing sizes in its own nest: a loop per axis, none for axes of size 1. */
export function naturalIndices(sizes: readonly number[]): Affine[] {
  const loops = withoutOnes(sizes).length;
  let loop = 0;
  return sizes.map((size) => (size === 1 ? A.constant(0, loops) : A.loop(loop++, loops)));
}

/** The position of `indices` in row-major order. */
export const flatten = (indices: readonly Affine[], sizes: readonly number[], loops: number): Affine => {
  const step = strides(sizes);
  return indices.reduce((sum, index, axis) => A.plus(sum, A.times(index, step[axis])), A.constant(0, loops));
};
