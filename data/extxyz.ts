/**
 * Reads extended XYZ: a count, a comment line of key=value pairs, and a line per atom; plain or gzipped.
 *
 * The comment grammar is the one that ASE and most tools write: bare keys are true, values may be quoted, arrays
 * stand in quotes, braces or brackets. Every error names file and line. Labels that are not finite are errors.
 */
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { determinant, independent } from '../graph/index.ts';
import { detached, type Keys, parseComment, property, quote, real, wordsIn } from './comment-line.ts';
import { atomicNumber } from './elements.ts';
import { DataError, type LabelledStructure } from './labelled.ts';

export interface ReadOptions {
  /** A structure without Lattice is an error (default: it is read as a molecule). */
  readonly requireLattice?: boolean;
}

/** All structures of a file, in order. */
export async function readExtxyz(path: string, options: ReadOptions = {}): Promise<LabelledStructure[]> {
  const structures = parseExtxyz(await readText(path), path, options);
  if (structures.length === 0) throw new DataError(path, 'expected at least one structure, found an empty file.');
  return structures;
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    if ((await stat(path)).isDirectory())
      throw new DataError(path, 'expected a file, found a directory. Name one file in it.');
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DataError(
      path,
      missing ? 'no such file. Check the path.' : `cannot be read (${(error as Error).message}).`,
    );
  }
  // Compression is told by the content: names lie.
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    if (!zipped) return bytes.toString('utf8');
    return (await promisify(gunzip)(bytes)).toString('utf8');
  } catch (error) {
    const tooLong = ['ERR_STRING_TOO_LONG', 'ERR_BUFFER_TOO_LARGE'].includes(
      (error as NodeJS.ErrnoException).code ?? '',
    );
    throw new DataError(
      path,
      tooLong
        ? 'the text is longer than 512 MB. Split the file.'
        : `the gzip data are damaged or cut short (${(error as Error).message}). Fetch the file again.`,
    );
  }
}

/** Structures of a text; `name` stands for the file in messages and ids. */
export function parseExtxyz(
  text: string,
  name = 'text',
  { requireLattice = false }: ReadOptions = {},
): LabelledStructure[] {
  const lines = text.split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop();
  const structures: LabelledStructure[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at]!.trim() === '') {
      at++;
      continue;
    }
    const where = (line: number) => `${name}:${line + 1}`;
    const count = Number(lines[at]);
    if (!Number.isInteger(count) || count < 1 || !/^\s*\d+\s*$/.test(lines[at]!)) {
      throw new DataError(
        where(at),
        `expected the number of atoms, found ${quote(lines[at]!)}. Is the count of the previous structure right?`,
      );
    }
    if (at + 1 >= lines.length)
      throw new DataError(where(at), 'expected a comment line after the count, found the end of the file.');
    if (at + 2 + count > lines.length) {
      throw new DataError(
        where(at),
        `expected ${count} atoms, found ${lines.length - at - 2} lines before the end of the file. Is the file cut short?`,
      );
    }
    const keys = parseComment(lines[at + 1]!, where(at + 1));
    const atoms = lines.slice(at + 2, at + 2 + count);
    structures.push(
      structureOf(keys, atoms, (k) => where(k), at + 1, `${name}:${structures.length + 1}`, requireLattice),
    );
    at += 2 + count;
  }
  return structures;
}

const TRUTH: ReadonlyMap<string, number> = new Map([
  ...['T', '1', 'true', 'True'].map((word) => [word, 1] as const),
  ...['F', '0', 'false', 'False'].map((word) => [word, 0] as const),
]);

interface Column {
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly width: number;
}

function columnsOf(keys: Keys, where: string): { columns: Column[]; width: number } {
  const text = keys.get('Properties') ?? 'species:S:1:pos:R:3';
  const parts = String(text).split(':');
  const columns: Column[] = [];
  let width = 0;
  for (let k = 0; k < parts.length; k += 3) {
    const [name, type, count] = [parts[k]!, parts[k + 1] ?? '', Number(parts[k + 2])];
    if (!/^[SRIL]$/.test(type) || !Number.isInteger(count) || count < 1) {
      throw new DataError(
        where,
        `expected Properties as name:type:columns with type S, R, I or L, found ${quote(String(text))}.`,
      );
    }
    columns.push({ name, type, start: width, width: count });
    width += count;
  }
  return { columns, width };
}

/** Keys with a place of their own in a structure. */
export const SPECIAL: ReadonlySet<string> = new Set(['Lattice', 'Properties', 'pbc', 'energy', 'stress', 'virial']);
/** The first that is there is the energy; others are properties. */
export const ENERGIES: readonly string[] = ['energy', 'Energy', 'free_energy'];
/** Keys that name a structure, first come first; always text, for 0012 is not 12. */
const IDS = ['material_id', 'source_id', 'name'];

function structureOf(
  keys: Keys,
  atoms: readonly string[],
  place: (line: number) => string,
  commentLine: number,
  fallbackId: string,
  requireLattice: boolean,
): LabelledStructure {
  const where = place(commentLine);
  const list = (key: string, sizes: readonly number[]): number[] | undefined => {
    const value = keys.get(key);
    if (value === undefined) return undefined;
    const numbers = wordsIn(String(value)).map(real);
    if (!sizes.includes(numbers.length) || !numbers.every(Number.isFinite)) {
      throw new DataError(
        where,
        `expected ${key} as ${sizes.join(' or ')} finite numbers, found ${quote(String(value))}.`,
      );
    }
    return numbers;
  };
  const lattice = list('Lattice', [9, 3]);
  const pbc = keys.get('pbc');
  const flags =
    pbc === undefined
      ? undefined
      : String(pbc)
          .replace(/[[\]{}",]/g, ' ')
          .trim()
          .split(/\s+/);
  if (flags && (flags.length !== 3 || !flags.every((f) => TRUTH.has(f)))) {
    throw new DataError(where, `expected pbc as three of T and F, found ${quote(String(pbc))}.`);
  }
  const periodic = (flags?.map((f) => TRUTH.get(f) === 1) ??
    [lattice, lattice, lattice].map((l) => l !== undefined)) as [boolean, boolean, boolean];
  if (!lattice && (requireLattice || periodic.some(Boolean))) {
    throw new DataError(
      where,
      'the lattice is missing: expected Lattice="ax ay az bx by bz cx cy cz" in Angstrom. Molecules need pbc="F F F".',
    );
  }
  const cell = Float64Array.from(
    lattice === undefined
      ? new Array(9).fill(0)
      : lattice.length === 9
        ? lattice
        : [lattice[0]!, 0, 0, 0, lattice[1]!, 0, 0, 0, lattice[2]!],
  );
  if (!independent(cell, periodic)) {
    throw new DataError(
      where,
      `the lattice vectors that repeat are linearly dependent: ${quote([...cell].join(' '))}. Check Lattice and pbc.`,
    );
  }

  const { columns, width } = columnsOf(keys, where);
  const rows = atoms.map((line, k) => {
    const fields = line.trim().split(/\s+/);
    if (fields.length !== width) {
      throw new DataError(
        place(commentLine + 1 + k),
        `expected ${width} columns (${columns.map((c) => c.name).join(', ')}), found ${fields.length} in ${quote(line)}.`,
      );
    }
    return fields;
  });
  const reals = ({ name, start, width: size, type }: Column): Float64Array =>
    Float64Array.from({ length: rows.length * size }, (_, k) => {
      const [row, text] = [Math.floor(k / size), rows[Math.floor(k / size)]![start + (k % size)]!];
      const value = type === 'L' ? (TRUTH.get(text) ?? Number.NaN) : real(text);
      if (!Number.isFinite(value) || (type === 'I' && !Number.isInteger(value))) {
        const kind = { L: 'T or F', I: 'an integer' }[type] ?? 'a finite number';
        throw new DataError(
          place(commentLine + 1 + row),
          `expected ${kind} for ${name} of atom ${row + 1}, found ${quote(text)}.`,
        );
      }
      return value;
    });
  const column = (...names: string[]) => columns.find((c) => names.includes(c.name));
  const positions = column('pos', 'positions');
  if (positions?.width !== 3) throw new DataError(where, 'expected a column pos:R:3 among Properties.');
  const species = column('species', 'symbols', 'element', 'Z', 'numbers');
  if (!species) throw new DataError(where, 'expected a column species:S:1 (or Z:I:1) among Properties.');
  const numbers = Int32Array.from(rows, (fields, k) => {
    const text = fields[species.start]!;
    const number = species.type === 'I' ? real(text) : atomicNumber(text);
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > 118) {
      throw new DataError(
        place(commentLine + 1 + k),
        `expected a chemical element, found ${quote(text)} (atom ${k + 1}).`,
      );
    }
    return number;
  });
  const force = column('forces', 'force');
  if (force && force.width !== 3)
    throw new DataError(where, `expected ${force.name}:R:3, found ${force.width} columns.`);
  const used = new Set([positions, species, force]);
  const arrays = Object.fromEntries(
    columns.filter((c) => !used.has(c) && c.type !== 'S').map((c) => [c.name, reals(c)]),
  );

  const energyKey = ENERGIES.find((key) => keys.has(key));
  const energy = energyKey === undefined ? undefined : list(energyKey, [1])![0]!;
  const properties = Object.fromEntries(
    [...keys]
      .filter(([key]) => !SPECIAL.has(key) && key !== energyKey)
      .map(([key, value]) => [key, IDS.includes(key) && value !== true ? detached(value) : property(value)]),
  );
  const id = IDS.map((key) => properties[key]).find((value) => typeof value === 'string');
  const stress = stressOf(list('stress', [9, 6]), list('virial', [9, 6]), cell, where);
  return {
    id: id ?? fallbackId,
    numbers,
    positions: reals(positions),
    cell,
    periodic,
    ...(energy === undefined ? {} : { energy }),
    ...(force ? { forces: reals(force) } : {}),
    ...(stress ? { stress } : {}),
    properties,
    arrays,
  };
}

/** Six numbers are xx yy zz yz xz xy (Voigt). A virial is -V stress (ASE's convention). */
function stressOf(
  stress: number[] | undefined,
  virial: number[] | undefined,
  cell: Float64Array,
  where: string,
): Float64Array | undefined {
  const numbers = stress ?? virial;
  if (!numbers) return undefined;
  const name = stress ? 'stress' : 'virial';
  const volume = Math.abs(determinant(cell));
  const full = numbers.length === 9 ? numbers : [0, 5, 4, 5, 1, 3, 4, 3, 2].map((k) => numbers[k]!);
  const scale = stress ? 1 : -1 / volume;
  const scaled = Float64Array.from(full, (x) => x * scale);
  if (volume === 0 || !scaled.every(Number.isFinite)) {
    throw new DataError(
      where,
      `a ${name} needs a cell with a volume, found ${volume} A^3. Remove ${name}, or check Lattice.`,
    );
  }
  return scaled;
}
