/**
 * Lists of edges between atoms: the arrays that hold them, and a buffer that grows while they are found.
 *
 * Edges are too many for an array of objects, so each of their numbers has a typed array of its own.
 */

/** Directed edges, sorted by target, then by source, then by offset. Every pair of neighbours is two edges. */
export interface Edges {
  /** Atom i, where messages arrive, [edges]. */
  readonly target: Int32Array;
  /** Atom j, where messages come from, [edges]. */
  readonly source: Int32Array;
  /** Lattice offset n of the source: three whole numbers for each edge, [edges, 3]. */
  readonly offset: Int32Array;
  /** |x_j + n cell - x_i| in Angstrom, [edges]. */
  readonly distance: Float64Array;
}

/** How many bytes an edge takes: target, source, three offsets and a distance. */
export const BYTES_OF_EDGE = 28;

/** Arrays for `count` edges, filled with zeros. */
export const emptyEdges = (count: number): Edges => ({
  target: new Int32Array(count),
  source: new Int32Array(count),
  offset: new Int32Array(3 * count),
  distance: new Float64Array(count),
});

/** Copies edge `from` of one list to place `at` of another. */
export function copyEdge(edges: Edges, from: number, to: Edges, at: number): void {
  to.target[at] = edges.target[from];
  to.source[at] = edges.source[from];
  to.offset[3 * at] = edges.offset[3 * from];
  to.offset[3 * at + 1] = edges.offset[3 * from + 1];
  to.offset[3 * at + 2] = edges.offset[3 * from + 2];
  to.distance[at] = edges.distance[from];
}

/** Writes the same edge seen from its other end to place `at`: source and target change places, the offset its sign. */
function mirrorEdge(edges: Edges, from: number, at: number): void {
  const { target, source, offset, distance } = edges;
  target[at] = source[from];
  source[at] = target[from];
  offset[3 * at] = -offset[3 * from];
  offset[3 * at + 1] = -offset[3 * from + 1];
  offset[3 * at + 2] = -offset[3 * from + 2];
  distance[at] = distance[from];
}

/** Edges as they are found, in arrays that double when they are full. */
export class FoundEdges {
  #edges = emptyEdges(4096);
  #count = 0;

  /** Forgets all edges and keeps the memory. */
  clear(): void {
    this.#count = 0;
  }

  push(target: number, source: number, n0: number, n1: number, n2: number, distance: number): void {
    if (this.#count === this.#edges.target.length) this.#grow();
    const edges = this.#edges;
    const k = this.#count++;
    edges.target[k] = target;
    edges.source[k] = source;
    edges.offset[3 * k] = n0;
    edges.offset[3 * k + 1] = n1;
    edges.offset[3 * k + 2] = n2;
    edges.distance[k] = distance;
  }

  #grow(): void {
    const { target, source, offset, distance } = this.#edges;
    const larger = emptyEdges(2 * this.#count);
    larger.target.set(target);
    larger.source.set(source);
    larger.offset.set(offset);
    larger.distance.set(distance);
    this.#edges = larger;
  }

  /**
   * Both directions of all edges, sorted as `Edges` says. The edges that were pushed must be those whose target is not
   * before their source, source by source, and those of each target with ascending offsets.
   */
  bothDirections(atoms: number): Edges {
    const next = this.#placeOfFirst(atoms);
    const first = next.slice();
    const all = emptyEdges(next[atoms]);
    const edges = this.#edges;
    const { target } = edges;
    for (let k = 0; k < this.#count; k++) copyEdge(edges, k, all, next[target[k]]++);
    // The sources of mirrored edges are larger, so these edges follow. They are taken backwards, because their offsets
    // are the negative ones.
    for (let i = 0; i < atoms; i++) {
      for (let from = next[i] - 1; from >= first[i]; from--) {
        const j = all.source[from];
        if (j !== i) mirrorEdge(all, from, next[j]++);
      }
    }
    return all;
  }

  /** Where the edges of each target begin in a list of both directions, [atoms + 1]; the last entry is their number. */
  #placeOfFirst(atoms: number): Int32Array {
    const { target, source } = this.#edges;
    const first = new Int32Array(atoms + 1);
    for (let k = 0; k < this.#count; k++) {
      first[target[k] + 1]++;
      // An edge from an atom to an image of itself is found from both ends and needs no mirror image.
      if (source[k] !== target[k]) first[source[k] + 1]++;
    }
    for (let i = 0; i < atoms; i++) first[i + 1] += first[i];
    return first;
  }
}
