/** Entry by entry, where two configurations differ. */
import { excerpt } from '../../nn/strict-json.ts';
import { isTree, merged, type Tree } from './resolve.ts';

export interface Difference {
  /** Dotted, as in --set. */
  readonly path: string;
  /** As JSON. */
  readonly stored: string;
  readonly wanted: string;
}

/** What is not there is null, as in schema.ts. */
export function differences(stored: unknown, wanted: unknown, path = ''): Difference[] {
  if (isTree(stored) && isTree(wanted)) {
    const keys = [...new Set([...Object.keys(stored), ...Object.keys(wanted)])];
    return keys.flatMap((key) => differences(stored[key], wanted[key], path === '' ? key : `${path}.${key}`));
  }
  const [a, b] = [stored, wanted].map((value) => JSON.stringify(value ?? null)) as [string, string];
  return a === b ? [] : [{ path, stored: a, wanted: b }];
}

/** A line for the user where flags say otherwise than the configuration of the run that goes on. */
export function showUnheeded(asked: Tree, config: object): string | undefined {
  const differ = differences(config, merged(config as Tree, asked));
  if (differ.length === 0) return undefined;
  const entries = differ.map(
    ({ path, stored, wanted }) => `${excerpt(path)} stays ${excerpt(stored)}, not ${excerpt(wanted)}`,
  );
  return `Goes on as it was configured: ${entries.join('; ')}.`;
}
