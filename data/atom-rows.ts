/**
 * The rows of atoms of one structure, read one after the other into arrays of numbers.
 *
 * Fields are read where they stand in the text, so that no row is taken apart into strings. Every number is finite.
 */

import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import type { Column, Columns } from './columns.ts';
import { isSpace } from './comment-line.ts';
import { realAt } from './decimal.ts';
import { atomicNumber, likelyElement } from './elements.ts';
import { TRUTH } from './header.ts';

/**
 * Space for so many rows is made before the first has been seen; for more only as they come, since counts may be wrong.
 */
const TRUSTED_ROWS = 2 ** 16;

/** What is done with a field. */
interface Field {
  readonly column: Column;
  readonly kind: 'skip' | 'element' | 'number';
  /** Which field of its column. */
  readonly part: number;
  /** Which list of numbers it goes to; -1 for none. */
  readonly list: number;
}

export interface RowOptions {
  /** How many rows are expected. */
  readonly atoms: number;
  /** The greatest atomic number that is accepted. */
  readonly heaviest: number;
}

export class AtomRows {
  readonly #columns: Columns;
  readonly #options: RowOptions;
  /** Those columns that are read as numbers, and their numbers so far. */
  readonly #numeric: readonly Column[];
  #lists: Float64Array[] = [];
  #numbers = new Int32Array(0);
  /** One for each field of a row; made when the first row has shown that it has so many. */
  #fields: Field[] = [];
  #rows = 0;

  constructor(columns: Columns, options: RowOptions) {
    this.#columns = columns;
    this.#options = options;
    this.#numeric = columns.all.filter((c) => c !== columns.species && c.type !== 'S');
  }

  get count(): number {
    return this.#rows;
  }

  /** Atomic numbers and the numbers of each column, when all rows have been added. */
  arrays(): { readonly numbers: Int32Array; readonly of: (column: Column) => Float64Array } {
    const cut = <A extends Float64Array | Int32Array>(list: A, length: number): A =>
      (list.length === length ? list : list.slice(0, length)) as A;
    return {
      numbers: cut(this.#numbers, this.#rows),
      of: (column) => cut(this.#lists[this.#numeric.indexOf(column)], this.#rows * column.width),
    };
  }

  /**
   * Adds the row from `start` to `end` (not included) of a text. Throws a DataError at `place()` if it is no such row.
   */
  add(text: string, start: number, end: number, place: () => string): void {
    if (this.#rows === this.#numbers.length) this.#makeSpace(text.slice(start, end), place);
    let at = start;
    const { length } = this.#fields;
    for (let f = 0; f < length; f++) {
      while (at < end && isSpace(text, at)) at++;
      const first = at;
      while (at < end && !isSpace(text, at)) at++;
      if (first === at) this.#refuseWidth(text.slice(start, end), place);
      this.#read(this.#fields[f], text, first, at, place);
    }
    while (at < end && isSpace(text, at)) at++;
    if (at < end) this.#refuseWidth(text.slice(start, end), place);
    this.#rows++;
  }

  #read({ kind, column, part, list }: Field, text: string, start: number, end: number, place: () => string): void {
    if (kind === 'skip') return;
    if (kind === 'element') {
      const number = this.#element(column, text.slice(start, end), place);
      if (column === this.#columns.species) this.#numbers[this.#rows] = number;
      else if (number !== this.#numbers[this.#rows]) {
        const { species } = this.#columns;
        throw new DataError(
          place(),
          `${species.name} and ${column.name} say different elements for atom ${this.#rows + 1}.`,
        );
      }
      if (list < 0) return;
    }
    const { type, width } = column;
    const value = type === 'L' ? (TRUTH.get(text.slice(start, end)) ?? Number.NaN) : realAt(text, start, end);
    if (!Number.isFinite(value) || (type === 'I' && !Number.isInteger(value))) {
      const wanted = { L: 'T or F', I: 'an integer', R: 'a finite number', S: 'a text' }[type];
      throw new DataError(
        place(),
        `expected ${wanted} for ${quote(column.name)} of atom ${this.#rows + 1}, found ${quote(text.slice(start, end))}.`,
      );
    }
    this.#lists[list][this.#rows * width + part] = value;
  }

  #element(column: Column, text: string, place: () => string): number {
    const number = column.type === 'I' ? realAt(text, 0, text.length) : atomicNumber(text);
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > 118) {
      const hint = likelyElement(text);
      throw new DataError(
        place(),
        `expected a chemical element, found ${quote(text)} (atom ${this.#rows + 1})${hint === '' ? '.' : `; ${hint}`}`,
      );
    }
    const { heaviest } = this.#options;
    if (number > heaviest) {
      throw new DataError(
        place(),
        `the element ${quote(text)} (atom ${this.#rows + 1}) has the atomic number ${number}; networks know those up to ${heaviest}. Leave the structure out.`,
      );
    }
    return number;
  }

  #refuseWidth(row: string, place: () => string): never {
    const found = row.trim() === '' ? 0 : row.trim().split(/\s+/).length;
    const names = quote(this.#columns.all.map((c) => c.name).join(', ')).slice(1, -1);
    throw new DataError(
      place(),
      `expected ${this.#columns.width} columns (${names}), found ${found} in ${quote(row)}.`,
    );
  }

  /** Space for more rows: for all of them if they are few, else as they come. */
  #makeSpace(row: string, place: () => string): void {
    if (this.#rows === 0) {
      // A width that no row has costs no memory.
      if (this.#columns.width > row.length) this.#refuseWidth(row, place);
      this.#fields = this.#plan();
    }
    const rows = Math.min(this.#options.atoms, Math.max(TRUSTED_ROWS, 2 * this.#rows));
    const grown = <A extends Float64Array | Int32Array>(next: A, old: A | undefined): A => {
      if (old) next.set(old);
      return next;
    };
    this.#numbers = grown(new Int32Array(rows), this.#numbers);
    this.#lists = this.#numeric.map(({ width }, k) => grown(new Float64Array(rows * width), this.#lists[k]));
  }

  #plan(): Field[] {
    const { all, species, alsoSpecies } = this.#columns;
    return all.flatMap((column) =>
      Array.from({ length: column.width }, (_, part): Field => {
        const list = this.#numeric.indexOf(column);
        const isElement = column === species || alsoSpecies.includes(column);
        return { column, part, list, kind: isElement ? 'element' : list < 0 ? 'skip' : 'number' };
      }),
    );
  }
}
