/**
 * A structure with what was computed for it. Units: eV, eV/A, eV/A^3; stress has ASE's sign, tension positive.
 *
 * Labels that were not given are absent, never zero.
 */
import type { Structure } from '../graph/index.ts';

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
