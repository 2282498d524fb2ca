/**
 * The columns of the rows of atoms: what the key Properties says, and which of them are elements, positions and forces.
 *
 * Names with a meaning are known in any case. Two columns of one meaning are refused, except where one is known to be
 * preferred or both can be compared.
 */

import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import { detached } from './comment-line.ts';

/** One column, which takes one or several fields of a row. */
export interface Column {
  readonly name: string;
  /** A text, a real number, an integer, or a truth value. */
  readonly type: 'S' | 'R' | 'I' | 'L';
  readonly start: number;
  readonly width: number;
}

/** All columns, and the meaning of some. */
export interface Columns {
  /** The text of Properties. */
  readonly text: string;
  readonly all: readonly Column[];
  /** How many fields a row has. */
  readonly width: number;
  readonly species: Column;
  /** Other columns that name the elements; they must say the same. */
  readonly alsoSpecies: readonly Column[];
  readonly positions: Column;
  readonly forces?: Column;
  /** A note on what may have been meant otherwise. */
  readonly note?: string;
}

function parse(text: string, where: string): Column[] {
  const parts = detached(text).split(':');
  const columns: Column[] = [];
  let start = 0;
  for (let k = 0; k < parts.length; k += 3) {
    const [name = '', type = '', count = ''] = parts.slice(k, k + 3);
    const width = /^\d{1,9}$/.test(count) ? Number(count) : 0;
    if (name === '' || !/^[SRIL]$/.test(type) || width < 1) {
      throw new DataError(
        where,
        `expected Properties as name:type:columns with type S, R, I or L, found ${quote(text)}.`,
      );
    }
    columns.push({ name, type: type as Column['type'], start, width });
    start += width;
  }
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw new DataError(where, `the column ${quote(name)} stands in Properties twice.`);
    seen.add(name);
  }
  return columns;
}

/**
 * The columns that a text of Properties describes. Throws a DataError at `where` if they are not those of a structure.
 */
export function columnsOf(text: string, where: string): Columns {
  const all = parse(text, where);
  const named = (...names: string[]) => all.filter((c) => names.includes(c.name.toLowerCase()));
  const only = (found: readonly Column[]): Column | undefined => {
    if (found.length < 2) return found[0];
    const both = found.map((c) => quote(c.name)).join(' and ');
    throw new DataError(where, `the columns ${both} mean the same. Keep the one that is meant.`);
  };
  const positions = only(named('pos', 'positions'));
  const isNumber = ({ type }: Column) => type === 'R' || type === 'I';
  if (positions?.width !== 3 || !isNumber(positions)) {
    throw new DataError(where, 'expected a column pos:R:3 among Properties.');
  }
  const [species, ...alsoSpecies] = named('species', 'symbols', 'element', 'z', 'numbers').filter(
    ({ type, width }) => width === 1 && (type === 'S' || type === 'I'),
  );
  if (!species) throw new DataError(where, 'expected a column species:S:1 (or Z:I:1) among Properties.');
  const [preferred, other] = [only(named('forces')), only(named('force'))];
  const forces = preferred ?? other;
  if (forces && (forces.width !== 3 || !isNumber(forces))) {
    throw new DataError(where, `expected ${forces.name}:R:3, found ${forces.name}:${forces.type}:${forces.width}.`);
  }
  const last = all[all.length - 1];
  return {
    text: detached(text),
    all,
    width: last.start + last.width,
    species,
    alsoSpecies,
    positions,
    ...(forces ? { forces } : {}),
    ...(preferred && other
      ? { note: `of the columns ${quote(other.name)} and ${quote(preferred.name)}, the latter is taken as the forces.` }
      : {}),
  };
}
