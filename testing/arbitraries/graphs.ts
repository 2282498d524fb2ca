/** Graphs of crystals, and batches of them: what networks on atoms are fed. */
import fc from 'fast-check';
import { collate, type GraphBatch, type GraphOf, neighbours } from '../../graph/index.ts';
import { type CrystalOptions, crystals } from './crystals.ts';

export interface GraphOptions extends CrystalOptions {
  /** Atoms up to this distance are neighbours, in Angstrom (default 4). */
  readonly cutoff?: number;
}

/**
 * Crystals with the edges between their atoms.
 *
 * @example fc.assert(fc.property(graphs(), ({ edges }) => edges.distance.every((r) => r <= 4)));
 */
export const graphs = ({ cutoff = 4, ...options }: GraphOptions = {}): fc.Arbitrary<GraphOf> =>
  crystals(options).map((structure) => ({ structure, edges: neighbours(structure, cutoff) }));

/**
 * Batches of one to `most` graphs (default 3). They shrink to one graph.
 *
 * @example fc.assert(fc.property(batches({ most: 2 }), ({ sizes }) => sizes.structures <= 2));
 */
export const batches = ({
  most = 3,
  ...options
}: GraphOptions & { readonly most?: number } = {}): fc.Arbitrary<GraphBatch> =>
  fc.array(graphs(options), { minLength: 1, maxLength: most }).map(collate);
