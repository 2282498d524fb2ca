/**
 * Pre-training. What it learns from: files read, unusable structures left out with a count and a reason, each source
 * split by the seed, and reference energies fitted on its training part. How it learns is its strategy's (tasks/).
 */
import { resolve } from 'node:path';
import { type Fingerprint, fingerprintStructures } from '../data/fingerprint.ts';
import { reducedFormula } from '../data/formula.ts';
import { type LabelledStructure, limitLabels, relaxedOnly, type Selection } from '../data/index.ts';
import { extend } from '../data/lists.ts';
import { differentNames } from '../data/names.ts';
import { plausible } from '../data/plausible.ts';
import { repeatedNotes } from '../data/same.ts';
import { noLarger } from '../data/selection.ts';
import {
  fitSources,
  printUncovered,
  type SourceReferences,
  sourcesToJson,
  strangeReferences,
  uncovered,
} from '../data/sources.ts';
import { type Split, split } from '../data/splits.ts';
import { about, UserError } from '../files/errors.ts';
import { fold, type Key, key, permutation } from '../tensor/index.ts';
import { downstream, universe } from '../universe/index.ts';
import type { PretrainConfig } from './config.ts';
import type { Kind, LearntData } from './learn.ts';
import { readData } from './read-data.ts';
import type { PretrainingOutcome } from './task.ts';
import type { LossWeights } from './tasks/force-field.ts';
import { type StrategyName, strategyOf } from './tasks/index.ts';

const LABELS = ['energy', 'forces', 'stress'] as const;

export interface PretrainingData extends LearntData {
  /** The source of each structure. */
  readonly sources: readonly string[];
  readonly references: SourceReferences;
  /** The configured weights, with 0 for labels that the data do not have. */
  readonly weights: LossWeights;
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
      strategyOf({ strategy }).learnsFrom === 'labels'
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
function usableWeights(structures: readonly LabelledStructure[], weights: LossWeights, notes: string[]): LossWeights {
  const usable = LABELS.map((label, k) => {
    const having = structures.filter((s) => s[label] !== undefined).length;
    if (weights[k] === 0 || 2 * having >= structures.length) return weights[k];
    const meaning =
      label === 'energy' ? '. Forces leave energies open up to a constant: predicted totals will mean nothing' : '';
    notes.push(`${label}: ${having} of ${structures.length} structures have it; its weight is set to 0${meaning}`);
    return 0;
  }) as unknown as LossWeights;
  if (usable.every((w) => w === 0)) {
    const wanted = LABELS.filter((_, k) => weights[k] > 0).join(' or ');
    throw new UserError(
      `Few or none of the structures have ${wanted}, so there is nothing to learn from. Expected energy=... and ` +
        'stress="..." in the comment lines, a forces:R:3 column, or other weights.',
    );
  }
  return usable;
}

/** Structures of a source that are taken, and what there is to say of the others. */
type Taken = Pick<Selection, 'structures' | 'notes'>;

/** Relaxed structures of a source. One without any forces, such as crystals with a property, is taken as relaxed. */
function relaxed(structures: readonly LabelledStructure[], maxForce: number): Taken {
  if (structures.length === 0) return { structures, notes: [] };
  if (structures.some(({ forces }) => forces !== undefined)) return relaxedOnly(structures, maxForce);
  return { structures, notes: [`no forces; its ${structures.length} structures are taken as relaxed`] };
}

/** Structures of a source that can be learnt from; what is left out, or capped, is noted. */
function usableOf(
  all: readonly LabelledStructure[],
  needed: readonly (typeof LABELS)[number][],
  { strategy, oneAtom, limits, noise }: PretrainConfig,
): Taken {
  let usable = all;
  const notes: string[] = [];
  const take = ({ structures, notes: said }: Taken) => {
    usable = structures;
    extend(notes, said);
  };
  const leave = (reason: string, keep: (s: LabelledStructure) => boolean) => {
    const structures = usable.filter(keep);
    const left = usable.length - structures.length;
    take({ structures, notes: left > 0 ? [`${left} structures left out: ${reason}`] : [] });
  };
  for (const label of needed) leave(`no ${label}`, (s) => s[label] !== undefined);
  if (!oneAtom) leave('one atom', (s) => s.numbers.length > 1);
  const isRelaxed = strategyOf({ strategy }).learnsFrom === 'relaxed structures';
  if (isRelaxed && noise.maxForce !== null) take(relaxed(usable, noise.maxForce));
  take(
    limitLabels(usable, {
      policy: limits.policy,
      ...(limits.force === null ? {} : { maxForce: limits.force }),
      ...(limits.stress === null ? {} : { maxStress: limits.stress }),
    }),
  );
  if (usable.length === 0) notes.push('nothing is left of it');
  return { structures: usable, notes };
}

type SourcePart = Pick<Source, 'name' | 'structures'>;

/** All sources one after the other, each split on its own. One that is too small to be split is learnt from. */
function joinedOf(parts: readonly SourcePart[], config: PretrainConfig, by: Key) {
  const structures: LabelledStructure[] = [];
  const sources: string[] = [];
  const joined: Record<keyof Split, number[]> = { train: [], validation: [], test: [] };
  for (const { name, structures: own } of parts) {
    if (own.length === 0) continue;
    const first = structures.length;
    extend(structures, own);
    for (const _ of own) sources.push(name);
    const groups = config.split.grouped ? own.map(({ numbers }) => reducedFormula(numbers)) : undefined;
    const found: Split =
      parts.length > 1 && own.length < 3
        ? { train: own.map((_, k) => k), validation: [], test: [] }
        : split(own.length, config.split, fold(by, name), groups);
    for (const part of ['train', 'validation', 'test'] as const) {
      for (const k of found[part]) joined[part].push(first + k);
    }
  }
  return { structures, sources, split: joined };
}

function insistOnEnough(structures: readonly unknown[], { train, validation }: Split, notes: readonly string[]): void {
  if (train.length > 0 && validation.length > 0) return;
  throw new UserError(
    `A pre-training needs structures to learn from and to validate on; ${structures.length} are usable ` +
      `(${train.length} to learn from, ${validation.length} to validate on). Give more data, or other shares (split).` +
      notes.map((note) => ` ${note}.`).join(''),
  );
}

/** Reads what a pre-training learns from; `phase` is told what is read, before it is. */
export async function pretrainingData(
  config: PretrainConfig,
  phase?: (what: string) => void,
): Promise<PretrainingData> {
  const root = fold(key(config.seed), 'data');
  const notes: string[] = [];
  const read = await readSources(config, phase);
  const noteOn = (source: string, found: readonly string[]) => {
    for (const note of found) notes.push(`${source}: ${note}`);
  };
  const drawnParts = read.map(({ name, structures, notes: said }) => {
    extend(notes, said);
    const fitting = noLarger(structures, config.maxAtoms);
    noteOn(name, fitting.notes);
    return { name, structures: drawn(fitting.structures, config.most, fold(fold(root, 'draw'), name)) };
  });
  const learnsLabels = strategyOf(config).learnsFrom === 'labels';
  const all = drawnParts.flatMap(({ structures }) => structures);
  const weights: LossWeights = learnsLabels ? usableWeights(all, config.weights, notes) : [0, 0, 0];
  const needed = LABELS.filter((_, k) => weights[k] > 0);
  const parts = [];
  for (const { name, structures } of drawnParts) {
    const usable = await about(name, async () => usableOf(structures, needed, config));
    noteOn(name, usable.notes);
    parts.push({ name, structures: usable.structures });
  }
  const { structures, sources, split } = joinedOf(parts, config, fold(root, 'split'));
  insistOnEnough(structures, split, notes);
  const { hint, notes: implausible } = plausible(structures, config.model.cutoff);
  extend(notes, [...implausible, ...repeatedNotes(structures, split)]);
  const ofSource = (k: number) => ({ source: sources[k], structure: structures[k] });
  const learnt = split.train.map(ofSource);
  const references = fitSources(learnsLabels && config.references !== 'none' ? learnt : []);
  if (weights[0] > 0) {
    const everything = structures.map((_, k) => ofSource(k));
    extend(notes, printUncovered(uncovered(references, everything)));
    extend(notes, strangeReferences(references, learnt));
  }
  const fingerprints = read.map(({ fingerprint }) => fingerprint);
  return { structures, sources, fingerprints, split, references, weights, hint, notes };
}

export interface PretrainingResult extends PretrainingOutcome {
  readonly task: 'pretrain';
  readonly preset: string;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly bestEpoch: number;
}

/**
 * Pre-training, as `learn` takes it: energies, forces and stress of labelled structures, or the noise of relaxed ones,
 * by the strategy of the configuration.
 *
 * @example
 * // no-run: takes some seconds
 * const config = pretrainPreset('smoke');
 * const folder = openFreeRun('runs/forces'), { engine } = await chooseEngine(config.engine);
 * const control = { checkpointSeconds: 60, stop: () => false, helper: true };
 * await folder.writeJson('config.json', config);
 * const result = await learn(PRETRAINING, config, { folder, engine, control });
 * folder.close();
 */
export const PRETRAINING: Kind<PretrainConfig, PretrainingData, PretrainingOutcome, PretrainingResult> = {
  name: 'pretrain',
  read: pretrainingData,
  record: ({ weights, references }) => ({ weights, references: sourcesToJson(references) }),
  network: (config) => ({ pool: 'add', level: strategyOf(config).level }),
  task(given) {
    const strategy = strategyOf(given.config);
    const task = strategy.task(given);
    const names = strategy.errors.columns.map(({ name }) => name);
    const validate = async () => {
      const errors = await task.validate();
      if (names.some((name) => name in errors)) return errors;
      const got = Object.keys(errors).join(', ');
      throw new Error(
        `Strategy ${given.config.strategy}: validate gives ${got}; expected ${names.join(', ')} (errors.columns).`,
      );
    };
    return { ...task, validate };
  },
  result: ({ preset, strategy, seed }, _, bestEpoch, outcome) => ({
    ...{ task: 'pretrain', preset, strategy, seed, bestEpoch },
    ...outcome,
  }),
};
