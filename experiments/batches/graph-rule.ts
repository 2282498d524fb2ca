/**
 * Which neighbours a network sees, and a store of neighbour lists that never grows beyond a budget.
 *
 * Pure geometry: runs on a helper thread as well as on the main one, with the same results.
 */
import { type Edges, limitNeighbours, neighbours, type Structure } from '../../graph/index.ts';

export interface GraphRule {
  /** Angstrom. */
  readonly cutoff: number;
  readonly neighbours: {
    readonly most: number | null;
    readonly rule: 'exact' | 'shell';
    readonly imageCap: number | null;
  };
}

export function edgesOf(structure: Structure, { cutoff, neighbours: { most, rule, imageCap } }: GraphRule): Edges {
  const all = neighbours(structure, cutoff, imageCap === null ? {} : { imageCap });
  return most === null ? all : limitNeighbours(all, { max: most, rule });
}

const bytesOf = ({ target, source, offset, distance }: Edges): number =>
  target.byteLength + source.byteLength + offset.byteLength + distance.byteLength;

/** Neighbour lists of numbered structures: kept while they fit `bytes`, else made anew each time. */
export function edgeStore(structures: readonly Structure[], rule: GraphRule, bytes: number): (k: number) => Edges {
  const kept = new Map<number, Edges>();
  let room = bytes;
  return (k) => {
    const known = kept.get(k);
    if (known) return known;
    const made = edgesOf(structures[k]!, rule);
    if (bytesOf(made) <= room) {
      room -= bytesOf(made);
      kept.set(k, made);
    }
    return made;
  };
}
