/** Whether a run in a folder is the one that is wanted: told the same, whatever engine it ran on. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTree, type Tree } from '../config/resolve.ts';
import { UserError } from '../run/user-error.ts';

/** Paths at which two configurations differ, with both values; what is not there is null, as in config/schema.ts. */
export function differences(stored: unknown, wanted: unknown, path = ''): string[] {
  if (isTree(stored) && isTree(wanted)) {
    const keys = [...new Set([...Object.keys(stored), ...Object.keys(wanted)])];
    return keys.flatMap((key) => differences(stored[key], wanted[key], path === '' ? key : `${path}.${key}`));
  }
  const [a, b] = [stored, wanted].map((value) => JSON.stringify(value ?? null));
  return a === b ? [] : [`${path}: ${a} there, ${b} wanted`];
}

/** Throws UserError if `file` (a configuration, or a record with one under `config`) is there and says something else. */
export function insistOnSame(folder: string, file: string, wanted: object): void {
  const path = join(folder, file);
  if (!existsSync(path)) return;
  const json = JSON.parse(readFileSync(path, 'utf8')) as Tree;
  const stored = isTree(json.config) ? json.config : json;
  // Where it runs changes no result, nor where files lie; the seeds of fine-tunings have folders of their own.
  const name = (path: unknown) => (typeof path === 'string' ? basename(path) : path);
  const comparable = ({ data, from, ...config }: Tree) => ({
    ...config,
    engine: undefined,
    seed: undefined,
    data: Array.isArray(data) ? data.map(name) : name(data),
    from: name(from),
  });
  const differ = differences(comparable(stored), comparable(wanted as Tree));
  if (differ.length === 0) return;
  throw new UserError(
    `${folder}: holds a run with other settings (${differ.slice(0, 5).join('; ')}). ` +
      'Ask for the same again, or choose another --out.',
  );
}
