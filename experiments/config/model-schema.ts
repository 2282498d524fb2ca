/** What a user may say of a model: the limits of training/model-schema.ts as a schema that names misspelt keys. */
import { z } from 'zod';
import { ARCHITECTURES, MODELS, type ModelConfig } from '../../nn/index.ts';
import { LIMITS, type Limit, modelFault } from '../../training/model-schema.ts';

const within = ({ integer, most }: Limit) => (integer ? z.int() : z.number()).positive().max(most);

export const positive = within(LIMITS.positive);
export const count = within(LIMITS.count);
const size = within(LIMITS.size);

/** See CommonSettings in nn/model.ts. */
const common = {
  form: z.enum(['paper', 'physical']),
  cutoff: within(LIMITS.cutoff),
  neighbours: z.strictObject({
    most: count.nullable(),
    rule: z.enum(['exact', 'shell']),
    imageCap: within(LIMITS.imageCap).nullable(),
  }),
  filter: z.enum(['table', 'exact']),
  channels: size,
  hidden: size,
};

const schemas = ARCHITECTURES.map((architecture) => {
  const own = Object.entries(MODELS[architecture].own).map(([name, kind]) => [name, within(LIMITS[kind])]);
  return z.strictObject({ architecture: z.literal(architecture), ...common, ...Object.fromEntries(own) });
});
const anyModel = z.discriminatedUnion('architecture', schemas as never) as unknown as z.ZodType<ModelConfig>;

/** Settings of any model; a network that no memory holds is refused before it is made. */
export const modelSchema = anyModel.superRefine((model, { addIssue }) => {
  const message = modelFault(model);
  if (message !== undefined) addIssue({ code: 'custom', message });
});
