/**
 * Reads the files of runs and of users: everything of training/ and experiments/ that is not extended XYZ is read here.
 *
 * What a path leads to is looked at before it is opened (a pipe would wait for ever), sizes are limited, text is UTF-8
 * with or without a byte order mark, and JSON is strict (text/strict-json.ts). Whatever is wrong is one UserError.
 */
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { excerpt, excerptOf } from '../text/printable.ts';
import type { Checks } from '../text/schema.ts';
import { parseStrictJson, prototypeKeys } from '../text/strict-json.ts';
import { systemReason, UserError } from './errors.ts';

/** Node reads no larger file at once, and has no longer string. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_TEXT = 500_000_000;

function nameOf(found: Stats): string {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return found.isSymbolicLink() ? 'a link to nothing' : 'a device';
}

/** What a path leads to, links followed: `a file`, `a folder`, `a pipe`, `a link to nothing` ...; undefined if nothing. */
export function kindOf(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path, { throwIfNoEntry: false });
    return found && nameOf(found);
  } catch (error) {
    // There is nothing below a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Throws UserError if there is something at `path` that is not of the kind `wanted`. */
export function insistOnKind(path: string, wanted: 'a file' | 'a folder'): void {
  const kind = kindOf(path);
  if (kind === undefined || kind === wanted) return;
  throw new UserError(`${path}: is ${kind}, expected ${wanted}. Put it back, or move it away.`);
}

const unreadable = (path: string, reason: string, expected: string): UserError =>
  new UserError(`${path}: cannot be read (${reason}). Expected ${expected}.`);

/** The bytes of a file; `expected` says in messages what it should be. Shells give pipes below /dev, if `pipes`. */
export function readBytes(path: string, expected = 'a file', pipes = false): Uint8Array {
  try {
    const kind = kindOf(path);
    if (kind === undefined) throw unreadable(path, 'no such file or folder', expected);
    const open = pipes && kind === 'a pipe' && path.startsWith('/dev/');
    if (kind !== 'a file' && !open) throw unreadable(path, `it is ${kind}`, expected);
    const { size } = statSync(path);
    if (size > MOST_BYTES) throw unreadable(path, `it has ${size} bytes, more than ${MOST_BYTES}`, expected);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(path, systemReason(error) ?? (error as Error).message, expected);
  }
}

/** The text of a file in UTF-8, without a byte order mark. */
export function readText(path: string, expected = 'a text', pipes = false): string {
  const bytes = readBytes(path, expected, pipes);
  if (bytes.length > MOST_TEXT)
    throw unreadable(path, `it has ${bytes.length} bytes, more than ${MOST_TEXT}`, expected);
  try {
    return new TextDecoder('utf8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, 'it is not text in UTF-8', expected);
  }
}

/** The value that a JSON file holds. */
export function readJson(path: string, expected = 'a JSON file', pipes = false): unknown {
  const text = readText(path, expected, pipes);
  try {
    return parseStrictJson(text);
  } catch (error) {
    throw new UserError(`${path}: is not JSON that can be used (${(error as Error).message}). Expected ${expected}.`);
  }
}

/**
 * The value itself, keys in their order, if a schema takes it as it is; `place` stands for the file in messages.
 * (What a schema returns is a copy, whose keys come in the schema's order.)
 */
export function conform<T>(value: unknown, schema: Checks<T>, place: string, expected: string): T {
  const [hidden] = prototypeKeys(value);
  if (hidden) throw new UserError(`${place}: has a key ${hidden.join('.')}. Is it ${expected}, and whole?`);
  const result = schema.safeParse(value);
  if (result.success) return value as T;
  const { path, message } = result.error.issues[0];
  const found = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const where = path.length === 0 ? '' : `${excerpt(path.join('.'))}: `;
  throw new UserError(
    `${place}: ${where}${excerpt(message, 200)}, got ${excerptOf(found)}. Is it ${expected}, and whole?`,
  );
}

/** The value of a JSON file that a schema takes. */
export const readRecord = <T>(path: string, schema: Checks<T>, expected: string): T =>
  conform(readJson(path, expected), schema, path, expected);
