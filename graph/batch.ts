/**
 * A batch: the atoms and edges of several structures, one after another, with all indices built.
 *
 * Structures without edges, with one atom, or none at all are fine. Edges keep the order of their lists.
 */
import { type Index, indexOf } from './indexing.ts';
import { determinant } from './lattice.ts';
import { nearOrigin } from './near.ts';
import type { Edges } from './neighbours.ts';
import type { Structure } from './structure.ts';

export interface GraphBatch {
  readonly sizes: { readonly structures: number; readonly atoms: number; readonly edges: number };
  readonly ids: readonly string[];
  /** Atomic numbers, [atoms]. */
  readonly numbers: Int32Array;
  /** Cartesian positions in Angstrom, [atoms, 3]; moved by whole lattice vectors where they were far (see near.ts). */
  readonly positions: Float64Array;
  /** [structures, 3, 3]. */
  readonly cells: Float64Array;
  /**
   * Signed determinants of the cells in cubic Angstrom, [structures]; Infinity for molecules without a cell, so that
   * their stress is zero and not NaN.
   */
  readonly volumes: Float64Array;
  /** [atoms] into [structures]. */
  readonly structure: Index;
  /** [edges] into [atoms]; sorted when every edge list is. */
  readonly target: Index;
  readonly source: Index;
  /** [edges] into [structures]. */
  readonly edgeStructure: Index;
  /** Whole lattice vectors in Angstrom, [edges, 3]: the edge vector is x_source + shift - x_target. */
  readonly shift: Float64Array;
  /** Lengths in Angstrom, [edges]. */
  readonly distances: Float64Array;
}

export interface GraphOf {
  readonly structure: Structure;
  readonly edges: Edges;
}

const lengthOf = (parts: readonly { readonly length: number }[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

/** Parts one after another; `shifts`: what is added to the numbers of each. */
function concatInts(parts: readonly Int32Array[], shifts?: readonly number[]): Int32Array {
  const out = new Int32Array(lengthOf(parts));
  let at = 0;
  parts.forEach((part, p) => {
    out.set(part, at);
    const end = at + part.length;
    const shift = shifts?.[p] ?? 0;
    if (shift !== 0) for (let k = at; k < end; k++) out[k] += shift;
    at = end;
  });
  return out;
}

function concatReals(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

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

/** Puts structures and their edges into one batch. */
export function collate(graphs: readonly GraphOf[]): GraphBatch {
  const starts: number[] = [];
  let atoms = 0;
  for (const { structure, edges } of graphs) {
    starts.push(atoms);
    checkEdges(structure, edges);
    atoms += structure.numbers.length;
  }
  const shifted = (part: (e: Edges) => Int32Array) =>
    concatInts(
      graphs.map(({ edges }) => part(edges)),
      starts,
    );
  const repeated = (count: (g: GraphOf) => number) =>
    concatInts(graphs.map((g, k) => new Int32Array(count(g)).fill(k)));
  const target = shifted((e) => e.target);
  const near = graphs.map(({ structure, edges }) => nearOrigin(structure, edges));
  return {
    sizes: { structures: graphs.length, atoms, edges: target.length },
    ids: graphs.map(({ structure }) => structure.id),
    numbers: concatInts(graphs.map(({ structure }) => structure.numbers)),
    positions: concatReals(near.map(({ positions }) => positions)),
    cells: concatReals(graphs.map(({ structure }) => structure.cell)),
    volumes: Float64Array.from(graphs, ({ structure }) => determinant(structure.cell) || Number.POSITIVE_INFINITY),
    structure: indexOf(
      repeated((g) => g.structure.numbers.length),
      graphs.length,
    ),
    target: indexOf(target, atoms),
    source: indexOf(
      shifted((e) => e.source),
      atoms,
    ),
    edgeStructure: indexOf(
      repeated((g) => g.edges.target.length),
      graphs.length,
    ),
    shift: concatReals(near.map(({ shift }) => shift)),
    distances: concatReals(graphs.map(({ edges }) => edges.distance)),
  };
}
