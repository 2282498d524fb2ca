/**
 * Marks for scheduling: nodes whose values should not be stored between kernels but computed again where needed.
 *
 * A mark changes memory and time, never a result. It is kept beside the graph, because equal nodes are one node: a marked
 * copy of a node would be that node.
 */
import type { Tensor } from './tensor.ts';

const marked = new WeakSet<Tensor>();

export const markRecompute = (tensor: Tensor): void => void marked.add(tensor);
export const isRecomputed = (tensor: Tensor): boolean => marked.has(tensor);
