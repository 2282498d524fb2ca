/**
 * The public face of graph/: crystals as graphs. Lattices, periodic neighbours and their limits, densities, changes of
 * structures, and batches. Nothing here imports anything else of the project, reads a file, or needs Node.
 */
export * from './batch.ts';
export { expectedNeighbours } from './density.ts';
export type { Edges } from './edges.ts';
export * from './indexing.ts';
export { determinant, inverse, type Matrix3, multiply, toCartesian, toFractional } from './lattice.ts';
export * from './limits.ts';
export { type NeighbourOptions, neighbours } from './neighbours.ts';
export { displace, strain, supercell, transform } from './perturb.ts';
export * from './structure.ts';
