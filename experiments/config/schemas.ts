/**
 * What a user may tell a run, as strict schemas: a misspelt key is an error and not a default. What the entries mean
 * stands with their types in training/config.ts.
 *
 * An entry that is added later takes null for what was done before it, so that stored configurations still say what they
 * said.
 */
import { z } from 'zod';
import { type FinetuneConfig, PRESETS, type PretrainConfig } from '../../training/config.ts';
import { ENGINES } from '../../training/engine.ts';
import { STRATEGY_NAMES } from '../../training/tasks/index.ts';
import { count, modelSchema, positive } from './model-schema.ts';

/** -0 is 0: JSON would forget the difference, and a resumed run would be told something else. */
const plain = (x: number): number => x + 0;
const share = z.number().min(0).max(1).overwrite(plain);
const weight = z.number().min(0).max(1e12).overwrite(plain);

const trainingSchema = z.strictObject({
  epochs: z.int().positive().max(1_000_000),
  batch: z.strictObject({ structures: count, edges: count }),
  learningRate: z.number().positive().max(1e6),
  schedule: z.enum(['plateau', 'cosine', 'constant']),
  plateauOn: z.enum(['training', 'validation']),
  clip: positive,
  weightDecay: weight,
  patience: count.nullable().default(null),
  average: z.number().gt(0).lt(1).nullable().default(null),
});

const splitSchema = z.strictObject({
  train: share,
  validation: share,
  test: share,
  grouped: z.boolean(),
});

const common = {
  preset: z.enum(PRESETS),
  seed: z.int().min(0).overwrite(plain),
  engine: z.enum(ENGINES),
  model: modelSchema,
  training: trainingSchema,
  split: splitSchema,
  maxAtoms: count.nullable().default(null),
};

export const pretrainSchema: z.ZodType<PretrainConfig> = z.strictObject({
  ...common,
  task: z.literal('pretrain'),
  strategy: z.enum(STRATEGY_NAMES),
  data: z.array(z.string()),
  crystals: z.int().positive().max(10_000_000),
  most: count.nullable(),
  weights: z.tuple([weight, weight, weight]).refine((w) => w.some((x) => x > 0), 'expected a weight above 0'),
  energyPer: z.enum(['structure', 'atom']),
  references: z.enum(['per-element', 'none']),
  volume: z.enum(['signed', 'absolute']),
  oneAtom: z.boolean(),
  limits: z.strictObject({ force: positive.nullable(), stress: positive.nullable(), policy: z.enum(['drop', 'cap']) }),
  noise: z.strictObject({
    sigma: positive,
    sign: z.enum(['paper', 'restoring']),
    maxForce: positive.nullable(),
  }),
});

export const finetuneSchema: z.ZodType<FinetuneConfig> = z.strictObject({
  ...common,
  task: z.literal('finetune'),
  data: z.string().nullable(),
  crystals: z.int().positive().max(10_000_000),
  most: count.nullable(),
  target: z.string().nullable(),
  unit: z.string().nullable(),
  dropMissing: z.boolean(),
  from: z.string().nullable(),
  pool: z.enum(['add', 'mean']),
  oneAtom: z.boolean(),
  head: z.enum(['fresh', 'kept']),
  reinitialise: z.array(z.string()),
  freeze: z.array(z.string()),
  scaling: z.enum(['standard', 'none']),
});

/** The schema of what a run is told, by its task. */
export const schemaOf = <C extends PretrainConfig | FinetuneConfig>(task: C['task']): z.ZodType<C> =>
  ({ pretrain: pretrainSchema, finetune: finetuneSchema })[task] as unknown as z.ZodType<C>;
