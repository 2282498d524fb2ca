/**
 * A batch: the atoms and edges of several structures, one after another, with all indices built. It is what a network
 * is fed.
 *
 * Structures may have one atom, no atoms, or no edges, and a batch may have no structures. Edges keep their order.
 */

import type { Edges } from './edges.ts';
import { type Index, indexOf } from './indexing.ts';
import { determinant } from './lattice.ts';
import { nearOrigin } from './near.ts';
import type { Structure } from './structure.ts';

export interface GraphBatch {
  /** How many structures, atoms and edges the batch holds. */
  readonly sizes: { readonly structures: number; readonly atoms: number; readonly edges: number };
  /** Names of the structures, for messages. */
  readonly ids: readonly string[];
  /** Atomic numbers, [atoms]. */
  readonly numbers: Int32Array;
  /** Cartesian positions in Angstrom, [atoms, 3]; moved by whole lattice vectors where they were far (see near.ts). */
  readonly positions: Float64Array;
  /** Lattice vectors in Angstrom, one a row, [structures, 3, 3]. */
  readonly cells: Float64Array;
  /**
   * Signed determinants of the cells in cubic Angstrom, [structures]. They are Infinity for molecules without a cell,
   * so that the stress of a molecule is zero and not NaN.
   */
  readonly volumes: Float64Array;
  /** The structure of every atom: [atoms] into [structures]. */
  readonly structure: Index;
  /** The atom where the messages of every edge arrive: [edges] into [atoms]. Sorted when every list of edges is. */
  readonly target: Index;
  /** The atom where they come from: [edges] into [atoms]. */
  readonly source: Index;
  /** The structure of every edge: [edges] into [structures]. */
  readonly edgeStructure: Index;
  /** Whole lattice vectors in Angstrom, [edges, 3]: the edge vector is x_source + shift - x_target. */
  readonly shift: Float64Array;
  /** Lengths in Angstrom, [edges]. */
  readonly distances: Float64Array;
}

/** A structure with the edges between its atoms. */
export interface GraphOf {
  readonly structure: Structure;
  readonly edges: Edges;
}

type Numbers = Int32Array | Float64Array;

/** Parts one after another, in an array that `make` gives for the length of all. */
function joined<A extends Numbers>(parts: readonly A[], make: (length: number) => A): A {
  const all = make(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const joinedInts = (parts: readonly Int32Array[]): Int32Array => joined(parts, (length) => new Int32Array(length));
const joinedReals = (parts: readonly Float64Array[]): Float64Array =>
  joined(parts, (length) => new Float64Array(length));

function checkEdges({ id, numbers }: Structure, { target, source, offset, distance }: Edges): void {
  const count = target.length;
  if (source.length !== count || offset.length !== 3 * count || distance.length !== count) {
    throw new Error(
      `${id}: an edge needs a target, a source, three offsets and a distance; the lists have ${count}, ${source.length}, ${offset.length} and ${distance.length} entries.`,
    );
  }
  // An edge that leaves its structure would lead into the next one of the batch.
  for (const atoms of [target, source]) {
    for (let k = 0; k < count; k++) {
      const atom = atoms[k];
      if (atom < 0 || atom >= numbers.length) {
        throw new Error(`${id}: an edge names atom ${atom}; there are ${numbers.length} atoms.`);
      }
    }
  }
}

/**
 * Puts structures and their edges into one batch, which `feedGraph` takes. Throws an Error that names the structure if
 * its lists of edges do not fit together or name an atom that it does not have.
 *
 * @example
 * const graphsOf = crystals({ count: 2 }).map((structure) => ({ structure, edges: neighbours(structure, 5) }));
 * const batch = collate(graphsOf);
 * batch.sizes.structures;  // 2
 */
export function collate(graphs: readonly GraphOf[]): GraphBatch {
  const starts: number[] = [];
  let atoms = 0;
  for (const { structure, edges } of graphs) {
    starts.push(atoms);
    checkEdges(structure, edges);
    atoms += structure.numbers.length;
  }
  /** Atoms counted from the first of the batch. */
  const shifted = (atomsOf: (edges: Edges) => Int32Array) => {
    const all = joinedInts(graphs.map(({ edges }) => atomsOf(edges)));
    let at = 0;
    graphs.forEach(({ edges }, k) => {
      for (const end = at + edges.target.length; at < end; at++) all[at] += starts[k];
    });
    return all;
  };
  const structureOf = (count: (graph: GraphOf) => number) =>
    indexOf(joinedInts(graphs.map((graph, k) => new Int32Array(count(graph)).fill(k))), graphs.length);
  const target = shifted((e) => e.target);
  const near = graphs.map(({ structure, edges }) => nearOrigin(structure, edges));
  return {
    sizes: { structures: graphs.length, atoms, edges: target.length },
    ids: graphs.map(({ structure }) => structure.id),
    numbers: joinedInts(graphs.map(({ structure }) => structure.numbers)),
    positions: joinedReals(near.map(({ positions }) => positions)),
    cells: joinedReals(graphs.map(({ structure }) => structure.cell)),
    volumes: Float64Array.from(graphs, ({ structure }) => determinant(structure.cell) || Number.POSITIVE_INFINITY),
    structure: structureOf(({ structure }) => structure.numbers.length),
    target: indexOf(target, atoms),
    source: indexOf(
      shifted((e) => e.source),
      atoms,
    ),
    edgeStructure: structureOf(({ edges }) => edges.target.length),
    shift: joinedReals(near.map(({ shift }) => shift)),
    distances: joinedReals(graphs.map(({ edges }) => edges.distance)),
  };
}
