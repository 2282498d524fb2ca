/**
 * Reads extended XYZ, plain or gzipped: for each structure a count, a comment line of key=value pairs, and a line for
 * each atom (github.com/libAtoms/extxyz).
 *
 * A file is read once, in pieces: what its digest says is what was parsed, so pipes are data like files. Every error
 * names file and line. Labels that are not finite are errors. In memory a structure takes its numbers (52 bytes an
 * atom with forces) and about 2.3 kB besides.
 */
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { DataError } from '../files/errors.ts';
import { quote } from '../text/printable.ts';
import { AtomRows } from './atom-rows.ts';
import { type ByteOptions, bytesOf } from './bytes.ts';
import { type Columns, columnsOf } from './columns.ts';
import { isSpace, parseComment } from './comment-line.ts';
import { type Header, headerOf } from './header.ts';
import { ForceSizes, StressSizes } from './label-sizes.ts';
import type { LabelledStructure } from './labelled.ts';
import { Notes } from './notes.ts';
import { textBlocks } from './text-blocks.ts';

/** What is an error in a text of structures. */
export interface ParseOptions {
  /** Whether a structure without Lattice is an error (default: it is read as a molecule). */
  readonly requireLattice?: boolean;
  /** The greatest atomic number; heavier elements are an error (default: 118, all that there are). */
  readonly heaviest?: number;
}

export interface ReadOptions extends ParseOptions, ByteOptions {
  /** How many bytes the structures may take together (default: most of what the process can have). */
  readonly memory?: number;
}

/** What is known when a file has been read to its end. */
export interface ReadRecord {
  /** SHA-256 of the bytes that were parsed, as they came (zipped bytes, if they were zipped); hexadecimal. */
  readonly sha256: string;
  /** What was read, but may have been meant otherwise; one line each. */
  readonly notes: readonly string[];
}

/** All structures of a file, with the record of its reading. */
export interface DataFile extends ReadRecord {
  readonly structures: LabelledStructure[];
}

/**
 * The structures in chunks of bytes, which may be cut anywhere; at the end the record of the reading. `name` stands for
 * the file in messages and ids. Throws DataError on what is no data.
 */
export async function* structuresIn(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  options: ParseOptions = {},
): AsyncGenerator<LabelledStructure, ReadRecord> {
  const hash = createHash('sha256');
  const hashed = (async function* () {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  })();
  const frames = new Frames(name, options);
  for await (const block of textBlocks(hashed, name)) yield* frames.read(block);
  frames.end();
  if (frames.count === 0) throw new DataError(name, 'expected at least one structure, found an empty file.');
  return { sha256: hash.digest('hex'), notes: frames.notes() };
}

/**
 * The structures of a file, a pipe or /dev/stdin one after the other, none of them kept; at the end the record of the
 * reading. Throws DataError on what cannot be read or is no data.
 *
 * Example: `for await (const structure of structuresOf('data.extxyz.gz')) count += structure.numbers.length;`
 */
export const structuresOf = (path: string, options: ReadOptions = {}): AsyncGenerator<LabelledStructure, ReadRecord> =>
  structuresIn(bytesOf(path, options), path, options);

/** Bytes that structures may take: objects lie in the heap of JavaScript, numbers beside it. */
const mostMemory = (): { objects: number; numbers: number } => ({
  objects: 0.7 * getHeapStatistics().heap_size_limit,
  numbers: 0.7 * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
});

/** About what a structure takes beside its numbers: the objects, and texts of properties. */
function objectBytes({ properties, arrays }: LabelledStructure): number {
  let bytes = 1500;
  for (const value of Object.values(properties)) {
    bytes += 32 + (typeof value === 'string' ? value.length : typeof value === 'object' ? 8 * value.length : 0);
  }
  return bytes + 250 * Object.keys(arrays).length;
}

function numberBytes({ numbers, positions, forces, arrays }: LabelledStructure): number {
  const columns = Object.values(arrays).reduce((sum, list) => sum + list.byteLength, 0);
  return numbers.byteLength + positions.byteLength + (forces?.byteLength ?? 0) + columns + 300;
}

/**
 * All structures of a file, a pipe or /dev/stdin, in order, with what is known about the reading. Throws a DataError on
 * what cannot be read or is no data, and on more structures than fit into memory.
 *
 *   const { structures, sha256, notes } = await readDataFile('data.extxyz.gz');
 */
export async function readDataFile(path: string, options: ReadOptions = {}): Promise<DataFile> {
  const most = mostMemory();
  const { memory = Number.POSITIVE_INFINITY } = options;
  let [objects, numbers] = [0, 0];
  const structures: LabelledStructure[] = [];
  const reading = structuresOf(path, options);
  for (;;) {
    const next = await reading.next();
    if (next.done) return { structures, ...next.value };
    structures.push(next.value);
    objects += objectBytes(next.value);
    numbers += numberBytes(next.value);
    if (objects > most.objects || numbers > most.numbers || objects + numbers > memory) {
      await reading.return(undefined as never);
      throw new DataError(
        path,
        `has more structures than fit into memory: after ${structures.length} they take ${((objects + numbers) / 1e9).toPrecision(2)} GB. ` +
          'Give a part of the file, or more memory (NODE_OPTIONS=--max-old-space-size=MEGABYTES).',
      );
    }
  }
}

/** All structures of a file, in order. Throws a DataError as `readDataFile` does. */
export const readExtxyz = async (path: string, options: ReadOptions = {}): Promise<LabelledStructure[]> =>
  (await readDataFile(path, options)).structures;

/** The structures of a text; `name` stands for the file in messages and ids. Throws a DataError on what is no data. */
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
