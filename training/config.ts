/**
 * What a run can be told, and nothing else: strict schemas, so that a misspelt key is an error and not a default.
 *
 * Every run stores its complete configuration. Defaults are not here but in presets.ts, all in one place. An entry that
 * is added later takes null for what was done before it, so that stored configurations still say what they said.
 */
import { z } from 'zod';
import { ENGINES } from './engine.ts';
import { count, modelSchema, positive } from './model-schema.ts';
import { STRATEGY_NAMES } from './tasks/index.ts';

/** -0 is 0: JSON would forget the difference, and a resumed run would be told something else. */
const plain = (x: number): number => x + 0;
const share = z.number().min(0).max(1).overwrite(plain);
const weight = z.number().min(0).max(1e12).overwrite(plain);

export const trainingSchema = z.strictObject({
  epochs: z.int().positive().max(1_000_000),
  /** A batch ends at this many structures, or before it would pass this many edges. */
  batch: z.strictObject({ structures: count, edges: count }),
  learningRate: z.number().positive().max(1e6),
  schedule: z.enum(['plateau', 'cosine', 'constant']),
  /** Whose loss the plateau watches. */
  plateauOn: z.enum(['training', 'validation']),
  /** Largest total norm of the gradients. */
  clip: positive,
  weightDecay: weight,
  /** Ends after this many epochs without a lower validation loss; null trains to the end. */
  patience: count.nullable().default(null),
  /** Decay, for each step, of a running mean of the weights, which is then what is validated and kept; null: none. */
  average: z.number().gt(0).lt(1).nullable().default(null),
});
export type TrainingConfig = z.infer<typeof trainingSchema>;

export const splitSchema = z.strictObject({
  train: share,
  validation: share,
  test: share,
  /** Structures of one formula stay together. */
  grouped: z.boolean(),
});

const common = {
  preset: z.enum(['paper', 'physical', 'laptop', 'smoke']),
  /** Draws split, weights and order. */
  seed: z.int().min(0).overwrite(plain),
  engine: z.enum(ENGINES),
  model: modelSchema,
  training: trainingSchema,
  split: splitSchema,
  /** Structures of more atoms are left out; null takes all. */
  maxAtoms: count.nullable().default(null),
};

export const pretrainSchema = z.strictObject({
  ...common,
  task: z.literal('pretrain'),
  /** What is learnt: labelled energies, forces and stress, or to remove noise from relaxed structures. */
  strategy: z.enum(STRATEGY_NAMES),
  /** Files of labelled structures; none: crystals of the built-in universe. */
  data: z.array(z.string()),
  /** How many crystals of the built-in universe. */
  crystals: z.int().positive().max(10_000_000),
  /** At most this many structures of each file, drawn by the seed; null takes all. */
  most: count.nullable(),
  /** Weights of energy, forces and stress in the loss. */
  weights: z.tuple([weight, weight, weight]).refine((w) => w.some((x) => x > 0), 'expected a weight above 0'),
  /** The energy's loss is an error per structure (as the paper) or per atom. */
  energyPer: z.enum(['structure', 'atom']),
  /** Reference energies of elements, fitted for each file; `none` learns raw totals (as the paper). */
  references: z.enum(['per-element', 'none']),
  /** Divides the virial by the signed determinant of the cell (as the paper) or by its magnitude. */
  volume: z.enum(['signed', 'absolute']),
  /** Structures of one atom are used. */
  oneAtom: z.boolean(),
  /** Labels above a limit (eV/A, eV/A^3) are dropped with their structure, or capped. */
  limits: z.strictObject({ force: positive.nullable(), stress: positive.nullable(), policy: z.enum(['drop', 'cap']) }),
  /** What denoising is told. */
  noise: z.strictObject({
    /** Standard deviation of a coordinate, Angstrom. */
    sigma: positive,
    /** Forces along the noise (as the paper), or against it. */
    sign: z.enum(['paper', 'restoring']),
    /** Structures with a larger force (eV/A) are not relaxed and left out; null takes all. */
    maxForce: positive.nullable(),
  }),
});
export type PretrainConfig = z.infer<typeof pretrainSchema>;

export const finetuneSchema = z.strictObject({
  ...common,
  task: z.literal('finetune'),
  /** A file of structures with a property; null: relaxed crystals of the built-in universe. */
  data: z.string().nullable(),
  crystals: z.int().positive().max(10_000_000),
  most: count.nullable(),
  /** The property's key; null: the one that the file names. */
  target: z.string().nullable(),
  /** Its unit; null: as the file says. */
  unit: z.string().nullable(),
  dropMissing: z.boolean(),
  /** A pre-training's folder, or a checkpoint; null starts from random weights. */
  from: z.string().nullable(),
  pool: z.enum(['add', 'mean']),
  oneAtom: z.boolean(),
  /** Layers after pooling start afresh in spite of a checkpoint, or go on. */
  head: z.enum(['fresh', 'kept']),
  /** Paths of other parameters that start afresh, e.g. `conv_list.3`. */
  reinitialise: z.array(z.string()),
  /** Paths of transferred parameters that stay as they are. */
  freeze: z.array(z.string()),
  /** Targets less the training part's median, over its spread; or as they are. */
  scaling: z.enum(['standard', 'none']),
});
export type FinetuneConfig = z.infer<typeof finetuneSchema>;

export type Preset = PretrainConfig['preset'];
export const PRESETS: readonly Preset[] = common.preset.options;
