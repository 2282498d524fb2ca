/**
 * What the keys of a comment line say about a structure: cell, periodicity, columns, energy, stress, other properties.
 *
 * Keys with a place of their own are known in any case. A crystal never becomes a molecule in silence, and what is
 * read but may have been meant otherwise earns a note.
 */

import { DataError } from '../files/errors.ts';
import { determinant } from '../graph/index.ts';
import { independent } from '../graph/lattice.ts';
import { quote } from '../text/printable.ts';
import { detached, type Keys, property, wordsIn } from './comment-line.ts';
import { real, realAt } from './decimal.ts';
import type { Property } from './labelled.ts';
import { largestMagnitude } from './lists.ts';
import type { Notes } from './notes.ts';
import { symmetricFromVoigt } from './voigt.ts';

/** The keys that have a place of their own, in lower case; they may be written in upper or lower case. */
const SPECIAL: readonly string[] = ['lattice', 'properties', 'pbc', 'stress', 'virial', 'energy'];
/** The keys that name a structure; the first one counts. Their values are always texts, since 0012 is not 12. */
export const IDS: readonly string[] = ['material_id', 'source_id', 'name'];

/** The key of the energy: `energy` comes before its other spellings, and these come before the free energy. */
const energyKey = (keys: Iterable<string>): string | undefined => {
  const names = [...keys];
  const found = ['energy', 'Energy'].find((name) => names.includes(name));
  return (
    found ??
    names.find((name) => name.toLowerCase() === 'energy') ??
    names.find((name) => name.toLowerCase() === 'free_energy')
  );
};

/** Whether a key is read as something else than a property; `energy` says whether the structure has an energy. */
export const isTaken = (key: string, energy: boolean): boolean => {
  const name = key.toLowerCase();
  return (
    (SPECIAL.includes(name) && !(energy && name === 'energy' && key !== 'energy')) ||
    (!energy && name === 'free_energy')
  );
};

/** The words for true (1) and false (0). */
export const TRUTH: ReadonlyMap<string, number> = new Map([
  ...['T', '1', 'true', 'True'].map((word) => [word, 1] as const),
  ...['F', '0', 'false', 'False'].map((word) => [word, 0] as const),
]);

/** What a comment line says of its structure. */
export interface Header {
  readonly cell: Float64Array;
  readonly periodic: readonly [boolean, boolean, boolean];
  /** The text of Properties. */
  readonly columns: string;
  readonly energy?: number;
  readonly stress?: Float64Array;
  readonly properties: Record<string, Property>;
  /** What the file calls the structure. */
  readonly id?: string;
}

/** A comment line, in which keys are looked up whatever their case. */
class Line {
  readonly #special = new Map<string, string>();
  readonly keys: Keys;
  readonly where: string;

  constructor(keys: Keys, where: string) {
    this.keys = keys;
    this.where = where;
    for (const key of keys.keys()) {
      const name = key.toLowerCase();
      if (!SPECIAL.includes(name) || name === 'energy') continue;
      const other = this.#special.get(name);
      if (other !== undefined) {
        throw new DataError(where, `${quote(other)} and ${quote(key)} mean the same. Keep the one that is meant.`);
      }
      this.#special.set(name, key);
    }
  }

  /** The text of a special key, under the name it has in the line. */
  text(name: string): { readonly key: string; readonly value: string } | undefined {
    const key = this.#special.get(name) ?? name;
    const value = this.keys.get(key);
    if (value === undefined) return undefined;
    if (value === true) throw new DataError(this.where, `expected ${quote(key)} with a value, found none.`);
    return { key, value };
  }

  numbers(name: string, sizes: readonly number[]): number[] | undefined {
    const found = this.text(name);
    if (!found) return undefined;
    const numbers = wordsIn(found.value).map((word) => realAt(word, 0, word.length));
    if (sizes.includes(numbers.length) && numbers.every(Number.isFinite)) return numbers;
    const wanted = `${sizes.join(' or ')} finite ${sizes[0] === 1 ? 'number' : 'numbers'}`;
    throw new DataError(this.where, `expected ${found.key} as ${wanted}, found ${quote(found.value)}.`);
  }
}

function flagsOf(line: Line): [boolean, boolean, boolean] | undefined {
  const pbc = line.text('pbc');
  if (!pbc) return undefined;
  const flags = wordsIn(pbc.value.replaceAll('"', ' '));
  if (flags.length !== 3 || !flags.every((flag) => TRUTH.has(flag))) {
    throw new DataError(line.where, `expected pbc as three of T and F, found ${quote(pbc.value)}.`);
  }
  return flags.map((flag) => TRUTH.get(flag) === 1) as [boolean, boolean, boolean];
}

/** The names that other programs give to a lattice. */
const LIKE_LATTICE = /cell|latt|box|^h$|^h_?mat|^tv$|^abc$|basis_?vec/i;

/** Notes a structure without Lattice that seems to have one, or that does not say that it is a molecule. */
function noteMolecule(line: Line, saysPeriodicity: boolean, notes: Notes): void {
  const likely = [...line.keys].find(([key, value]) => {
    const words = value === true ? [] : wordsIn(value.replaceAll('"', ' '));
    return LIKE_LATTICE.test(key) && [3, 6, 9].includes(words.length) && words.every((w) => Number.isFinite(real(w)));
  });
  if (likely) {
    notes.add(
      'like a lattice',
      line.where,
      `${quote(likely[0])} looks like a lattice, but only Lattice="ax ay az bx by bz cx cy cz" is one; ` +
        'the structure is read as a molecule. Rename the key if it is a crystal.',
    );
  } else if (!saysPeriodicity) {
    notes.add(
      'molecule',
      line.where,
      'neither Lattice nor pbc is there, so the structure is read as a molecule. Write pbc="F F F" if it is one.',
    );
  }
}

function cellOf(line: Line, notes: Notes, requireLattice: boolean): Pick<Header, 'cell' | 'periodic'> {
  const lattice = line.numbers('lattice', [9, 3]);
  const flags = flagsOf(line);
  const periodic = flags ?? ([lattice, lattice, lattice].map((l) => l !== undefined) as [boolean, boolean, boolean]);
  if (!lattice && (requireLattice || periodic.some(Boolean))) {
    throw new DataError(
      line.where,
      'the lattice is missing: expected Lattice="ax ay az bx by bz cx cy cz" in Angstrom. Molecules need pbc="F F F".',
    );
  }
  if (!lattice) noteMolecule(line, flags !== undefined, notes);
  const [a = 0, b = 0, c = 0] = lattice ?? [];
  const cell = Float64Array.from(lattice?.length === 9 ? lattice : [a, 0, 0, 0, b, 0, 0, 0, c]);
  if (!independent(cell, periodic)) {
    throw new DataError(
      line.where,
      `the lattice vectors that repeat are linearly dependent: ${quote([...cell].join(' '))}. Check Lattice and pbc.`,
    );
  }
  return { cell, periodic };
}

/**
 * A stress or a virial in eV/A^3. Six numbers are xx yy zz yz xz xy (Voigt). A virial is -V stress (ASE's convention).
 */
function stressFrom(line: Line, name: 'stress' | 'virial', cell: Float64Array): Float64Array | undefined {
  const numbers = line.numbers(name, [9, 6]);
  if (!numbers) return undefined;
  const volume = Math.abs(determinant(cell));
  const full = numbers.length === 9 ? numbers : symmetricFromVoigt(numbers);
  const scale = name === 'stress' ? 1 : -1 / volume;
  const scaled = Float64Array.from(full, (x) => x * scale);
  if (volume === 0 || !scaled.every(Number.isFinite)) {
    throw new DataError(
      line.where,
      `a ${name} needs a cell with a volume, found ${volume} A^3. Remove ${name}, or check Lattice.`,
    );
  }
  return scaled;
}

/** Stress and virial contradict each other if they differ by more than this share of the larger one. */
const AGREEING = 0.01;

/** The stress, else what the virial says; a note if they contradict each other. */
function stressOf(line: Line, cell: Float64Array, notes: Notes): Float64Array | undefined {
  const stress = stressFrom(line, 'stress', cell);
  if (!stress) return stressFrom(line, 'virial', cell);
  const virial = line.text('virial') && stressFrom(line, 'virial', cell);
  if (virial) {
    const apart = largestMagnitude(stress.map((x, k) => x - virial[k]));
    const size = largestMagnitude([...stress, ...virial]);
    if (apart > AGREEING * size) {
      notes.add(
        'stress and virial',
        line.where,
        'stress and virial contradict each other; the stress is taken, in eV/A^3 and positive if the cell is pulled. A virial is -volume x stress, in eV.',
      );
    }
  }
  return stress;
}

/** Units in which labels are expected, by what the name of their key begins with. */
const UNITS: readonly [RegExp, RegExp, string][] = [
  [/^(free_?)?energy_?units?$/i, /^eV(\/cell)?$/i, 'eV'],
  [/^forces?_?units?$/i, /^eV(\/|\s*per\s*|\s+)(A|Å|Ang|Angstrom)(\^?-1)?$/i, 'eV/A'],
  [/^stress(es)?_?units?$/i, /^eV(\/|\s*per\s*|\s+)(A|Å|Ang|Angstrom)(\^|\*\*)?-?3$/i, 'eV/A^3'],
  [/^virials?_?units?$/i, /^eV$/i, 'eV'],
  [/^(pos|positions?|lattice|cell|length|distance)_?units?$/i, /^(A|Å|Ang|Angstroms?)$/i, 'Angstrom'],
];

function noteUnits(line: Line, notes: Notes): void {
  for (const [key, value] of line.keys) {
    if (value === true || !/units?$/i.test(key)) continue;
    const [, expected, unit] = UNITS.find(([name]) => name.test(key)) ?? [];
    if (expected && !expected.test(value.trim())) {
      const text = `${quote(key)} says ${quote(value)}, but numbers are read as ${unit}, never converted. Convert them.`;
      notes.add(`unit ${key}`, line.where, text);
    }
  }
}

/** One copy of each name of a key is kept, since names are few and come with every structure. */
const names = new Map<string, string>();
function nameOf(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size > 10_000) names.clear();
  const copy = detached(key);
  names.set(copy, copy);
  return copy;
}

/** What the keys of a comment line say. Throws a DataError at `where` for keys that cannot be what they say. */
export function headerOf(keys: Keys, where: string, notes: Notes, requireLattice: boolean): Header {
  const line = new Line(keys, where);
  const { cell, periodic } = cellOf(line, notes, requireLattice);
  const energyName = energyKey(keys.keys());
  const energy = energyName === undefined ? undefined : line.numbers(energyName, [1])![0];
  noteUnits(line, notes);
  const properties = Object.fromEntries(
    [...keys]
      .filter(([key]) => key !== energyName && !isTaken(key, energyName !== undefined))
      .map(([key, value]) => [nameOf(key), IDS.includes(key) && value !== true ? detached(value) : property(value)]),
  );
  const id = IDS.map((key) => properties[key]).find((value) => typeof value === 'string');
  const stress = stressOf(line, cell, notes);
  return {
    cell,
    periodic,
    columns: line.text('properties')?.value ?? 'species:S:1:pos:R:3',
    ...(energy === undefined ? {} : { energy }),
    ...(stress ? { stress } : {}),
    properties,
    ...(id === undefined ? {} : { id }),
  };
}
