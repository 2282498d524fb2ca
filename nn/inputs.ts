/**
 * The placeholders of a batch of crystals, and how a batch is fed to them.
 *
 * Everything that changes from batch to batch is a leaf here, so that a model is traced and compiled once.
 * `edges` is streamed: wide tensors over edges are recomputed inside kernels and never stored.
 */
import type { GraphBatch } from '../graph/index.ts';
import { dimension, type Feeds, type IndexValue, index, input, type Numbers, type Tensor } from '../tensor/index.ts';

export const structures = dimension('structures');
export const atoms = dimension('atoms');
export const edges = dimension('edges', { streamed: true });
export const knots = dimension('knots');

/** How many chemical elements the species index distinguishes (hydrogen is row 0). */
export const SPECIES_COUNT = 100;
/** The greatest atomic number that every model knows: some have a row of their tables for element 0. */
export const HEAVIEST_ELEMENT = SPECIES_COUNT - 1;

export interface GraphInputs {
  /** Cartesian positions in Angstrom, [atoms, 3]. */
  readonly positions: Tensor;
  /** Lattice translation of each edge in Angstrom, [edges, 3]: vec = x_source + shift - x_target. */
  readonly shift: Tensor;
  /** Atomic number minus one, [atoms] into [100]. */
  readonly species: Tensor;
  /** Atomic number itself, [atoms] into [100]: a row more than needed for models whose tables begin with element 0. */
  readonly numbers: Tensor;
  /** Where messages arrive, [edges] into [atoms]. */
  readonly target: Tensor;
  /** Where messages come from, [edges] into [atoms]. */
  readonly source: Tensor;
  /** [atoms] into [structures]. */
  readonly structure: Tensor;
  /** [edges] into [structures]. */
  readonly edgeStructure: Tensor;
  /** 1 where source and target are two atoms, 0 where the source is a periodic image of the target, [edges]. */
  readonly distinct: Tensor;
  /** Signed determinant of each cell in cubic Angstrom, [structures]. */
  readonly volumes: Tensor;
  /** Grid of distances for tabulated radial functions. */
  readonly grid: RadialGrid;
}

/**
 * A grid of distances, uniform in s = r / (1 + bend r); `knot` names, for every edge, the knot at or below its length.
 * With bend 0 it is uniform in r; a larger bend puts more knots at short distances.
 */
export interface RadialGrid {
  /** Radii of the knots in Angstrom, [knots]. */
  readonly radii: Tensor;
  /** Spacing in s in Angstrom, a number. */
  readonly spacing: Tensor;
  /** 1/Angstrom, a number. */
  readonly bend: Tensor;
  /** [edges] into [knots]. */
  readonly knot: Tensor;
}

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
  grid: {
    radii: input([knots], 'knotRadii'),
    spacing: input([], 'knotSpacing'),
    bend: input([], 'gridBend'),
    knot: index(edges, knots, 'knot'),
  },
});

export interface RadialGridOptions {
  /** Distance of the last knot in Angstrom. */
  readonly cutoff: number;
  /** Number of knots (default 256). */
  readonly knots?: number;
  /** Knots are denser at short distances by (1 + bend cutoff)^2, bend in 1/Angstrom (default 0: uniform). */
  readonly bend?: number;
}

/** Values of the placeholders for one batch. Entries that a graph does not use are ignored by the engines. */
export function feedGraph(
  inputs: GraphInputs,
  batch: GraphBatch,
  { cutoff, knots: count = 256, bend = 0 }: RadialGridOptions,
): Map<Tensor, Numbers | number | IndexValue> {
  const spacing = cutoff / (1 + bend * cutoff) / (count - 1);
  // Plain loops: `from` with a function costs as much as finding the neighbours.
  const { distances, numbers } = batch;
  const knot = new Int32Array(distances.length);
  for (let e = 0; e < knot.length; e++) {
    const r = distances[e];
    knot[e] = Math.min(count - 2, Math.max(0, Math.floor(r / (1 + bend * r) / spacing)));
  }
  const species = new Int32Array(numbers.length);
  for (let a = 0; a < species.length; a++) species[a] = numbers[a] - 1;
  return new Map<Tensor, Numbers | number | IndexValue>([
    [inputs.positions, batch.positions],
    [inputs.shift, batch.shift],
    [inputs.species, { values: species, count: SPECIES_COUNT }],
    [inputs.numbers, { values: batch.numbers, count: SPECIES_COUNT }],
    [inputs.target, batch.target],
    [inputs.source, batch.source],
    [inputs.structure, batch.structure],
    [inputs.edgeStructure, batch.edgeStructure],
    [inputs.distinct, Float64Array.from(batch.target.values, (i, k) => (i === batch.source.values[k] ? 0 : 1))],
    [inputs.volumes, batch.volumes],
    [inputs.grid.radii, Float64Array.from({ length: count }, (_, k) => (k * spacing) / (1 - bend * k * spacing))],
    [inputs.grid.spacing, spacing],
    [inputs.grid.bend, bend],
    [inputs.grid.knot, { values: knot, count }],
  ]);
}

export type { Feeds };
