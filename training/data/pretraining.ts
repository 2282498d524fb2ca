/**
 * What a pre-training learns from: files read, unusable structures left out with a count and a reason, each source
 * split by the seed, and reference energies fitted on its training part.
 */

import { resolve } from 'node:path';
import {
  extend,
  type LabelledStructure,
  limitLabels,
  noLarger,
  plausible,
  reducedFormula,
  relaxedOnly,
  repeatedNotes,
} from '../../data/index.ts';
import { UserError } from '../../files/errors.ts';
import { fold, type Key, key, permutation } from '../../tensor/index.ts';
import { downstream, universe } from '../../universe/index.ts';
import type { PretrainConfig } from '../config.ts';
import type { Weights } from '../tasks/force-field.ts';
import { type Fingerprint, fingerprintStructures } from './fingerprint.ts';
import { differentNames } from './names.ts';
import { readData } from './read.ts';
import { fitSources, printUncovered, type SourceReferences, strangeReferences, uncovered } from './sources.ts';
import { type Split, split } from './splits.ts';

export const LABELS = ['energy', 'forces', 'stress'] as const;

export interface PretrainingData {
  readonly structures: readonly LabelledStructure[];
  /** The source of each structure. */
  readonly sources: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly split: Split;
  readonly references: SourceReferences;
  /** The configured weights, with 0 for labels that the data do not have. */
  readonly weights: Weights;
  /** What a large cutoff means, before neighbours are looked for. */
  readonly hint?: string | undefined;
  /** What was left out or changed, and what looks wrong, for people. */
  readonly notes: readonly string[];
}

interface Source {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly structures: readonly LabelledStructure[];
  readonly notes: readonly string[];
}

async function readSources(
  { data, crystals, seed, strategy }: PretrainConfig,
  phase?: (what: string) => void,
): Promise<Source[]> {
  if (data.length === 0) {
    phase?.(`Making ${crystals} crystals of the built-in universe`);
    // Of the labelled ones, those reserved for fine-tuning are left out.
    const structures =
      strategy === 'forces'
        ? await universe({ count: crystals, seed, split: 0 })
        : (await downstream({ count: crystals })).structures;
    return [{ name: 'universe', fingerprint: fingerprintStructures('universe', structures), structures, notes: [] }];
  }
  const whole = data.map((file) => resolve(file));
  const twice = data.find((_, k) => whole.indexOf(whole[k]) !== k);
  if (twice !== undefined) throw new UserError(`${twice} is given twice. Give each file once.`);
  const names = differentNames(data);
  const made: Source[] = [];
  for (const [k, file] of data.entries()) {
    phase?.(`Reading ${file}`);
    const source = { name: names[k], ...(await readData(file)) };
    const same = made.findIndex(({ fingerprint }) => fingerprint.sha256 === source.fingerprint.sha256);
    if (same >= 0) throw new UserError(`${data[same]} and ${file} are the same bytes. Give each file once.`);
    made.push(source);
  }
  return made;
}

/** At most `most` of them, drawn by a key, in their order. */
export function drawn<T>(items: readonly T[], most: number | null, by: Key): readonly T[] {
  if (most === null || items.length <= most) return items;
  return [...permutation(by, items.length).subarray(0, most)].sort((a, b) => a - b).map((k) => items[k]!);
}

/** Labels with a weight that at least half of the structures have; the loss has no term for the others. */
function usableWeights(structures: readonly LabelledStructure[], weights: Weights, notes: string[]): Weights {
  const usable = LABELS.map((label, k) => {
    const having = structures.filter((s) => s[label] !== undefined).length;
    if (weights[k] === 0 || 2 * having >= structures.length) return weights[k];
    const meaning =
      label === 'energy' ? '. Forces leave energies open up to a constant: predicted totals will mean nothing' : '';
    notes.push(`${label}: ${having} of ${structures.length} structures have it; its weight is set to 0${meaning}`);
    return 0;
  }) as unknown as Weights;
  if (usable.every((w) => w === 0)) {
    const wanted = LABELS.filter((_, k) => weights[k] > 0).join(' or ');
    throw new UserError(
      `Few or none of the structures have ${wanted}, so there is nothing to learn from. Expected energy=... and ` +
        'stress="..." in the comment lines, a forces:R:3 column, or other weights.',
    );
  }
  return usable;
}

/** Relaxed structures of a source. One without any forces, such as crystals with a property, is taken as relaxed. */
function relaxed(
  name: string,
  structures: readonly LabelledStructure[],
  maxForce: number,
  notes: string[],
): readonly LabelledStructure[] {
  if (structures.every(({ forces }) => forces === undefined)) {
    notes.push(`${name}: no forces; its ${structures.length} structures are taken as relaxed`);
    return structures;
  }
  try {
    const kept = relaxedOnly(structures, maxForce);
    extend(
      notes,
      kept.notes.map((note) => `${name}: ${note}`),
    );
    return kept.structures;
  } catch (error) {
    throw new UserError(`${name}: ${(error as Error).message}`);
  }
}

/** Structures of a source that can be learnt from; what is left out, or capped, is noted. */
function usableOf(
  name: string,
  all: readonly LabelledStructure[],
  needed: readonly (typeof LABELS)[number][],
  { strategy, oneAtom, limits, noise }: PretrainConfig,
  notes: string[],
): readonly LabelledStructure[] {
  const leave = (reason: string, keep: (s: LabelledStructure) => boolean, from: readonly LabelledStructure[]) => {
    const kept = from.filter(keep);
    if (kept.length < from.length) notes.push(`${name}: ${from.length - kept.length} structures left out: ${reason}`);
    return kept;
  };
  let usable: readonly LabelledStructure[] = all;
  for (const label of needed) usable = leave(`no ${label}`, (s) => s[label] !== undefined, usable);
  if (!oneAtom) usable = leave('one atom', (s) => s.numbers.length > 1, usable);
  if (strategy !== 'forces' && noise.maxForce !== null) usable = relaxed(name, usable, noise.maxForce, notes);
  const limited = limitLabels(usable, {
    policy: limits.policy,
    ...(limits.force === null ? {} : { maxForce: limits.force }),
    ...(limits.stress === null ? {} : { maxStress: limits.stress }),
  });
  extend(
    notes,
    limited.notes.map((note) => `${name}: ${note}`),
  );
  return limited.structures;
}

/** `phase` is told what is read, before it is. */
export async function pretrainingData(
  config: PretrainConfig,
  phase?: (what: string) => void,
): Promise<PretrainingData> {
  const { seed, most, maxAtoms } = config;
  const root = fold(key(seed), 'data');
  const notes: string[] = [];
  const read = (await readSources(config, phase)).map((source) => {
    extend(notes, source.notes);
    const fitting = noLarger(source.structures, maxAtoms);
    extend(
      notes,
      fitting.notes.map((note) => `${source.name}: ${note}`),
    );
    return { ...source, structures: drawn(fitting.structures, most, fold(fold(root, 'draw'), source.name)) };
  });
  const all = read.flatMap(({ structures }) => structures);
  const isDenoising = config.strategy !== 'forces';
  const weights: Weights = isDenoising ? [0, 0, 0] : usableWeights(all, config.weights, notes);
  const needed = LABELS.filter((_, k) => weights[k] > 0);
  const structures: LabelledStructure[] = [];
  const sources: string[] = [];
  const parts: Record<keyof Split, number[]> = { train: [], validation: [], test: [] };
  for (const { name, structures: all } of read) {
    const kept = usableOf(name, all, needed, config, notes);
    if (kept.length === 0) {
      notes.push(`${name}: nothing is left of it`);
      continue;
    }
    const first = structures.length;
    extend(structures, kept);
    extend(
      sources,
      kept.map(() => name),
    );
    const groups = config.split.grouped ? kept.map(({ numbers }) => reducedFormula(numbers)) : undefined;
    // A source too small to be split is learnt from.
    const own: Split =
      read.length > 1 && kept.length < 3
        ? { train: kept.map((_, k) => k), validation: [], test: [] }
        : split(kept.length, config.split, fold(fold(root, 'split'), name), groups);
    for (const part of ['train', 'validation', 'test'] as const) {
      extend(
        parts[part],
        own[part].map((k) => first + k),
      );
    }
  }
  if (parts.train.length === 0 || parts.validation.length === 0) {
    throw new UserError(
      `A pre-training needs structures to learn from and to validate on; ${structures.length} are usable ` +
        `(${parts.train.length} to learn from, ${parts.validation.length} to validate on). Give more data, or other shares (split).` +
        notes.map((note) => ` ${note}.`).join(''),
    );
  }
  const { hint, notes: implausible } = plausible(structures, config.model.cutoff);
  extend(notes, implausible);
  extend(notes, repeatedNotes(structures, parts));
  const ofSource = (k: number) => ({ source: sources[k], structure: structures[k] });
  const references = fitSources(config.references === 'none' || isDenoising ? [] : parts.train.map(ofSource));
  if (weights[0] > 0) {
    const all = structures.map((_, k) => ofSource(k));
    extend(notes, printUncovered(uncovered(references, all)));
    extend(notes, strangeReferences(references, parts.train.map(ofSource)));
  }
  return {
    structures,
    sources,
    fingerprints: read.map(({ fingerprint }) => fingerprint),
    split: parts,
    references,
    weights,
    hint,
    notes,
  };
}
