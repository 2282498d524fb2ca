/**
 * From labelled structures to batches: graphs once, then groups of them in a seeded order.
 *
 * A batch ends when it holds `structures` of them or when one more would pass `edges`, so that memory and time a step
 * are bounded; a structure with more edges than that makes a batch of its own.
 */
import { type LabelledStructure, type References, referenceEnergy } from '../data/index.ts';
import { collate, type Edges, type GraphBatch, neighbours } from '../graph/index.ts';

export interface LabelledGraph {
  readonly structure: LabelledStructure;
  readonly edges: Edges;
}

/** Neighbour lists of all structures. */
export const graphsOf = (structures: readonly LabelledStructure[], cutoff: number): LabelledGraph[] =>
  structures.map((structure) => ({ structure, edges: neighbours(structure, cutoff) }));

export interface BatchLimits {
  readonly structures: number;
  readonly edges: number;
}

/** Groups of graph numbers, in the given order. */
export function groupByEdges(
  graphs: readonly LabelledGraph[],
  order: ArrayLike<number>,
  limits: BatchLimits,
): number[][] {
  const groups: number[][] = [];
  let edges = 0;
  for (let k = 0; k < order.length; k++) {
    const graph = order[k]!;
    const count = graphs[graph]!.edges.target.length;
    const last = groups[groups.length - 1];
    if (!last || last.length >= limits.structures || edges + count > limits.edges) {
      groups.push([graph]);
      edges = count;
    } else {
      last.push(graph);
      edges += count;
    }
  }
  return groups;
}

/** A batch with its labels: energies in eV above the references, forces in eV/A, stress in eV/A^3; absent ones are 0. */
export interface LabelledBatch {
  readonly graph: GraphBatch;
  readonly energy: Float64Array;
  readonly forces: Float64Array;
  readonly stress: Float64Array;
}

export function labelledBatch(graphs: readonly LabelledGraph[], references: References): LabelledBatch {
  const graph = collate(graphs);
  const forces = new Float64Array(3 * graph.sizes.atoms);
  const stress = new Float64Array(9 * graphs.length);
  let atom = 0;
  graphs.forEach(({ structure }, k) => {
    if (structure.forces) forces.set(structure.forces, 3 * atom);
    if (structure.stress) stress.set(structure.stress, 9 * k);
    atom += structure.numbers.length;
  });
  const energy = Float64Array.from(graphs, ({ structure }) =>
    structure.energy === undefined ? 0 : structure.energy - referenceEnergy(references, structure.numbers),
  );
  return { graph, energy, forces, stress };
}
