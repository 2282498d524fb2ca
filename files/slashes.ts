/**
 * Paths as they stand in files: with `/` between their parts on every system, so that equal runs are equal bytes.
 */
import { sep } from 'node:path';

/** A path with `/` in the place of the separator of this system, which is `\` on Windows and `/` elsewhere. */
export const withSlashes = (path: string, separator: string = sep): string => path.split(separator).join('/');
