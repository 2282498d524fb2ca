/**
 * All file formats, and the reading of files in any of them. A format is added here, by a line, and in a file of its own.
 *
 * A file is read once, in pieces: what its digest says is what was parsed, so pipes are data like files. In memory a
 * structure takes its numbers (52 bytes an atom with forces) and about 2.3 kB besides.
 */
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { DataError } from '../files/errors.ts';
import { type ByteOptions, bytesOf } from './bytes.ts';
import { extxyz } from './extxyz.ts';
import type { Format, ParseOptions } from './format.ts';
import type { LabelledStructure } from './labelled.ts';

/** The first one is taken for names that tell nothing, such as /dev/stdin. */
export const FORMATS: readonly Format[] = [extxyz];

/** The ending of a file's name that belongs to a format, with `.gz` if that follows; undefined if there is none. */
export function endingOf(name: string): string | undefined {
  const all = FORMATS.flatMap(({ endings }) => endings).flatMap((ending) => [ending, `${ending}.gz`]);
  return all.find((ending) => name.toLowerCase().endsWith(ending));
}

/** The format that the name of a file tells; `.gz` at its end does not count. */
export function formatOf(name: string): Format {
  const ending = endingOf(name)?.replace(/\.gz$/, '');
  return FORMATS.find(({ endings }) => endings.some((one) => one === ending)) ?? FORMATS[0];
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
 * the file in messages and ids, and tells the format. Throws DataError on what is no data.
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
  const reading = formatOf(name).structuresIn(hashed, name, options);
  let count = 0;
  for (;;) {
    const next = await reading.next();
    if (next.done) {
      if (count === 0) throw new DataError(name, 'expected at least one structure, found an empty file.');
      return { sha256: hash.digest('hex'), notes: next.value };
    }
    count++;
    yield next.value;
  }
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

/**
 * All structures of a file, in order, in whatever format it is, with labels in eV, eV/A and eV/A^3. Throws a DataError
 * on what cannot be read or is no data, on an empty file, and on more structures than fit into memory.
 *
 * @example
 * // no-run: needs a file
 * const all = await readStructures('data.extxyz.gz');
 * console.log(all.length, all[0].energy);
 */
export const readStructures = async (path: string, options: ReadOptions = {}): Promise<LabelledStructure[]> =>
  (await readDataFile(path, options)).structures;
