/**
 * The inputs of a network: placeholders for a batch of crystals, and how a batch is fed to them.
 *
 * Everything that changes from batch to batch is a leaf here, so that a network is traced and compiled once.
 */

import type { GraphBatch } from '../graph/index.ts';
import { described } from '../tensor/described.ts';
import { callerError } from '../tensor/errors.ts';
import { dimension, type IndexValue, index, input, type Numbers, type Tensor } from '../tensor/index.ts';

/**
 * The named dimension of what there is once for each structure of a batch, as in the shape [structures, 3, 3].
 *
 * @example
 * const energy = input([structures], 'energy');
 * const f = compile({ energy }, { mean: mean(energy) });
 * (await f({ energy: [-3, -5] })).mean;  // -4
 */
export const structures = dimension('structures');
/**
 * The named dimension of what there is once for each atom of a batch, as in the shape [atoms, 3].
 *
 * @example
 * const x = input([atoms, 3], 'x');
 * const f = compile({ x }, { lengths: norm(x, { axis: 1 }) });
 * (await f({ x: [[3, 4, 0], [0, 0, 2]] })).lengths;  // [5, 2]
 */
export const atoms = dimension('atoms');
/**
 * The named dimension of what there is once for each edge of a batch, as in the shape [edges, 3]. It is streamed: wide
 * tensors over edges are recomputed inside kernels and never stored.
 *
 * @example
 * const r = input([edges], 'r');
 * const f = compile({ r }, { total: r.sum() });
 * (await f({ r: [1, 2, 3] })).total;  // 6
 */
export const edges = dimension('edges', { streamed: true });
/** The named dimension of the knots of a grid of distances. */
export const knots = dimension('knots');

/**
 * How many chemical elements the index of species distinguishes; hydrogen is row 0.
 *
 * @example
 * const table = variable(0, [SPECIES_COUNT, 4], 'features of elements');
 * const x = gather(table, index(atoms, SPECIES_COUNT, 'species'));
 */
export const SPECIES_COUNT = 100;
/** The greatest atomic number that every model knows; the tables of some models have a row for element 0, too. */
export const HEAVIEST_ELEMENT = SPECIES_COUNT - 1;

/** The placeholders of a batch, by name; graph/batch.ts says what they mean. */
export type GraphInputs = RadialGrid & {
  /** Cartesian positions in Angstrom, [atoms, 3]. */
  readonly positions: Tensor;
  /** Lattice translation of each edge in Angstrom, [edges, 3]: its vector is x_source + shift - x_target. */
  readonly shift: Tensor;
  /** Atomic number minus one, [atoms] into [100]. */
  readonly species: Tensor;
  /** The atomic number itself, [atoms] into [100], for models whose tables begin with an element 0. */
  readonly numbers: Tensor;
  /** Where messages arrive, [edges] into [atoms]. */
  readonly target: Tensor;
  /** Where messages come from, [edges] into [atoms]. */
  readonly source: Tensor;
  /** The structure of every atom, [atoms] into [structures]. */
  readonly structure: Tensor;
  /** The structure of every edge, [edges] into [structures]. */
  readonly edgeStructure: Tensor;
  /** 1 where source and target are two atoms, 0 where the source is a periodic image of the target, [edges]. */
  readonly distinct: Tensor;
  /** Signed determinant of each cell in cubic Angstrom, [structures]. */
  readonly volumes: Tensor;
};

/** Values of these placeholders, under the same names. */
export type GraphFeeds = Readonly<Record<keyof GraphInputs, Numbers | number | IndexValue>>;

/**
 * A grid of distances, uniform in s = r / (1 + bend r); `knot` names, for every edge, the knot at or below its length.
 * With bend 0 it is uniform in r; a larger bend puts more knots at short distances.
 */
export type RadialGrid = {
  /** Radii of the knots in Angstrom, [knots]. */
  readonly radii: Tensor;
  /** The spacing of the knots in s, in Angstrom, a number. */
  readonly spacing: Tensor;
  /** The bend, in 1/Angstrom, a number. */
  readonly bend: Tensor;
  /** The knot at or below the length of every edge, [edges] into [knots]. */
  readonly knot: Tensor;
};

/**
 * Fresh placeholders for one network: a record of tensors, which `compile` takes as its inputs and `feedGraph` gives
 * the values of.
 *
 * @example
 * const inputs = graphInputs();
 * const predict = compile(inputs, { lengths: norm(edgeVectors(inputs), { axis: 1 }) });
 */
export const graphInputs = (): GraphInputs => ({
  positions: input([atoms, 3], 'positions'),
  shift: input([edges, 3], 'shift'),
  species: index(atoms, SPECIES_COUNT, 'species'),
  numbers: index(atoms, SPECIES_COUNT, 'numbers'),
  target: index(edges, atoms, 'target'),
  source: index(edges, atoms, 'source'),
  structure: index(atoms, structures, 'structure'),
  edgeStructure: index(edges, structures, 'edgeStructure'),
  distinct: input([edges], 'distinct'),
  volumes: input([structures], 'volumes'),
  radii: input([knots], 'knotRadii'),
  spacing: input([], 'knotSpacing'),
  bend: input([], 'gridBend'),
  knot: index(edges, knots, 'knot'),
});

/** Which grid is fed. */
export interface RadialGridOptions {
  /** Distance of the last knot in Angstrom. */
  readonly cutoff: number;
  /** Number of knots (default 256). */
  readonly knots?: number;
  /** Knots are denser at short distances by (1 + bend cutoff)^2, bend in 1/Angstrom (default 0: uniform). */
  readonly bend?: number;
}

/**
 * The values of the placeholders for one batch, by name. Those that a network does not use are ignored. The grid is
 * that of the network, such as its `grid`; lengths are in Angstrom.
 *
 * @example
 * const inputs = graphInputs();
 * const predict = compile(inputs, { lengths: norm(edgeVectors(inputs), { axis: 1 }) });
 * const batch = collate(crystals({ count: 2 }).map((structure) => ({ structure, edges: neighbours(structure, 4) })));
 * const { lengths } = await predict(feedGraph(batch, { cutoff: 4 }));
 */
export function feedGraph(batch: GraphBatch, grid: RadialGridOptions): GraphFeeds {
  const { cutoff, knots: count = 256, bend = 0 } = grid ?? {};
  if (!(cutoff > 0))
    throw callerError(`feedGraph: expected a cutoff in Angstrom, as in { cutoff: 5 }, got ${described(cutoff)}.`);
  if (!(Number.isInteger(count) && count >= 2))
    throw callerError(`feedGraph: expected at least 2 knots, got ${count}.`);
  const spacing = cutoff / (1 + bend * cutoff) / (count - 1);
  // Plain loops, because `from` with a function costs as much as finding the neighbours.
  const { distances, numbers } = batch;
  const knot = new Int32Array(distances.length);
  for (let e = 0; e < knot.length; e++) {
    const r = distances[e];
    knot[e] = Math.min(count - 2, Math.max(0, Math.floor(r / (1 + bend * r) / spacing)));
  }
  const species = new Int32Array(numbers.length);
  for (let a = 0; a < species.length; a++) species[a] = numbers[a] - 1;
  return {
    positions: batch.positions,
    shift: batch.shift,
    species: { values: species, count: SPECIES_COUNT },
    numbers: { values: batch.numbers, count: SPECIES_COUNT },
    target: batch.target,
    source: batch.source,
    structure: batch.structure,
    edgeStructure: batch.edgeStructure,
    distinct: Float64Array.from(batch.target.values, (i, k) => (i === batch.source.values[k] ? 0 : 1)),
    volumes: batch.volumes,
    radii: Float64Array.from({ length: count }, (_, k) => (k * spacing) / (1 - bend * k * spacing)),
    spacing,
    bend,
    knot: { values: knot, count },
  };
}
