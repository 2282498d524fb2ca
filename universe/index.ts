/**
 * The public face of universe/: crystals of 16 metals with labels of an embedded-atom potential, made from a seed.
 *
 * It runs in browsers as in Node: nothing here or below reads a file.
 */
export {
  type Crystal,
  type CrystalOptions,
  crystal,
  crystals,
  type UniverseOptions,
} from './crystals.ts';
export {
  DOWNSTREAM_UNITS,
  type Downstream,
  type DownstreamOptions,
  type DownstreamTarget,
  downstream,
} from './downstream.ts';
export { EAM_ELEMENTS } from './eam-parameters.ts';
export { type Average, type Elasticity, elasticTensors, type Unstable } from './elastic.ts';
export { labelUniverse, universe } from './label.ts';
export { type Relaxed, type RelaxOptions, relax } from './relax.ts';
