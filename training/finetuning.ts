/**
 * Fine-tuning: a network, pre-trained or not, learns a property (tasks/property.ts). What it learns from: structures with
 * one property, split by the seed, and the target's scaling fitted on the training part.
 */
import { fingerprintStructures } from '../data/fingerprint.ts';
import { reducedFormula } from '../data/formula.ts';
import type { LabelledStructure } from '../data/index.ts';
import { plausible } from '../data/plausible.ts';
import { repeatedNotes } from '../data/same.ts';
import { fitScaling, type Scaling } from '../data/scaling.ts';
import { noLarger } from '../data/selection.ts';
import { type Split, split } from '../data/splits.ts';
import { type Targets, targets } from '../data/targets.ts';
import { UserError } from '../files/errors.ts';
import { readRecord } from '../files/read.ts';
import { applyTransfer, type Network, planTransfer } from '../nn/index.ts';
import { fold, key } from '../tensor/index.ts';
import { list, object, string } from '../text/schema.ts';
import { DOWNSTREAM_UNITS, type DownstreamTarget, downstream } from '../universe/index.ts';
import type { FinetuneConfig } from './config.ts';
import type { Kind, LearntData, StartGiven } from './learn.ts';
import { drawn } from './pretraining.ts';
import { type ReadData, readData } from './read-data.ts';
import { checkpointOf, LAST } from './run-folder/checkpoint.ts';
import { type PropertyOutcome, property } from './tasks/property.ts';

export interface FinetuningData extends LearntData {
  readonly target: string;
  readonly unit: string;
  /** One a structure, in the unit. */
  readonly values: Float64Array;
  readonly scaling: Scaling;
}

const isKnown = (target: string): target is DownstreamTarget => target in DOWNSTREAM_UNITS;

/** Several seeds of one process share the crystals, which take some time to relax. */
const made = new Map<string, Promise<LabelledStructure[]>>();
function universeProperty(count: number, target: string | null): Promise<LabelledStructure[]> {
  const key = JSON.stringify([count, target]);
  // An unknown target is explained like that of a file. A relaxed crystal has its volume written in its cell.
  const options = target !== null && isKnown(target) ? { target, unrelaxed: target === 'volume' } : {};
  const known = made.get(key) ?? downstream({ count, ...options }).then(({ structures }) => structures);
  made.set(key, known);
  return known;
}

async function readProperty({ data, crystals, target }: FinetuneConfig): Promise<ReadData> {
  if (data !== null) return readData(data);
  const structures = await universeProperty(crystals, target);
  return { structures, fingerprint: fingerprintStructures('universe', structures), notes: [] };
}

/** `phase` is told what is read, before it is. */
export async function finetuningData(config: FinetuneConfig, phase?: (what: string) => void): Promise<FinetuningData> {
  if (config.from === null && config.freeze.length > 0) {
    throw new UserError(
      `freeze (${config.freeze.join(', ')}) needs a pre-trained network (--from): random weights would be frozen.`,
    );
  }
  phase?.(
    config.data === null ? `Making ${config.crystals} crystals of the built-in universe` : `Reading ${config.data}`,
  );
  const { fingerprint, structures: from, notes: said } = await readProperty(config);
  const root = fold(key(config.seed), 'data');
  const fitting = noLarger(from, config.maxAtoms);
  if (fitting.structures.length === 0) {
    throw new UserError(`No structure of ${from.length} has at most ${config.maxAtoms} atoms (maxAtoms). Allow more.`);
  }
  const found: Targets = targets(fitting.structures, config.target ?? undefined, {
    dropMissing: config.dropMissing,
    ...(config.unit === null ? {} : { unit: config.unit }),
  });
  const notes = [...said, ...fitting.notes, ...found.notes];
  const all = found.structures.map((_, k) => k);
  const several = config.oneAtom ? all : all.filter((k) => found.structures[k].numbers.length > 1);
  if (several.length < all.length) notes.push(`${all.length - several.length} structures left out: one atom`);
  const used = drawn(several, config.most, fold(root, 'draw'));
  const structures = used.map((k) => found.structures[k]);
  const values = Float64Array.from(used, (k) => found.values[k]);
  const groups = config.split.grouped ? structures.map(({ numbers }) => reducedFormula(numbers)) : undefined;
  const parts = split(structures.length, config.split, fold(root, 'split'), groups);
  const empty = Object.entries(parts).flatMap(([part, list]) => (list.length === 0 ? [part] : []));
  if (empty.length > 0) {
    throw new UserError(
      'A fine-tuning needs structures to learn from, to validate on and to test on; of ' +
        `${structures.length} usable ones there are none for: ${empty.join(', ')}. Give other shares (split).`,
    );
  }
  const { hint, notes: implausible } = plausible(structures, config.model.cutoff);
  const learnt = parts.train.map((k) => values[k]);
  return {
    structures,
    target: found.key,
    unit: found.unit,
    values,
    fingerprints: [fingerprint],
    split: parts,
    scaling: fitScaling(learnt, config.scaling),
    hint,
    notes: [...notes, ...implausible, ...repeatedNotes(structures, parts)],
  };
}

const TRANSFER = 'transfer.json';
const transferSchema = object({ frozen: list(string) });

/** Takes over weights of the network that is named; gives the names of those that stay as they are. */
async function transfer(
  config: FinetuneConfig,
  net: Network,
  { engine, folder, transferred }: StartGiven,
): Promise<readonly string[]> {
  if (config.from === null) return [];
  // A run that goes on has its weights in its own checkpoint; the network that it began with need not be there any more.
  if (folder.has(LAST)) return readRecord(folder.file(TRANSFER), transferSchema, 'the record of a transfer').frozen;
  const { parameters } = checkpointOf(config.from);
  const reinitialise = [...(config.head === 'fresh' ? net.head : []), ...config.reinitialise];
  const plan = planTransfer(net.parameters, parameters, { reinitialise, freeze: config.freeze });
  applyTransfer(net.parameters, engine, plan);
  await folder.writeJson(TRANSFER, { ...plan, values: undefined, from: config.from });
  transferred?.(plan);
  return plan.frozen;
}

export interface FinetuningResult extends PropertyOutcome {
  readonly task: 'finetune';
  readonly preset: string;
  readonly target: string;
  readonly unit: string;
  readonly seed: number;
  /** What the weights came from. */
  readonly from: string | null;
  readonly bestEpoch: number;
  readonly counts: Readonly<Record<keyof Split, number>>;
}

/**
 * Fine-tuning, as `learn` takes it: one property of structures, from random weights or those of a pre-training.
 *
 * @example
 * // no-run: needs a pre-training
 * const config = { ...finetunePreset('smoke'), from: 'runs/forces' };
 * const folder = openFreeRun('runs/property'), { engine } = await chooseEngine(config.engine);
 * const control = { checkpointSeconds: 60, stop: () => false, helper: true };
 * await folder.writeJson('config.json', config);
 * const result = await learn(FINETUNING, config, { folder, engine, control });
 * folder.close();
 */
export const FINETUNING: Kind<FinetuneConfig, FinetuningData, PropertyOutcome, FinetuningResult> = {
  name: 'finetune',
  read: finetuningData,
  record: ({ target, unit, scaling }) => ({ target, unit, scaling }),
  network: ({ pool }) => ({ pool, level: 'graph' }),
  start: transfer,
  task: property,
  result: ({ preset, seed, from }, { target, unit, split }, bestEpoch, { mae, median }) => ({
    ...{ task: 'finetune', preset, target, unit, seed, from, bestEpoch },
    counts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    mae,
    median,
  }),
};
