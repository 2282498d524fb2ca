/**
 * A structure: which atoms, where, and how the cell repeats.
 *
 * Units are Angstrom. Cell rows are lattice vectors (row-major, 9 numbers); positions are Cartesian
 * row vectors (row-major, 3 numbers an atom) and may lie outside the cell. A structure holds no labels;
 * labelled structures extend it in data/.
 */
export interface Structure {
  /** Where it came from, for messages: a name, an id, or `file:line`. */
  readonly id: string;
  /** Atomic numbers, one an atom (hydrogen is 1). */
  readonly numbers: Int32Array;
  /** Cartesian positions in Angstrom, 3 an atom. */
  readonly positions: Float64Array;
  /** Lattice vectors in Angstrom, one a row. Rows of directions that do not repeat may be zero. */
  readonly cell: Float64Array;
  /** Which of the three lattice vectors repeat. */
  readonly periodic: readonly [boolean, boolean, boolean];
}

/** The number of atoms. */
export const atomCount = (structure: Structure): number => structure.numbers.length;
