/**
 * A structure with what was computed for it. Units: eV, eV/A, eV/A^3; stress has ASE's sign, tension positive.
 *
 * Labels that were not given are absent, never zero.
 */
import type { Structure } from '../graph/index.ts';
import { printable } from '../text/printable.ts';

export type Property = string | number | boolean | readonly number[];

export interface LabelledStructure extends Structure {
  /** Total energy of the cell in eV. */
  readonly energy?: number;
  /** eV/A, 3 an atom. */
  readonly forces?: Float64Array;
  /** eV/A^3, 3 x 3 row-major. */
  readonly stress?: Float64Array;
  /** Other keys of the record, e.g. a property and its unit. */
  readonly properties: Readonly<Record<string, Property>>;
  /** Other columns per atom. */
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

/**
 * Input that cannot be used. The message names file and line, what was expected, what was found, what to try; it is
 * one line, and control characters of the input are written out.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
  constructor(place: string, message: string) {
    super(printable(`${place}: ${message}`));
  }
}
