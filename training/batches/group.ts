/**
 * Groups of structures in a given order: a group ends when it is full or before it would pass the edge limit, so that
 * memory and time of a step are bounded; a structure with more edges than that is a group of its own.
 */
import { fold, type Key, permutation } from '../../tensor/index.ts';

export interface BatchLimits {
  readonly structures: number;
  readonly edges: number;
}

/** `edges`: number of edges of each structure. */
export function groupByEdges(edges: ArrayLike<number>, order: ArrayLike<number>, limits: BatchLimits): number[][] {
  const groups: number[][] = [];
  let sum = 0;
  for (let k = 0; k < order.length; k++) {
    const structure = order[k];
    const count = edges[structure];
    const last = groups[groups.length - 1];
    if (!last || last.length >= limits.structures || sum + count > limits.edges) {
      groups.push([structure]);
      sum = count;
    } else {
      last.push(structure);
      sum += count;
    }
  }
  return groups;
}

/** The groups of one epoch: the structures of `part` in an order drawn from key and epoch. */
export function epochGroups(
  edges: ArrayLike<number>,
  part: readonly number[],
  limits: BatchLimits,
  by: Key,
  epoch: number,
): number[][] {
  const order = permutation(fold(fold(by, 'order'), epoch), part.length);
  return groupByEdges(
    edges,
    Array.from(order, (k) => part[k]),
    limits,
  );
}
