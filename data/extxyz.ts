/**
 * Reads extended XYZ, plain or gzipped: for each structure a count, a comment line of key=value pairs, and a line for
 * each atom (github.com/libAtoms/extxyz).
 *
 * Every error names file and line. Labels that are not finite are errors.
 */
import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import { AtomRows } from './atom-rows.ts';
import { type Columns, columnsOf } from './columns.ts';
import { isSpace, parseComment } from './comment-line.ts';
import type { Format, ParseOptions } from './format.ts';
import { type Header, headerOf } from './header.ts';
import { ForceSizes, StressSizes } from './label-sizes.ts';
import type { LabelledStructure } from './labelled.ts';
import { Notes } from './notes.ts';
import { textBlocks } from './text-blocks.ts';

/** What is an error in a text of structures. */
export const extxyz: Format = {
  title: 'extended XYZ',
  endings: ['.extxyz', '.xyz'],
  async *structuresIn(chunks, name, options) {
    const frames = new Frames(name, options);
    for await (const block of textBlocks(chunks, name)) yield* frames.read(block);
    frames.end();
    return frames.notes();
  },
};

/**
 * The structures of a text in extended XYZ, with labels in eV, eV/A and eV/A^3; `name` stands for the file in messages
 * and ids. Throws a DataError on what is no data.
 *
 * @example
 * const [copper] = parseExtxyz('1\nProperties=species:S:1:pos:R:3 energy=-3.5\nCu 0 0 0\n');
 * copper.energy;  // -3.5
 */
export function parseExtxyz(text: string, name = 'text', options: ParseOptions = {}): LabelledStructure[] {
  const frames = new Frames(name, options);
  const structures = [...frames.read(text)];
  frames.end();
  return structures;
}

/** The structure that is being read. */
interface Open {
  readonly header: Header;
  readonly columns: Columns;
  readonly rows: AtomRows;
}

/** Takes text line by line and gives structures. */
class Frames {
  readonly #name: string;
  readonly #options: ParseOptions;
  readonly #notes = new Notes();
  readonly #stresses = new StressSizes();
  readonly #forces = new ForceSizes();
  /** Lines read so far. */
  #line = 0;
  /** Of the structure that is being read: the line of its count, how many atoms it has, and what its comment says. */
  #countLine = 0;
  #atoms = 0;
  #open: Open | undefined;
  /** Of the last structure; most files have one text of Properties. */
  #columns: Columns | undefined;
  /** Structures so far. */
  count = 0;

  constructor(name: string, options: ParseOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** The structures that end in a block of whole lines. */
  *read(text: string): Generator<LabelledStructure> {
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const next = newline < 0 ? text.length : newline + 1;
      const end = newline < 0 ? text.length : newline > at && text[newline - 1] === '\r' ? newline - 1 : newline;
      this.#line++;
      if (this.#atoms === 0) this.#count(text, at, end);
      else if (!this.#open) this.#open = this.#comment(text.slice(at, end));
      else {
        this.#open.rows.add(text, at, end, this.#here);
        if (this.#open.rows.count === this.#atoms) yield this.#finished(this.#open);
      }
      at = next;
    }
  }

  /** Throws if the text ends within a structure. */
  end(): void {
    if (this.#atoms === 0) return;
    const where = `${this.#name}:${this.#countLine}`;
    if (!this.#open) throw new DataError(where, 'expected a comment line after the count, found the end of the file.');
    throw new DataError(
      where,
      `expected ${this.#atoms} atoms, found ${this.#open.rows.count} lines before the end of the file. Is the file cut short?`,
    );
  }

  notes(): string[] {
    this.#stresses.note(this.#name, this.#notes);
    this.#forces.note(this.#name, this.#notes);
    return this.#notes.lines();
  }

  readonly #here = (): string => `${this.#name}:${this.#line}`;

  #count(text: string, start: number, end: number): void {
    let at = start;
    while (at < end && isSpace(text, at)) at++;
    if (at === end) return;
    const line = text.slice(start, end).trim();
    const count = /^\d{1,15}$/.test(line) ? Number(line) : 0;
    if (count < 1) {
      const hint = line.startsWith('VEC')
        ? 'Cell vectors below the atoms are not read: write Lattice in the comment line.'
        : this.count === 0
          ? 'Is it extended XYZ?'
          : 'Is the count of the previous structure right?';
      throw new DataError(this.#here(), `expected the number of atoms, found ${quote(line)}. ${hint}`);
    }
    [this.#atoms, this.#countLine] = [count, this.#line];
  }

  #comment(line: string): Open {
    const where = this.#here();
    const keys = parseComment(line, where, (kind, text) => this.#notes.add(kind, where, text));
    const header = headerOf(keys, where, this.#notes, this.#options.requireLattice ?? false);
    const columns = this.#columns?.text === header.columns ? this.#columns : columnsOf(header.columns, where);
    this.#columns = columns;
    if (columns.note) this.#notes.add('columns', where, columns.note);
    const rows = new AtomRows(columns, { atoms: this.#atoms, heaviest: this.#options.heaviest ?? 118 });
    return { header, columns, rows };
  }

  #finished({ header, columns, rows }: Open): LabelledStructure {
    const { all, species, positions, forces } = columns;
    const { cell, periodic, energy, stress, properties, id } = header;
    const { numbers, of } = rows.arrays();
    const others = all.filter((c) => c !== positions && c !== species && c !== forces && c.type !== 'S');
    this.count++;
    if (stress) this.#stresses.add(stress, this.#countLine + 1);
    const pulls = forces && of(forces);
    if (pulls) this.#forces.add(pulls, this.#countLine + 1);
    [this.#atoms, this.#open] = [0, undefined];
    return {
      id: id ?? `${this.#name}:${this.count}`,
      numbers,
      positions: of(positions),
      cell,
      periodic,
      ...(energy === undefined ? {} : { energy }),
      ...(pulls ? { forces: pulls } : {}),
      ...(stress ? { stress } : {}),
      properties,
      arrays: Object.fromEntries(others.map((c) => [c.name, of(c)])),
    };
  }
}
