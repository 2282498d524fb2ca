/** Data: readers and writers, elements, and the built-in universe of metals. */
export { writeAtomic } from './atomic.ts';
export { atomicNumber, symbolOf } from './elements.ts';
export { parseExtxyz, type ReadOptions, readExtxyz } from './extxyz.ts';
export { formatExtxyz, writeExtxyz } from './extxyz-write.ts';
export { DataError, type LabelledStructure, type Property } from './labelled.ts';
export { type EnergyOf, fitReferences, type References, referenceEnergy } from './references.ts';
export { type Crystal, type CrystalOptions, crystal, crystals, type UniverseOptions } from './universe/crystals.ts';
export { EAM_ELEMENTS } from './universe/eam-parameters.ts';
export { labelUniverse, requireMetals, universe } from './universe/label.ts';
