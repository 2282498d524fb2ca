/**
 * Marks for the planner: nodes whose values should not be kept between kernels but computed again.
 *
 * A mark changes memory and time, never a result. A second copy of a node could not express this, since equal
 * nodes are one.
 */
import type { Tensor } from './tensor.ts';

const marked = new WeakSet<Tensor>();

export const markRecompute = (tensor: Tensor): void => void marked.add(tensor);
export const isRecomputed = (tensor: Tensor): boolean => marked.has(tensor);
