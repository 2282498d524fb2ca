/** Data: readers and writers, elements, and the built-in universe of metals. */
export { writeAtomic } from '../files/atomic.ts';
export { DataError } from '../files/errors.ts';
export { isPipe } from './bytes.ts';
export { atomicNumber, symbolOf } from './elements.ts';
export {
  type DataFile,
  type ParseOptions,
  parseExtxyz,
  type ReadOptions,
  type ReadRecord,
  readDataFile,
  readExtxyz,
  structuresIn,
  structuresOf,
} from './extxyz.ts';
export { formatExtxyz, writeExtxyz } from './extxyz-write.ts';
export type { LabelledStructure, Property } from './labelled.ts';
export { type EnergyOf, fitReferences, type References, referenceEnergy } from './references.ts';
