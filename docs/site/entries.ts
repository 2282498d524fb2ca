/** The entries of the package that programs in the pages may import, and that the reference describes. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENTRIES } from '../../pack/entries.ts';

/** The root of the repository. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Entry {
  /** What a program imports, such as `lattigrad/nn`. */
  readonly name: string;
  /** Its source, from the root of the repository, such as `nn/index.ts`. */
  readonly file: string;
}

/** All entries, in the order of their table. */
export const entries = (): Entry[] =>
  ENTRIES.map(({ name, source }) => ({ name: name.replace(/^\./, 'lattigrad'), file: source }));
