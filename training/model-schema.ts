/** The schema of a model's settings, made of what the models say of themselves (nn/models/). */
import { z } from 'zod';
import { ARCHITECTURES, MODELS, type ModelConfig, modelOf } from '../nn/index.ts';

export const positive = z.number().positive().max(1e30);
export const count = z.int().positive().max(1_000_000_000);
/** Sizes of layers; the network as a whole is limited below. */
const size = z.int().positive().max(65_536);
const layers = z.int().positive().max(1000);
const NUMBERS = { size, layers, positive };

/** See CommonSettings in nn/model.ts. */
const common = {
  form: z.enum(['paper', 'physical']),
  cutoff: z.number().positive().max(1000),
  neighbours: z.strictObject({
    most: count.nullable(),
    rule: z.enum(['exact', 'shell']),
    imageCap: z.int().positive().max(10_000).nullable(),
  }),
  filter: z.enum(['table', 'exact']),
  channels: size,
  hidden: size,
};

const schemas = ARCHITECTURES.map((architecture) => {
  const own = Object.entries(MODELS[architecture].own).map(([name, kind]) => [name, NUMBERS[kind as 'size']]);
  return z.strictObject({ architecture: z.literal(architecture), ...common, ...Object.fromEntries(own) });
});
const anyModel = z.discriminatedUnion('architecture', schemas as never) as unknown as z.ZodType<ModelConfig>;

/** Weights, their gradients and the two moments of AdamW: 16 bytes each. */
const BYTES_OF_WEIGHT = 16;
const MOST_WEIGHTS = 500_000_000;
const gigabytes = (weights: number): string => `${Number(((BYTES_OF_WEIGHT * weights) / 1e9).toPrecision(2))} GB`;

/** Settings of any model; a network that no memory holds is refused before it is made. */
export const modelSchema = anyModel.superRefine((model, { addIssue }) => {
  const { fault, weights: weightsOf } = modelOf(model);
  const message = fault?.(model as never);
  if (message !== undefined) return addIssue({ code: 'custom', message });
  const weights = weightsOf(model as never);
  if (weights <= MOST_WEIGHTS) return;
  addIssue({
    code: 'custom',
    message:
      `a network of these sizes has about ${weights.toPrecision(2)} weights, which take ${gigabytes(weights)} while it ` +
      `learns; expected at most ${MOST_WEIGHTS.toPrecision(1)} (${gigabytes(MOST_WEIGHTS)}): use fewer channels or layers`,
  });
});
