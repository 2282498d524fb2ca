/**
 * The comment line of extended XYZ: key=value pairs, and what their texts mean.
 *
 * No key is known by name here. Values are read whole or refused: an unclosed quote or bracket is an error, and so is a
 * key with two values. What ASE writes is read: quoted keys, empty values, nested values as JSON.
 */

import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import { real } from './decimal.ts';
import type { Property } from './labelled.ts';

/** What a comment line says: the text of every key, or true for a key without a value. */
export type Keys = Map<string, string | true>;

/** A function that is told of what may have been meant otherwise: of its kind, and the text of a note. */
export type Doubt = (kind: string, text: string) => void;

/** A piece of the line: what it says and where it ends. */
interface Piece {
  readonly text: string;
  readonly end: number;
}

/** Whether there is a space at a place of a text, in the sense of regular expressions. */
export function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 32 || (code <= 13 && code >= 9) || (code > 127 && /\s/.test(text[at]));
}

function skipSpaces(line: string, at: number): number {
  let next = at;
  while (next < line.length && isSpace(line, next)) next++;
  return next;
}

/** The piece from `at` to the next space or to one of the characters `stops`. */
function run(line: string, at: number, stops = ''): Piece {
  let end = at;
  while (end < line.length && !isSpace(line, end) && !stops.includes(line[end])) end++;
  return { text: line.slice(at, end), end };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', '\\\\': '\\', '\\n': '\n' };

/** The text in the quotes that open at `at`; undefined if they never close. Double quotes know escapes: \" \\ \n. */
function quoted(line: string, at: number): Piece | undefined {
  const mark = line[at];
  if (mark === "'") {
    const close = line.indexOf(mark, at + 1);
    return close < 0 ? undefined : { text: line.slice(at + 1, close), end: close + 1 };
  }
  const first = line.indexOf(mark, at + 1);
  if (first < 0) return undefined;
  const simple = line.slice(at + 1, first);
  if (!simple.includes('\\')) return { text: simple, end: first + 1 };
  for (let close = at + 1; close < line.length; close++) {
    if (line[close] === '\\') close++;
    else if (line[close] === mark) {
      const text = line.slice(at + 1, close).replace(/\\["\\n]/g, (pair) => ESCAPES[pair]);
      return { text, end: close + 1 };
    }
  }
  return undefined;
}

/** How ASE begins nested values. */
const JSON_MARK = '_JSON ';
/** Quotes inside a JSON value that may be its end; a line with more is read as any text in quotes. */
const MOST_ENDS = 64;

/**
 * A nested value as ASE writes it: JSON in double quotes, with its quotes escaped but not its backslashes. The end is
 * the first quote that leaves JSON; undefined if there is none.
 */
function quotedJson(line: string, at: number): Piece | undefined {
  if (!line.startsWith(`"${JSON_MARK}`, at)) return undefined;
  let close = at;
  for (let tried = 0; tried < MOST_ENDS; tried++) {
    do close = line.indexOf('"', close + 1);
    while (close > 0 && close + 1 < line.length && !isSpace(line, close + 1));
    if (close < 0) return undefined;
    const json = line.slice(at + 1 + JSON_MARK.length, close).replaceAll('\\"', '"');
    if (isJson(json)) return { text: JSON_MARK + json, end: close + 1 };
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a text is a nested value as ASE writes it. */
export const isNestedValue = (text: string): boolean =>
  text.startsWith(JSON_MARK) && isJson(text.slice(JSON_MARK.length));

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** Where the bracket at `at` closes, with all brackets and quotes within it; undefined if they do not match. */
function bracketEnd(line: string, at: number): number | undefined {
  const open: string[] = [];
  for (let k = at; k < line.length; k++) {
    const character = line[k];
    if (character in CLOSING) open.push(CLOSING[character]);
    else if (character === ']' || character === '}') {
      if (open.pop() !== character) return undefined;
      if (open.length === 0) return k + 1;
    } else if ((character === '"' || character === "'") && /[\s[{,:(]/.test(line[k - 1])) {
      // A quote after a letter is an apostrophe.
      const piece = quoted(line, k);
      if (!piece) return undefined;
      k = piece.end - 1;
    }
  }
  return undefined;
}

/** A value in brackets, brackets included. What goes on behind them belongs to it: [Na+].[Cl-]. */
function bracketed(line: string, at: number): Piece | undefined {
  let end: number | undefined = at;
  while (end !== undefined && end < line.length && !isSpace(line, end)) {
    end = line[end] in CLOSING ? bracketEnd(line, end) : run(line, end, '[{').end;
  }
  return end === undefined ? undefined : { text: line.slice(at, end), end };
}

const ROUND: Readonly<Record<string, string>> = { ...CLOSING, '(': ')' };
/**
 * Characters in which a bracket of a bare value must close, so that broken lines are not looked through again and
 * again.
 */
const FARTHEST = 10_000;

/**
 * Where a bare value ends: at a space that is in no bracket, so that array([1., 2.]) and (0, 1) are whole. A bracket
 * that the next key comes before, or that nothing closes, is a character like others; `open` says that it was there.
 */
function bare(line: string, at: number): Piece & { readonly open: boolean } {
  const word = run(line, at);
  if (!/[([{]/.test(word.text)) return { ...word, open: false };
  const open: string[] = [];
  const last = Math.min(line.length, at + FARTHEST);
  let k = at;
  for (; k < last; k++) {
    const character = line[k];
    if (character in ROUND) open.push(ROUND[character]);
    else if (character === open.at(-1)) open.pop();
    else if (isSpace(line, k)) {
      if (open.length === 0) break;
      // Behind a comma, name= is an argument, not the next key.
      if (line[k - 1] !== ',' && /^\s+[^\s=,()[\]{}]+=/.test(line.slice(k, k + 80))) return { ...word, open: true };
    } else if ((character === '"' || character === "'") && /[[{,:(]/.test(line[k - 1])) {
      const piece = quoted(line, k);
      if (piece) k = piece.end - 1;
    }
  }
  if (open.length === 0) return { text: line.slice(at, k), end: k, open: false };
  return { ...word, open: true };
}

/** The value that begins at `at`, where no space is. */
function valueAt(line: string, at: number, key: string, where: string, doubt: Doubt): Piece {
  const first = line[at];
  if (first in CLOSING) {
    const piece = bracketed(line, at);
    if (piece) return piece;
  } else if (first === '"' || first === "'") {
    const piece = quotedJson(line, at) ?? quoted(line, at);
    if (piece) {
      // The next key may follow without a space, and lists may be parted by commas.
      const rest = line.slice(piece.end, piece.end + 100);
      if (/^(?:\s|$|[,;](?:\s|$)|[A-Za-z_][\w-]*\s*=)/.test(rest)) return piece;
      throw new DataError(
        where,
        `expected a space after the quoted value of ${quote(key)}, found ${quote(line.slice(at))}.`,
      );
    }
  } else {
    const piece = bare(line, at);
    if (piece.open && piece.end < line.length) {
      doubt(
        'open bracket',
        `the value of ${quote(key)} is read as ${quote(piece.text)}, up to a space. If it goes on, put it in quotes.`,
      );
    }
    return piece;
  }
  throw new DataError(
    where,
    `the value of ${quote(key)} has no closing quote or bracket: ${quote(run(line, at).text)}.`,
  );
}

/** A key: in quotes, or up to a space or =. */
function keyAt(line: string, at: number, where: string): Piece {
  if (line[at] !== '"' && line[at] !== "'") {
    const piece = run(line, at, '=');
    if (piece.text !== '') return piece;
    throw new DataError(where, `expected key=value, found ${quote(line.slice(at))}.`);
  }
  const piece = quoted(line, at);
  if (!piece) throw new DataError(where, `a quote is never closed: ${quote(line.slice(at))}.`);
  if (piece.end < line.length && !isSpace(line, piece.end) && line[piece.end] !== '=') {
    throw new DataError(where, `expected = or a space after a quoted key, found ${quote(line.slice(at))}.`);
  }
  return piece;
}

/** Whether a word is a number or a truth value, and so hardly a key. */
const isPlainValue = (word: string): boolean =>
  /^(?:[TF]|true|false|True|False|[+-]?(?:nan|inf|infinity))$/i.test(word) || !/^[A-Za-z_]\w*$/.test(word);

/**
 * Whether `key= next` has an empty value: another key follows. ASE writes empty texts so, and people write numbers so.
 * A word that could be either is taken for a bare key, unless spaces stand on both sides of the equals sign; what is
 * in quotes or brackets is taken for the value.
 */
function isEmpty(line: string, next: number, spaced: boolean): boolean {
  const first = line[next];
  if (first in CLOSING) return false;
  const isQuoted = first === '"' || first === "'";
  const piece = isQuoted ? quoted(line, next) : run(line, next, '=');
  if (!piece) return false;
  if (line[skipSpaces(line, piece.end)] === '=') return true;
  return !isQuoted && !spaced && !isPlainValue(piece.text);
}

/**
 * key=value pairs; values in double or single quotes, braces or brackets may hold spaces. `where` stands for the line
 * in messages; `doubt` is told of what may have been meant as a value.
 *
 * Example: `a=1 "band gap"=1.1 empty= flag` holds a: '1', 'band gap': '1.1', empty: '', flag: true.
 */
export function parseComment(line: string, where: string, doubt: Doubt = () => undefined): Keys {
  const keys: Keys = new Map();
  let at = skipSpaces(line, 0);
  while (at < line.length) {
    const key = keyAt(line, at, where);
    const equals = skipSpaces(line, key.end);
    if (line[equals] !== '=') {
      if (key.text.endsWith(':')) doubt('colon', `${quote(key.text)} has no value: expected key=value, found a colon.`);
      set(keys, key.text, true, where);
      at = equals;
      continue;
    }
    const next = skipSpaces(line, equals + 1);
    const spaced = equals > key.end;
    if (next === line.length || (next > equals + 1 && isEmpty(line, next, spaced))) {
      set(keys, key.text, '', where);
      const word = run(line, next, '=');
      if (word.text !== '' && line[skipSpaces(line, word.end)] !== '=' && !/^["']/.test(word.text)) {
        doubt(
          'empty value',
          `${quote(key.text)} is read as an empty text and ${quote(word.text)} as a key of its own. ` +
            'If that is its value, write it without a space after the equals sign.',
        );
      }
      at = next;
      continue;
    }
    const value = valueAt(line, next, key.text, where, doubt);
    set(keys, key.text, value.text, where);
    at = skipSpaces(line, value.end);
  }
  return keys;
}

/** Free text may hold a word twice; a key with a value may not. */
function set(keys: Keys, key: string, value: string | true, where: string): void {
  const known = keys.get(key);
  if (known !== undefined && (known !== true || value !== true)) {
    throw new DataError(where, `the key ${quote(key)} stands there twice. Keep the one that is meant.`);
  }
  keys.set(key, value);
}

/** A number without Fortran's exponent D, because 2d3 may be a name where the kind of a value is not known. */
const plain = (text: string): number => (/[dD]/.test(text) ? Number.NaN : real(text));

/** The words of a list, whatever encloses or separates them. */
export const wordsIn = (value: string): string[] =>
  value
    .replace(/[[\]{},]/g, ' ')
    // Round brackets of lists, not those of 1.54(3).
    .replace(/(?<![^\s(])\(|\)(?![^\s)])/g, ' ')
    .trim()
    .split(/\s+/)
    .filter(Boolean);

/** A value as a number, a truth value, a list of numbers (nested lists become one), or else a text. */
export function property(value: string | true): Property {
  if (value === true) return true;
  if (/^(T|true|True)$/.test(value)) return true;
  if (/^(F|false|False)$/.test(value)) return false;
  const list = value.startsWith(JSON_MARK) ? value.slice(JSON_MARK.length) : value;
  const numbers = wordsIn(list).map(plain);
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) return detached(value);
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** A copy of a text. A part of a string keeps the whole string in memory, which here is a piece of a file. */
export const detached = (text: string): string => Buffer.from(text).toString();
