/** The folders that code lies in, and all source files below a folder: what checks of the whole code look at. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What users import, each room before those that build on it. */
export const LIBRARY: readonly string[] = 'text files tensor autograd graph data nn universe plots training'.split(' ');

/** All code but our own tests. */
export const ROOMS: readonly string[] = [...LIBRARY, 'testing', 'experiments', 'bench', 'web', 'pack'];

/** Paths of the TypeScript files below a folder; none if it is not there. */
export function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sources(path);
    return /\.[cm]?tsx?$/.test(entry.name) ? [path] : [];
  });
}
