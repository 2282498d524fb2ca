/**
 * What a fine-tuning learns from: structures with one property, split by the seed, and the target's scaling fitted on
 * the training part.
 */
import {
  extend,
  type LabelledStructure,
  noLarger,
  plausible,
  reducedFormula,
  repeatedNotes,
} from '../../data/index.ts';
import { UserError } from '../../files/errors.ts';
import { fold, key } from '../../tensor/index.ts';
import { DOWNSTREAM_UNITS, type DownstreamTarget, downstream } from '../../universe/index.ts';
import type { FinetuneConfig } from '../config.ts';
import { type Fingerprint, fingerprintStructures } from './fingerprint.ts';
import { drawn } from './pretraining.ts';
import { type ReadData, readData } from './read.ts';
import { fitScaling, type Scaling } from './scaling.ts';
import { type Split, split } from './splits.ts';
import { type Targets, targets } from './targets.ts';

export interface FinetuningData {
  readonly structures: readonly LabelledStructure[];
  readonly target: string;
  readonly unit: string;
  /** One a structure, in the unit. */
  readonly values: Float64Array;
  readonly fingerprint: Fingerprint;
  readonly split: Split;
  readonly scaling: Scaling;
  /** What a large cutoff means, before neighbours are looked for. */
  readonly hint?: string | undefined;
  readonly notes: readonly string[];
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
  phase?.(
    config.data === null ? `Making ${config.crystals} crystals of the built-in universe` : `Reading ${config.data}`,
  );
  const { fingerprint, structures: from, notes: said } = await readProperty(config);
  const root = fold(key(config.seed), 'data');
  const notes: string[] = [...said];
  const fitting = noLarger(from, config.maxAtoms);
  extend(notes, fitting.notes);
  if (fitting.structures.length === 0) {
    throw new UserError(`No structure of ${from.length} has at most ${config.maxAtoms} atoms (maxAtoms). Allow more.`);
  }
  const found: Targets = targets(fitting.structures, config.target ?? undefined, {
    dropMissing: config.dropMissing,
    ...(config.unit === null ? {} : { unit: config.unit }),
  });
  extend(notes, found.notes);
  const several = config.oneAtom
    ? found.structures.map((_, k) => k)
    : found.structures.flatMap((s, k) => (s.numbers.length > 1 ? [k] : []));
  if (several.length < found.structures.length) {
    notes.push(`${found.structures.length - several.length} structures left out: one atom`);
  }
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
  extend(notes, implausible);
  extend(notes, repeatedNotes(structures, parts));
  return {
    structures,
    target: found.key,
    unit: found.unit,
    values,
    fingerprint,
    split: parts,
    scaling: fitScaling(
      parts.train.map((k) => values[k]),
      config.scaling,
    ),
    hint,
    notes,
  };
}
