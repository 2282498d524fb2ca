/**
 * The columns of atoms: what Properties says, and which of them are elements, positions and forces.
 *
 * Names with a meaning are known in any case. Two columns of one meaning are refused, except where one is known to be
 * preferred or both can be compared.
 */

import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import { detached } from './comment-line.ts';

export interface Column {
  readonly name: string;
  /** Text, real number, integer, truth value. */
  readonly type: 'S' | 'R' | 'I' | 'L';
  readonly start: number;
  readonly width: number;
}

export interface Columns {
  /** The text of Properties. */
  readonly text: string;
  readonly all: readonly Column[];
  /** Fields of a row. */
  readonly width: number;
  readonly species: Column;
  /** Another column that says the elements, which must say the same. */
  readonly alsoSpecies: readonly Column[];
  readonly positions: Column;
  readonly forces?: Column;
  /** What may have been meant otherwise. */
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

/** Throws DataError at `where` for texts that are no columns, or not those of a structure. */
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
