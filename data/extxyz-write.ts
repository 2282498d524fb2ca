/**
 * Writes extended XYZ, plain or gzipped, as a stream. Numbers are written so that reading gives the same float64 again.
 *
 * A file appears complete or not at all, and nothing is written that the reader would refuse. A text that looks like
 * a number, a truth value or a list is read back as that: the format does not tell them apart.
 */
import { createGzip } from 'node:zlib';
import { writeAtomic } from '../files/atomic.ts';
import { DataError } from '../files/errors.ts';
import { determinant } from '../graph/index.ts';
import { quote } from '../text/printable.ts';
import { isNestedValue } from './comment-line.ts';
import { symbolOf } from './elements.ts';
import { IDS, isTaken } from './header.ts';
import type { LabelledStructure, Property } from './labelled.ts';

/** A text as a key or a value. Of nested values only the quotes are escaped, as ASE does it. */
function quoted(text: string): string {
  if (/^[^\s"'={}[\],]+$/.test(text)) return text;
  const escaped = isNestedValue(text)
    ? text.replaceAll('"', '\\"')
    : text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}

/** The shortest decimals that give the number back; -0 keeps its sign. */
const decimal = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
const decimals = (list: ArrayLike<number>): string => Array.from(list, decimal).join(' ');

function value(property: Property): string {
  if (typeof property === 'boolean') return property ? 'T' : 'F';
  if (typeof property === 'string') return quoted(property);
  return typeof property === 'number' ? decimal(property) : `"${decimals(property)}"`;
}

interface Column {
  readonly name: string;
  readonly data: Float64Array;
  readonly width: number;
}

/** Throws for what the reader would refuse or misread. */
function checkWritable(structure: LabelledStructure, columns: readonly Column[]): void {
  const { id, numbers, cell, energy = 0, stress = [], properties } = structure;
  const refuse = (reason: string): never => {
    throw new DataError(id, `cannot be written: ${reason}.`);
  };
  if (numbers.length === 0) refuse('it has no atoms');
  if (stress.length > 0 && determinant(cell) === 0) refuse('its cell has a stress but no volume');
  const lists = { cell, energy: [energy], stress, ...Object.fromEntries(columns.map((c) => [c.name, c.data])) };
  for (const [name, list] of Object.entries(lists)) {
    const bad = Array.from(list).find((x) => !Number.isFinite(x));
    if (bad !== undefined) refuse(`${name} holds ${bad}, expected finite numbers`);
  }
  for (const { name, width } of columns) {
    if (!Number.isInteger(width) || width < 1) refuse(`${name} has ${width} numbers an atom, expected 1, 2, 3 ...`);
    if (!/^[^\s:="'{}[\]]+$/.test(name)) refuse(`${quote(name)} is no name for a column`);
  }
  if (new Set(columns.map((c) => c.name)).size < columns.length) refuse('two columns have one name');
  for (const [key, property] of Object.entries(properties)) {
    if (key === '' || isTaken(key, structure.energy !== undefined)) refuse(`${quote(key)} is no name for a property`);
    if (typeof property === 'number' && !Number.isFinite(property)) refuse(`${key} is ${property}`);
  }
}

/** Rows in one piece of text. */
const ROWS = 1000;

/** One structure as pieces of text, the last ending in a newline. */
function* pieces(structure: LabelledStructure): Generator<string> {
  const { numbers, positions, cell, periodic, energy, forces, stress, properties, arrays, id } = structure;
  const atoms = numbers.length;
  const columns: Column[] = [
    { name: 'pos', data: positions, width: 3 },
    ...(forces ? [{ name: 'forces', data: forces, width: 3 }] : []),
    ...Object.entries(arrays).map(([name, data]) => ({ name, data, width: data.length / atoms })),
  ];
  checkWritable(structure, columns);
  const keys = [
    ...(cell.some((x) => x !== 0) ? [`Lattice="${decimals(cell)}"`] : []),
    `Properties=species:S:1${columns.map((c) => `:${c.name}:R:${c.width}`).join('')}`,
    ...(IDS.some((key) => key in properties) ? [] : [`name=${quoted(id)}`]),
    ...(energy === undefined ? [] : [`energy=${decimal(energy)}`]),
    ...(stress ? [`stress="${decimals(stress)}"`] : []),
    ...Object.entries(properties).map(([key, property]) => `${quoted(key)}=${value(property)}`),
    `pbc="${periodic.map((p) => (p ? 'T' : 'F')).join(' ')}"`,
  ];
  yield `${atoms}\n${keys.join(' ')}\n`;
  const row = (a: number) =>
    [
      symbolOf(numbers[a]),
      ...columns.map(({ data, width }) => decimals(data.subarray(a * width, (a + 1) * width))),
    ].join(' ');
  for (let first = 0; first < atoms; first += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, atoms - first) }, (_, k) => `${row(first + k)}\n`);
    yield rows.join('');
  }
}

/**
 * One structure as extended XYZ, a text that ends in a newline. Throws a DataError for what the reader would refuse or
 * misread.
 *
 * @example
 * const [copper] = parseExtxyz('1\nProperties=species:S:1:pos:R:3 energy=-3.5\nCu 0 0 0\n', 'copper');
 * formatExtxyz(copper).split('\n')[2];  // Cu 0 0 0
 */
export const formatExtxyz = (structure: LabelledStructure): string => [...pieces(structure)].join('');

/**
 * Writes structures to a file in extended XYZ, gzipped when its name ends in .gz. Throws a DataError, and leaves what
 * was there before, for a structure that the reader would refuse or misread.
 *
 * @example
 * // no-run: writes a file
 * const made = await universe({ count: 10 });
 * await writeExtxyz('metals.extxyz.gz', made);
 */
export async function writeExtxyz(
  path: string,
  structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>,
): Promise<void> {
  async function* texts() {
    for await (const structure of structures) yield* pieces(structure);
  }
  await writeAtomic(path, texts(), path.endsWith('.gz') ? [createGzip()] : []);
}
