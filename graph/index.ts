/** Crystals as graphs: lattices, periodic neighbours, limits, batches. Imports nothing else of the project. */
export * from './batch.ts';
export * from './density.ts';
export * from './indexing.ts';
export * from './lattice.ts';
export * from './limits.ts';
export * from './near.ts';
export * from './neighbours.ts';
export * from './perturb.ts';
export * from './structure.ts';
