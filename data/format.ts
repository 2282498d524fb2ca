/**
 * A file format: one record in a file of its own, listed in formats.ts. The bytes come in pieces, zipped or not
 * (text-blocks.ts), and structures leave as soon as they are complete, so that files may have any size.
 */
import type { LabelledStructure } from './labelled.ts';

export interface ParseOptions {
  /** Whether a structure without Lattice is an error (default: it is read as a molecule). */
  readonly requireLattice?: boolean;
  /** The greatest atomic number; heavier elements are an error (default: 118, all that there are). */
  readonly heaviest?: number;
}

export interface Format {
  /** As messages call it. */
  readonly title: string;
  /**
   * Endings of the names of its files in small letters, as `.xyz`, without `.gz`. A name that no format claims is read as
   * the first of FORMATS.
   */
  readonly endings: readonly string[];
  /**
   * The structures in chunks of bytes, which may be cut anywhere; at the end notes on what was read but may have been meant
   * otherwise, one line each. `name` stands for the file in messages and ids. Throws DataError on what is no data.
   */
  structuresIn(
    chunks: AsyncIterable<Uint8Array>,
    name: string,
    options: ParseOptions,
  ): AsyncGenerator<LabelledStructure, readonly string[]>;
}
