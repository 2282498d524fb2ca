/**
 * A structure with what was computed for it. Energies are in eV, forces in eV/A, stresses in eV/A^3 with ASE's sign,
 * positive for tension. Labels that were not given are absent, never zero.
 */
import type { Structure } from '../graph/index.ts';

/** A value of the comment line of a record. */
export type Property = string | number | boolean | readonly number[];

/** A structure with its labels, as far as there are any. */
export interface LabelledStructure extends Structure {
  /** Total energy of the cell in eV. */
  readonly energy?: number;
  /** Forces in eV/A, [atoms, 3] row-major. */
  readonly forces?: Float64Array;
  /** Stress in eV/A^3, [3, 3] row-major. */
  readonly stress?: Float64Array;
  /** Other keys of the record, such as a property and its unit. */
  readonly properties: Readonly<Record<string, Property>>;
  /** Other columns of numbers, [atoms, columns] row-major each. */
  readonly arrays: Readonly<Record<string, Float64Array>>;
}
