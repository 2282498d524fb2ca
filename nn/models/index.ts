/** All models by name. One is added here, by a line, and in a file of its own. */
import { described } from '../../tensor/described.ts';
import { callerError } from '../../tensor/errors.ts';
import type { Key } from '../../tensor/index.ts';
import type { CommonSettings, Level, Model, Network } from '../model.ts';
import type { Pooling } from '../pooling.ts';
import { cgcnn } from './cgcnn.ts';
import { torchmdET } from './torchmd-et.ts';

/**
 * All models by name: their sizes, what laws they obey, and how a network is made of them.
 *
 * @example
 * MODELS['torchmd-et'].sizes.full.layers;  // 8
 */
export const MODELS = {
  cgcnn,
  'torchmd-et': torchmdET,
};

export type Architecture = keyof typeof MODELS;
export const ARCHITECTURES = Object.keys(MODELS) as readonly Architecture[];
/** The one that is used where none is named. */
export const USUAL_ARCHITECTURE: Architecture = 'cgcnn';

type OwnOf<A extends Architecture> = (typeof MODELS)[A] extends Model<infer Own> ? Own : never;

/** A model by name with all its settings. */
export type ModelConfig = {
  [A in Architecture]: { readonly architecture: A } & CommonSettings & Readonly<Record<OwnOf<A>, number>>;
}[Architecture];

/**
 * The record of the model that a configuration names, to be given any settings of that model.
 *
 * @example
 * modelOf({ architecture: 'cgcnn' }).title;  // CGCNN
 */
export function modelOf({ architecture }: { readonly architecture: Architecture }): Model<string> {
  if (Object.hasOwn(MODELS, architecture)) return MODELS[architecture] as Model<string>;
  throw callerError(`expected an architecture, one of ${ARCHITECTURES.join(', ')}, got ${described(architecture)}.`);
}

/** Names of all settings of a model. */
const settingsOf = (model: Model<string>): string[] => [
  ...['form', 'cutoff', 'neighbours', 'filter', 'channels', 'hidden'],
  ...Object.keys(model.own),
];

/**
 * A network with fresh weights drawn by a key. Its outputs are [structures] (level `graph`), atoms being added up or
 * averaged, or [atoms, 3] (level `node`). Throws if the model refuses the settings, as the transformer does where its
 * heads do not divide its channels.
 *
 * @example
 * const net = network(pretrainPreset('smoke').model, 'add', key(1));
 * const inputs = graphInputs();
 * const { energy, forces, stress } = withDerivatives(inputs, (vectors) => net.apply(inputs, vectors));
 */
export function network(config: ModelConfig, pooling: Pooling, key: Key, level: Level = 'graph'): Network {
  const model = modelOf(config);
  const missing = settingsOf(model).filter((name) => !Object.hasOwn(config, name));
  if (missing.length > 0) throw callerError(`network: the settings of ${model.title} lack ${missing.join(', ')}.`);
  const made = model.network(config as never, pooling, key, level);
  const parts = Object.keys(made.parameters);
  const odd = made.head.find((name) => !parts.includes(name));
  if (odd === undefined) return { ...made, laws: model.laws[config.form] };
  throw callerError(`${made.name}: its head names '${odd}', but its parameters are ${parts.join(', ')}.`);
}
