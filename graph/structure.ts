/**
 * A structure: which atoms there are, where they lie, and how the cell repeats.
 *
 * Lengths are in Angstrom, and vectors are rows. A structure holds no labels; labelled structures in data/ extend it.
 */

/** A crystal, slab, wire or molecule. */
export interface Structure {
  /** A name for messages: what its file calls it, or file and number. */
  readonly id: string;
  /** Atomic numbers, [atoms]; hydrogen is 1. */
  readonly numbers: Int32Array;
  /** Cartesian positions in Angstrom, [atoms, 3] row-major. Atoms may lie outside of the cell. */
  readonly positions: Float64Array;
  /** Lattice vectors in Angstrom, one a row, [3, 3] row-major. Rows of directions that do not repeat may be zero. */
  readonly cell: Float64Array;
  /** Which of the three lattice vectors repeat: all of a crystal, none of a molecule. */
  readonly periodic: readonly [boolean, boolean, boolean];
}
