/**
 * Reference energies of several sources: total energies of different files lie on different scales, so each source has
 * its own energies of elements, fitted on its own training structures.
 *
 * No sources at all stand for learning total energies as they are (preset `paper`). An element that a source's training
 * part lacks counts as data/references.ts says, and `uncovered` tells.
 */
import { exactly, list, number, record, string, type TypeOf, where } from '../text/schema.ts';
import { atomicNumber, type EnergyOf, fitReferences, type References, referenceEnergy, symbolOf } from './index.ts';
import { nearest } from './nearest.ts';

/** eV an atom, by atomic number, of each source; empty: no references. */
export type SourceReferences = ReadonlyMap<string, References>;

export interface OfSource<S extends EnergyOf = EnergyOf> {
  readonly source: string;
  readonly structure: S;
}

/** Reference energies of every source in the training structures, each from its own; none for an empty list. */
export function fitSources(training: readonly OfSource[]): SourceReferences {
  const structures = new Map<string, EnergyOf[]>();
  for (const { source, structure } of training) {
    const known = structures.get(source);
    if (known) known.push(structure);
    else structures.set(source, [structure]);
  }
  return new Map([...structures].map(([source, own]) => [source, fitReferences(own)]));
}

/** The references of one source. */
function ofSource(references: SourceReferences, source: string): References {
  const own = references.get(source);
  if (own) return own;
  throw new Error(
    `There are no reference energies of source '${source}'; known are ${nearest(source, [...references.keys()]).join(', ')}. ` +
      'Energies of another source lie on another scale: pre-train with it, or compare forces only.',
  );
}

/** Sum of the reference energies of these atoms in eV; 0 where no references are used. */
export const referenceOf = (references: SourceReferences, source: string, numbers: Int32Array): number =>
  references.size === 0 ? 0 : referenceEnergy(ofSource(references, source), numbers);

export interface Uncovered {
  readonly source: string;
  /** Chemical symbol. */
  readonly element: string;
  /** How many structures contain it. */
  readonly structures: number;
}

/** Elements that structures contain but the training part of their source did not: the mean of the others stands in. */
export function uncovered(references: SourceReferences, structures: readonly OfSource[]): Uncovered[] {
  if (references.size === 0) return [];
  const found = new Map<string, Uncovered>();
  for (const { source, structure } of structures) {
    const own = ofSource(references, source);
    // A source without any energies has no references to speak of.
    if (own.size === 0) continue;
    for (const number of new Set(structure.numbers)) {
      if (own.has(number)) continue;
      const place = `${number} ${source}`;
      const known = found.get(place)?.structures ?? 0;
      found.set(place, { source, element: symbolOf(number), structures: known + 1 });
    }
  }
  return [...found.values()];
}

/** One line a source for people, e.g. `mptrj: no reference energy for Tc (2 structures), Ac (1); the mean of the others stands in`. */
export function printUncovered(list: readonly Uncovered[]): string[] {
  const sources = [...new Set(list.map(({ source }) => source))];
  return sources.map((name) => {
    const own = list.filter(({ source }) => source === name);
    const elements = own.map(
      ({ element, structures }, k) => `${element} (${structures}${k === 0 ? ' structures' : ''})`,
    );
    return `${name}: no reference energy for ${elements.join(', ')}; the mean of the others stands in`;
  });
}

/** References this many times as large as all energies per atom say more of rounding and noise than of atoms. */
const STRANGE = 10;

/**
 * One line for each reference that lies far beyond the energies per atom it was fitted to: nearly the same ratio of two
 * elements in all structures blows up their difference.
 */
export function strangeReferences(references: SourceReferences, training: readonly OfSource[]): string[] {
  const largest = new Map<string, number>();
  for (const { source, structure } of training) {
    if (structure.energy === undefined) continue;
    const size = Math.abs(structure.energy / structure.numbers.length);
    largest.set(source, Math.max(size, largest.get(source) ?? 0));
  }
  return [...references].flatMap(([source, own]) => {
    const most = largest.get(source) ?? 0;
    const strange = [...own].filter(([, energy]) => Math.abs(energy) > STRANGE * most);
    return strange.map(
      ([number, energy]) =>
        `${source}: the reference energy of ${symbolOf(number)} is ${energy.toPrecision(4)} eV, though no energy per atom ` +
        `is larger than ${most.toPrecision(4)} eV. Is an energy wrong? Else give structures with other shares of ` +
        `${symbolOf(number)}, or learn raw totals (references=none)`,
    );
  });
}

const symbol = where(string, (text) => atomicNumber(text) !== undefined, 'a chemical symbol');

const schema = list(
  exactly({
    source: string,
    /** eV an atom, by chemical symbol. */
    references: record(number, symbol),
  }),
);

/** As plain JSON, for a checkpoint; elements under their symbols, eV an atom. */
export const sourcesToJson = (references: SourceReferences): TypeOf<typeof schema> =>
  [...references].map(([source, own]) => ({
    source,
    references: Object.fromEntries([...own].map(([number, energy]) => [symbolOf(number), energy])),
  }));

/** Back from JSON; `place` stands for the checkpoint in messages. */
export function sourcesFromJson(json: unknown, place: string): SourceReferences {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new Error(
      `${place}: expected reference energies as a list of {source, references: {symbol: eV}}; ` +
        `${path.join('.') || 'the list'}: ${message}. Is it the checkpoint of a pre-training?`,
    );
  }
  return new Map(
    parsed.data.map(({ source, references }) => [
      source,
      new Map(Object.entries(references).map(([symbol, energy]) => [atomicNumber(symbol)!, energy])),
    ]),
  );
}
