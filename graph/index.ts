/**
 * The public face of graph/: crystals as graphs. Lattices, periodic neighbours and their limits, densities, changes of
 * structures, and batches. Nothing here imports anything else of the project, reads a file, or needs Node.
 */
export * from './batch.ts';
export * from './density.ts';
export { BYTES_OF_EDGE, type Edges } from './edges.ts';
export { checkGeometry } from './geometry-checks.ts';
export * from './indexing.ts';
export * from './lattice.ts';
export * from './limits.ts';
export * from './near.ts';
export * from './neighbours.ts';
export * from './perturb.ts';
export * from './structure.ts';
