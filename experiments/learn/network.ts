/**
 * From a model's configuration to a network: parameters, and a function from edge vectors to outputs.
 *
 * A model is added here (and to the schema); everything else in experiments/ takes any network.
 */
import {
  applyCGCNN,
  type CGCNNConfig,
  cgcnnDefaults,
  countParameters,
  type GraphInputs,
  type GridOptions,
  initCGCNN,
  type Parameters,
  type Pooling,
  structures,
} from '../../nn/index.ts';
import { type Key, reshape, type Tensor } from '../../tensor/index.ts';
import type { ModelConfig } from '../config/schema.ts';

export interface Network {
  readonly name: string;
  readonly parameters: Parameters;
  readonly size: number;
  readonly grid: GridOptions;
  /** One number for each structure, [structures], from edge vectors [edges, 3] in Angstrom. */
  readonly apply: (inputs: GraphInputs, vectors: Tensor) => Tensor;
}

export function network(model: ModelConfig, pooling: Pooling, key: Key): Network {
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
  };
  const parameters = initCGCNN(config, key);
  return {
    name: `CGCNN (${model.form})`,
    parameters,
    size: countParameters(parameters),
    grid: { cutoff: model.cutoff },
    apply: (inputs, vectors) => reshape(applyCGCNN(parameters, inputs, vectors, config), [structures]),
  };
}
