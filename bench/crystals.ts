/** Graphs of crystals of the built-in universe, for suites that need no data: the same ones in every run. */

import { type GraphOf, neighbours } from '../graph/index.ts';
import { crystal } from '../universe/index.ts';

/** Crystals of 1 to 12 atoms, as many as have at least `edges` edges within `cutoff` Angstrom. */
export function graphsWith(edges: number, cutoff: number): GraphOf[] {
  const graphs: GraphOf[] = [];
  for (let found = 0; found < edges; ) {
    const structure = crystal(1, graphs.length);
    const graph = { structure, edges: neighbours(structure, cutoff) };
    found += graph.edges.target.length;
    graphs.push(graph);
  }
  return graphs;
}
