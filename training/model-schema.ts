/**
 * What the settings of a model may be, made of what the models say of themselves (nn/models/): the limits of numbers, the
 * check of a stored model, and the refusal of networks that no memory holds. What a user says of a model is checked with
 * hints and defaults in experiments/config/model-schema.ts, by the same limits.
 */
import { ARCHITECTURES, MODELS, type ModelConfig, modelOf } from '../nn/index.ts';
import { exactly, kinds, nullable, number, oneOf, Schema, where } from '../text/schema.ts';

/** A number above 0 and at most `most`. */
export interface Limit {
  readonly integer: boolean;
  readonly most: number;
}

/** The numbers of a model by kind. Sizes of layers are limited one by one; the network as a whole is limited below. */
export const LIMITS = {
  size: { integer: true, most: 65_536 },
  layers: { integer: true, most: 1000 },
  positive: { integer: false, most: 1e30 },
  count: { integer: true, most: 1_000_000_000 },
  /** Angstrom. */
  cutoff: { integer: false, most: 1000 },
  imageCap: { integer: true, most: 10_000 },
} as const satisfies Record<string, Limit>;

const within = ({ integer, most }: Limit): Schema<number> =>
  where(
    number,
    (x) => x > 0 && x <= most && (!integer || Number.isSafeInteger(x)),
    `${integer ? 'an integer' : 'a number'} above 0 and at most ${most}`,
  );

/** See CommonSettings in nn/model.ts. */
const common = {
  form: oneOf(['paper', 'physical']),
  cutoff: within(LIMITS.cutoff),
  neighbours: exactly({
    most: nullable(within(LIMITS.count)),
    rule: oneOf(['exact', 'shell']),
    imageCap: nullable(within(LIMITS.imageCap)),
  }),
  filter: oneOf(['table', 'exact']),
  channels: within(LIMITS.size),
  hidden: within(LIMITS.size),
};

const models = ARCHITECTURES.map((architecture) => {
  const own = Object.entries(MODELS[architecture].own).map(([name, kind]) => [name, within(LIMITS[kind])]);
  const fields = { architecture: oneOf([architecture]), ...common, ...Object.fromEntries(own) };
  return [architecture, exactly(fields)] as const;
});
const anyModel = kinds('architecture', Object.fromEntries(models)) as unknown as Schema<ModelConfig>;

/** Weights, their gradients and the two moments of AdamW: 16 bytes each. */
const BYTES_OF_WEIGHT = 16;
const MOST_WEIGHTS = 500_000_000;
const gigabytes = (weights: number): string => `${Number(((BYTES_OF_WEIGHT * weights) / 1e9).toPrecision(2))} GB`;

/** Why no network is made of settings that are within the limits one by one; undefined if one is. */
export function modelFault(model: ModelConfig): string | undefined {
  const { fault, weights: weightsOf } = modelOf(model);
  const message = fault?.(model as never);
  if (message !== undefined) return message;
  const weights = weightsOf(model as never);
  if (weights <= MOST_WEIGHTS) return undefined;
  return (
    `a network of these sizes has about ${weights.toPrecision(2)} weights, which take ${gigabytes(weights)} while it ` +
    `learns; expected at most ${MOST_WEIGHTS.toPrecision(1)} (${gigabytes(MOST_WEIGHTS)}): use fewer channels or layers`
  );
}

/** Settings of any model as a checkpoint stores them. */
export const modelSchema: Schema<ModelConfig> = new Schema((value) => {
  const issue = anyModel.fault(value);
  const message = issue ? undefined : modelFault(value as ModelConfig);
  return message === undefined ? issue : { path: [], message };
});
