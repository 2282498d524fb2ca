/** Data: readers and writers, elements, and the built-in universe of metals. */
export { writeAtomic } from './atomic.ts';
export { atomicNumber, symbolOf } from './elements.ts';
export { parseExtxyz, type ReadOptions, readExtxyz } from './extxyz.ts';
export { formatExtxyz, writeExtxyz } from './extxyz-write.ts';
export { DataError, type LabelledStructure, type Property } from './labelled.ts';
export { type EnergyOf, fitReferences, type References, referenceEnergy } from './references.ts';
export {
  type Crystal,
  type CrystalOptions,
  crystal,
  crystals,
  reducedFormula,
  type UniverseOptions,
} from './universe/crystals.ts';
export {
  DOWNSTREAM_UNITS,
  type Downstream,
  type DownstreamOptions,
  type DownstreamTarget,
  downstream,
} from './universe/downstream.ts';
export { EAM_ELEMENTS } from './universe/eam-parameters.ts';
export { type Average, type Elasticity, elasticTensors, type Unstable } from './universe/elastic.ts';
export { labelUniverse, requireMetals, universe } from './universe/label.ts';
export { type Relaxed, type RelaxOptions, relax } from './universe/relax.ts';
export { reserved } from './universe/reserved.ts';
