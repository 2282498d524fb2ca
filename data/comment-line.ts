/**
 * The comment line of extended XYZ: key=value pairs, and what their texts mean.
 *
 * Knows no key by name. An unclosed quote or bracket is an error: half a value is worse than none.
 */
import { DataError, type Property } from './labelled.ts';

/** A text for a message, shortened. */
export const quote = (text: string): string => `'${text.length > 60 ? `${text.slice(0, 57)}...` : text}'`;

/** What a comment line says: texts, and true for bare keys. */
export type Keys = Map<string, string | true>;

/**
 * A value within quotes (escapes: \" \\ \n), braces, or brackets that may nest once. Loops run over stretches, not
 * letters: a regular expression remembers each turn, and long values would exhaust its memory.
 */
const ENCLOSED = /"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*'|\{[^}]*\}|\[[^[\]]*(?:\[[^\]]*\][^[\]]*)*\]/.source;
const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', '\\\\': '\\', '\\n': '\n' };

/** key=value pairs; values in double or single quotes, braces or brackets may hold spaces. */
export function parseComment(line: string, where: string): Keys {
  const keys: Keys = new Map();
  const token = new RegExp(`\\s*([^\\s=]+)(?:\\s*=\\s*(?:(${ENCLOSED})|(\\S*)))?`, 'y');
  const end = line.trimEnd().length;
  while (token.lastIndex < end) {
    const start = token.lastIndex;
    const match = token.exec(line);
    if (!match) throw new DataError(where, `expected key=value, found ${quote(line.slice(start))}.`);
    const [, key, enclosed, bare] = match;
    if (bare !== undefined && /^["'{[]/.test(bare))
      throw new DataError(where, `the value of '${key}' has no closing quote or bracket: ${quote(bare)}.`);
    if (enclosed?.startsWith('"'))
      keys.set(
        key!,
        enclosed.slice(1, -1).replace(/\\["\\n]/g, (e) => ESCAPES[e]!),
      );
    else if (enclosed?.startsWith("'")) keys.set(key!, enclosed.slice(1, -1));
    else keys.set(key!, enclosed ?? bare ?? true);
  }
  return keys;
}

/** A decimal number, also with Fortran's D exponent; else NaN (hexadecimal numbers are no data). */
export const real = (text: string): number =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/.test(text) ? Number(text.replace(/[dD]/, 'e')) : Number.NaN;
/** Without D exponents: where the kind is not known, 2d3 may be a name. */
const plain = (text: string): number => (/[dD]/.test(text) ? Number.NaN : real(text));

/** The words of a list, whatever encloses or parts them. */
export const wordsIn = (value: string): string[] =>
  value
    .replace(/[[\]{},]/g, ' ')
    .trim()
    .split(/\s+/)
    .filter(Boolean);

/** A value as the most specific of number, boolean, list of numbers, text. */
export function property(value: string | true): Property {
  if (value === true) return true;
  if (/^(T|true|True)$/.test(value)) return true;
  if (/^(F|false|False)$/.test(value)) return false;
  const numbers = wordsIn(value).map(plain);
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) return detached(value);
  return numbers.length === 1 ? numbers[0]! : numbers;
}

/** A copy: parts of a string keep the whole alive, and the whole is a file. */
export const detached = (text: string): string => Buffer.from(text).toString();
