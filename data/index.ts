/**
 * The public face of data/: structures with labels, the files that hold them, and reference energies.
 *
 * Files are read here, so this face needs Node. What runs in browsers, too (universe/, web/), imports the single files
 * that read none: elements.ts, labelled.ts, lists.ts, references.ts and the like.
 */
export { DataError } from '../files/errors.ts';
export { atomicNumber, symbolOf } from './elements.ts';
export { parseExtxyz } from './extxyz.ts';
export { formatExtxyz, writeExtxyz } from './extxyz-write.ts';
export type { Format, ParseOptions } from './format.ts';
export { readStructures } from './formats.ts';
export type { LabelledStructure, Property } from './labelled.ts';
export { type EnergyOf, fitReferences, type References, referenceEnergy } from './references.ts';
export { type LabelLimits, limitLabels, relaxedOnly, type Selection } from './selection.ts';
export { EV_PER_CUBIC_ANGSTROM_IN_GPA } from './units.ts';
export { symmetricFromVoigt } from './voigt.ts';
