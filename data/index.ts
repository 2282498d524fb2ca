/**
 * The public face of data/: structures with labels, the files that hold them, and what is known and judged about them.
 *
 * Files are read here, so this face needs Node. What runs in browsers, too (universe/, web/), imports the single files
 * that read none: elements.ts, labelled.ts, lists.ts, references.ts and the like.
 */
export { writeAtomic } from '../files/atomic.ts';
export { DataError } from '../files/errors.ts';
export { isPipe } from './bytes.ts';
export { type Eigen, type EigenOptions, eigen } from './eigen.ts';
export { atomicNumber, symbolOf } from './elements.ts';
export { parseExtxyz } from './extxyz.ts';
export { formatExtxyz, writeExtxyz } from './extxyz-write.ts';
export type { Format, ParseOptions } from './format.ts';
export {
  type DataFile,
  endingOf,
  FORMATS,
  formatOf,
  type ReadOptions,
  type ReadRecord,
  readDataFile,
  readStructures,
  structuresIn,
  structuresOf,
} from './formats.ts';
export { reducedFormula } from './formula.ts';
export type { LabelledStructure, Property } from './labelled.ts';
export { elementsIn, extend, joined, largest, largestMagnitude } from './lists.ts';
export { type Plausible, plausible } from './plausible.ts';
export { type EnergyOf, fitReferences, type References, referenceEnergy } from './references.ts';
export { firstOfItsKind, repeatedNotes } from './same.ts';
export {
  type LabelLimits,
  largestForce,
  largestStress,
  limitLabels,
  noLarger,
  relaxedOnly,
  type Selection,
} from './selection.ts';
export { median, medianOfSorted, quantile, sorted } from './statistics.ts';
export { EV_PER_CUBIC_ANGSTROM_IN_GPA } from './units.ts';
export { symmetricFromVoigt, VOIGT } from './voigt.ts';
