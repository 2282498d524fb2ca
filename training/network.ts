/**
 * From a model's configuration to a network: parameters, and a function from edge vectors to outputs.
 *
 * A model is added here (and to the schema and its presets); everything else in experiments/ takes any network.
 */
import {
  applyCGCNN,
  applyTorchMDET,
  type CGCNNConfig,
  cgcnnDefaults,
  countParameters,
  embedCGCNN,
  embedTorchMDET,
  type GraphInputs,
  initCGCNN,
  initTorchMDET,
  type Parameters,
  type Pooling,
  type RadialGridOptions,
  structures,
  type TorchMDETConfig,
  torchmdETDefaults,
  torchmdETGrid,
} from '../nn/index.ts';
import { type Key, reshape, type Tensor } from '../tensor/index.ts';
import type { ModelConfig } from './config.ts';

export interface Network {
  readonly name: string;
  readonly parameters: Parameters;
  readonly size: number;
  readonly grid: RadialGridOptions;
  /** Paths of the layers after pooling. */
  readonly head: readonly string[];
  /**
   * From edge vectors [edges, 3] in Angstrom: one number for each structure, [structures] (level `graph`), or three for
   * each atom, [atoms, 3] (level `node`).
   */
  readonly apply: (inputs: GraphInputs, vectors: Tensor) => Tensor;
  /** Atoms as the network sees them before its head, [atoms, channels]; what `apply` is made of. */
  readonly embed: (inputs: GraphInputs, vectors: Tensor) => Tensor;
}

/** Outputs for structures, or for atoms (the prediction head of denoising). */
type Level = 'graph' | 'node';

type Of<A extends ModelConfig['architecture']> = Extract<ModelConfig, { architecture: A }>;

function cgcnn(model: Of<'cgcnn'>, pooling: Pooling, key: Key, level: Level): Network {
  const config: CGCNNConfig = {
    ...cgcnnDefaults,
    preset: model.form,
    cutoff: model.cutoff,
    width: model.width,
    filter: model.filter,
    dim1: model.channels,
    dim2: model.hidden,
    gc_count: model.convolutions,
    pool: pooling,
    level,
    output_dim: level === 'graph' ? 1 : 3,
  };
  const parameters = initCGCNN(config, key);
  return {
    name: `CGCNN (${model.form})`,
    parameters,
    size: countParameters(parameters),
    grid: { cutoff: model.cutoff },
    head: ['post_lin_list', 'lin_out'],
    apply: (inputs, vectors) => ofLevel(level, applyCGCNN(parameters, inputs, vectors, config)),
    embed: (inputs, vectors) => embedCGCNN(parameters, inputs, vectors, config),
  };
}

function torchmdET(model: Of<'torchmd-et'>, pooling: Pooling, key: Key, level: Level): Network {
  const config: TorchMDETConfig = {
    ...torchmdETDefaults,
    preset: model.form,
    cutoff: model.cutoff,
    filter: model.filter,
    hidden_channels: model.channels,
    post_hidden_channels: model.hidden,
    num_layers: model.layers,
    num_heads: model.heads,
    num_rbf: model.basis,
    pool: pooling,
    level,
  };
  const parameters = initTorchMDET(config, key);
  return {
    name: `TorchMD-Net ET (${model.form})`,
    parameters,
    size: countParameters(parameters),
    grid: torchmdETGrid(config),
    head: ['post_lin_list'],
    apply: (inputs, vectors) => ofLevel(level, applyTorchMDET(parameters, inputs, vectors, config)),
    embed: (inputs, vectors) => embedTorchMDET(parameters, inputs, vectors, config).x,
  };
}

const ofLevel = (level: Level, output: Tensor): Tensor => (level === 'graph' ? reshape(output, [structures]) : output);

export const network = (model: ModelConfig, pooling: Pooling, key: Key, level: Level = 'graph'): Network =>
  model.architecture === 'cgcnn' ? cgcnn(model, pooling, key, level) : torchmdET(model, pooling, key, level);
