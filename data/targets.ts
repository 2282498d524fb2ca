/**
 * The property that a fine-tuning learns: one finite number a structure, under a key of the comment lines, and its unit.
 *
 * The key is named by the file (`target=...`) unless given. A unit belongs to the file's own target: for another key it
 * must be given, since it cannot be guessed.
 */
import type { LabelledStructure, Property } from './index.ts';
import { nearest } from './nearest.ts';

export interface TargetOptions {
  /** Leaves out structures without a value instead of refusing the file. */
  readonly dropMissing?: boolean;
  /** The unit of the values; it must not contradict the file. */
  readonly unit?: string;
}

export interface Targets {
  readonly key: string;
  readonly unit: string;
  /** Structures that have the target, in their order, and their values. */
  readonly structures: readonly LabelledStructure[];
  readonly values: Float64Array;
  /** Warnings for people. */
  readonly notes: readonly string[];
}

/** How tables write that there is no value. */
const MISSING = /^(nan|none|null|n\/?a|-*)$/i;
/** Keys that say what another key means. */
const ABOUT = new Set(['target', 'unit']);

const labelOf = (structure: LabelledStructure, key: string): Property | undefined => {
  if (key === 'energy') return structure.energy;
  return Object.hasOwn(structure.properties, key) ? structure.properties[key] : undefined;
};

const isMissing = (value: Property | undefined): boolean =>
  value === undefined || (typeof value === 'string' && MISSING.test(value)) || Number.isNaN(value);

/** Keys with a number in some structure. */
function numericKeys(structures: readonly LabelledStructure[]): string[] {
  const keys = new Set<string>();
  for (const structure of structures) {
    if (structure.energy !== undefined) keys.add('energy');
    for (const [key, value] of Object.entries(structure.properties)) if (typeof value === 'number') keys.add(key);
  }
  return [...keys].filter((key) => !ABOUT.has(key)).sort();
}

/** Texts under a key and how often they come, most frequent first. */
function textsOf(structures: readonly LabelledStructure[], key: string): [string, number][] {
  const counts = new Map<string, number>();
  for (const { properties } of structures) {
    const value = properties[key];
    if (value === undefined || value === true) continue;
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const tally = (counts: readonly [string, number][]): string =>
  counts
    .slice(0, 5)
    .map(([text, count]) => `${text} (${count})`)
    .join(', ');

/** The key that the file names. */
function namedKey(structures: readonly LabelledStructure[]): string {
  const named = textsOf(structures, 'target');
  if (named.length === 1) return named[0][0];
  const keys = numericKeys(structures);
  if (keys.length === 0) {
    throw new Error(
      'targets: no structure has a number under a key of its comment line, expected the property to learn, such as gap=1.5.',
    );
  }
  const known = keys.join(', ');
  if (named.length === 0) {
    throw new Error(
      `targets: no target was given, and the comment lines name none (target=KEY). Keys with numbers: ${known}. Name one of them with --target KEY.`,
    );
  }
  throw new Error(
    `targets: the comment lines name several targets: ${tally(named)}. Keys with numbers: ${known}. Name one of them with --target KEY.`,
  );
}

/** The first three of some structures, with their place in the file and what was found there. */
function firstThree(structures: readonly LabelledStructure[], which: readonly number[], key: string): string {
  const shown = which.slice(0, 3).map((k) => {
    const value = labelOf(structures[k], key);
    return `${structures[k].id} (number ${k + 1}${value === undefined ? '' : `: ${JSON.stringify(value)}`})`;
  });
  return shown.join(', ') + (which.length > 3 ? ', ...' : '');
}

/** The unit of `key`: the file's, if the file means this key, or the given one. */
function unitOf(
  structures: readonly LabelledStructure[],
  key: string,
  given: string | undefined,
): { unit: string; notes: string[] } {
  const meant = structures.filter(({ properties: { target = key } }) => String(target) === key);
  const units = textsOf(meant, 'unit');
  if (units.length > 1) {
    throw new Error(
      `targets: ${key} has several units: ${tally(units)}. Convert the values to one unit, or split the file.`,
    );
  }
  const [found] = key === 'energy' && units.length === 0 ? [['eV', structures.length] as const] : units;
  if (found && given !== undefined && given !== found[0]) {
    throw new Error(
      `targets: the file says that ${key} is in ${found[0]}, and ${given} was given. Leave the unit out.`,
    );
  }
  if (given !== undefined) return { unit: given, notes: [] };
  if (!found) {
    const others =
      textsOf(structures, 'unit').length > 0 ? `; unit= belongs to ${tally(textsOf(structures, 'target'))}` : '';
    throw new Error(
      `targets: ${key} has no unit${others}. Write unit=... into the comment lines, or say it with --unit ('none' for a ` +
        'plain number).',
    );
  }
  const without = structures.length - found[1];
  const notes =
    without > 0
      ? [`${without} of ${structures.length} structures do not say the unit of ${key}; taken as ${found[0]}`]
      : [];
  return { unit: found[0], notes };
}

/**
 * The values under `key` (default: the key that the file names as its target) and their unit. Text, lists and infinite
 * values are errors; so are missing ones (no key, or NaN), unless `dropMissing`.
 */
export function targets(
  structures: readonly LabelledStructure[],
  key: string = namedKey(structures),
  { dropMissing = false, unit: given }: TargetOptions = {},
): Targets {
  const found = structures.map((structure) => labelOf(structure, key));
  const all = structures.map((_, k) => k);
  const absent = all.filter((k) => found[k] === undefined);
  if (absent.length === structures.length) {
    const known = nearest(key, numericKeys(structures)).slice(0, 10);
    const hint = known.length === 0 ? 'none.' : `${known.join(', ')}. Name one of them with --target KEY.`;
    throw new Error(
      `targets: none of ${structures.length} structures has ${key} in its comment line. Keys with numbers: ${hint}`,
    );
  }
  const wrong = all.filter((k) => !isMissing(found[k]) && !Number.isFinite(found[k]));
  if (wrong.length > 0) {
    throw new Error(
      `targets: ${key} is not a finite number in ${wrong.length} of ${structures.length} structures: ` +
        `${firstThree(structures, wrong, key)}. Correct them, or name another key.`,
    );
  }
  const missing = all.filter((k) => isMissing(found[k]));
  if (missing.length > 0 && !dropMissing) {
    const what = missing.length === absent.length ? 'is absent' : 'is absent or not a number';
    throw new Error(
      `targets: ${key} ${what} in ${missing.length} of ${structures.length} structures: ` +
        `${firstThree(structures, missing, key)}. Complete them, or leave them out with --drop-missing.`,
    );
  }
  const kept = all.filter((k) => !isMissing(found[k]));
  if (kept.length === 0) throw new Error(`targets: none of ${structures.length} structures has a value of ${key}.`);
  const having = kept.map((k) => structures[k]);
  const { unit, notes } = unitOf(having, key, given);
  const dropped =
    missing.length > 0 ? [`${missing.length} of ${structures.length} structures left out: no ${key}`] : [];
  return {
    key,
    unit,
    structures: having,
    values: Float64Array.from(kept, (k) => found[k] as number),
    notes: [...dropped, ...notes],
  };
}
