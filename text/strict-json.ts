/**
 * JSON that somebody else may have written: parsed as JSON.parse does, or refused with a reason that fits in a line.
 *
 * Refused beyond the rules of JSON: keys that stand twice in an object (which of the two counts would be a guess), and
 * values nested so deep that walking through them would overflow the stack. A byte order mark at the start is skipped.
 */
import { excerpt, quote } from './printable.ts';

/** Files of runs are nested less than ten deep. */
const DEEPEST = 64;

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Where the string that begins at `start` ends: the place after its closing quote. */
function afterString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** Throws if a key stands twice in one object, or if values are nested too deep. The text is JSON otherwise. */
function checkTree(text: string): void {
  // The keys of each object that is open; undefined for a list.
  const open: (Set<string> | undefined)[] = [];
  let string: readonly [start: number, end: number] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') {
      string = [at, afterString(text, at)];
      at = string[1] - 1;
    } else if (mark === '{' || mark === '[') {
      open.push(mark === '{' ? new Set() : undefined);
      if (open.length > DEEPEST)
        throw new Error(`values are nested more than ${DEEPEST} deep in line ${lineOf(text, at)}`);
    } else if (mark === '}' || mark === ']') open.pop();
    else if (mark === ':') {
      const key = JSON.parse(text.slice(...string)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key))
        throw new Error(`the key ${quote(key)} stands twice in one object, again in line ${lineOf(text, at)}`);
      keys.add(key);
    }
  }
}

/** The value of a text. Throws an Error whose message says, in one line, what is wrong and where. */
export function parseStrictJson(text: string): unknown {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch (error) {
    throw new Error(excerpt((error as Error).message, 120));
  }
  checkTree(bare);
  return value;
}

/** Where a key is called __proto__, which schemas pass over and assignments obey: paths of keys. */
export function prototypeKeys(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__' ? [[...path, key]] : prototypeKeys(inner, [...path, key]),
  );
}
