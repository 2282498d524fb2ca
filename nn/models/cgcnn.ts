/**
 * CGCNN, the crystal graph convolutional network (Xie & Grossman 2018), sized as in the paper.
 *
 * one-hot(Z - 1) -> Linear + silu -> convolutions -> pooling -> Linear + silu ... -> Linear. With level `node` the
 * pooling is left out and each atom gets its own outputs (the prediction head of denoising).
 *
 * Preset `paper`: mean over neighbours, no envelope; energies jump when an edge crosses the cutoff.
 * Preset `physical`: messages weighted by a smooth envelope, so energies are smooth everywhere.
 */
import { callerError } from '../../tensor/errors.ts';
import {
  add,
  fold,
  gather,
  type Key,
  linear,
  reshape,
  silu,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
} from '../../tensor/index.ts';
import { expandGaussian, type GaussianBasis, gaussianBasis, polynomialEnvelope } from '../basis.ts';
import { type Aggregate, applyCGConv, type CGConv, initCGConv } from '../cgconv.ts';
import { type GraphInputs, SPECIES_COUNT, structures } from '../inputs.ts';
import { applyLinear, initLinear, type Linear } from '../linear.ts';
import { defineModel } from '../model.ts';
import { countParameters, nameParameters } from '../parameters.ts';
import { type Pooling, poolAtoms } from '../pooling.ts';
import { evaluateRadial, type RadialEvaluation } from '../radial.ts';

export interface CGCNNConfig {
  /** Channels of atoms (default 100). */
  readonly dim1: number;
  /** Channels after pooling (150). */
  readonly dim2: number;
  /** Linear layers before the convolutions (1). */
  readonly pre_fc_count: number;
  /** Convolutions (4). */
  readonly gc_count: number;
  /** Linear layers after pooling (3). */
  readonly post_fc_count: number;
  /** Gaussians on [0, cutoff] (50). */
  readonly edge_dim: number;
  /** Angstrom (8). */
  readonly cutoff: number;
  /** Gaussian width relative to the cutoff (0.2). */
  readonly width: number;
  readonly output_dim: number;
  readonly level: 'graph' | 'node';
  readonly pool: Pooling;
  readonly filter: RadialEvaluation;
  readonly preset: 'paper' | 'physical';
}

/**
 * The settings of CGCNN with the sizes of the paper, smooth at the cutoff.
 *
 * @example
 * const config = { ...cgcnnDefaults, gc_count: 2, cutoff: 5 };
 */
export const cgcnnDefaults: CGCNNConfig = {
  dim1: 100,
  dim2: 150,
  pre_fc_count: 1,
  gc_count: 4,
  post_fc_count: 3,
  edge_dim: 50,
  cutoff: 8,
  width: 0.2,
  output_dim: 1,
  level: 'graph',
  pool: 'add',
  filter: 'table',
  preset: 'physical',
};

export interface CGCNNParameters {
  readonly pre_lin_list: readonly Linear[];
  readonly conv_list: readonly CGConv[];
  readonly post_lin_list: readonly Linear[];
  readonly lin_out: Linear;
  readonly [name: string]: readonly Linear[] | readonly CGConv[] | Linear;
}

/**
 * Fresh parameters, a pure function of configuration and key, under the names that they have in PyTorch.
 *
 * @example
 * const parameters = initCGCNN({ ...cgcnnDefaults, dim1: 16, gc_count: 2 }, key(1));
 * parameters.conv_list.length;  // 2
 */
export function initCGCNN(config: CGCNNConfig, key: Key): CGCNNParameters {
  const { dim1, dim2, edge_dim } = config;
  const layer = (name: string, k: number) => fold(fold(key, name), k);
  const list = <T>(count: number, make: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => make(k));
  return nameParameters({
    pre_lin_list: list(config.pre_fc_count, (k) => initLinear(layer('pre', k), k === 0 ? SPECIES_COUNT : dim1, dim1)),
    conv_list: list(config.gc_count, (k) =>
      initCGConv({ f: layer('conv f', k), s: layer('conv s', k) }, dim1, edge_dim),
    ),
    post_lin_list: list(config.post_fc_count, (k) => initLinear(layer('post', k), k === 0 ? dim1 : dim2, dim2)),
    lin_out: initLinear(layer('out', 0), dim2, config.output_dim),
  });
}

/**
 * Atoms after the convolutions, [atoms, dim1], of crystals with edge vectors [edges, 3] in Angstrom. `basis` replaces
 * the fixed Gaussians, e.g. by trainable ones.
 */
export function embedCGCNN(
  parameters: CGCNNParameters,
  inputs: GraphInputs,
  vectors: Tensor,
  config: CGCNNConfig,
  basis: GaussianBasis = gaussianBasis(config.edge_dim, config.cutoff, config.width),
): Tensor {
  const [first, ...rest] = parameters.pre_lin_list;
  if (!first) throw callerError('CGCNN: expected pre_fc_count >= 1, since the first layer embeds the elements.');
  const r = sqrt(sum(square(vectors), { axis: -1 }));
  const filter = (edgeWeight: Tensor): Tensor =>
    evaluateRadial((distance) => linear(expandGaussian(basis, distance), edgeWeight), r, inputs, config.filter);
  const aggregate: Aggregate =
    config.preset === 'paper' ? { kind: 'mean' } : { kind: 'weighted', weight: polynomialEnvelope(r, config.cutoff) };

  // A one-hot vector times a matrix picks a row.
  let x = silu(add(gather(transpose(first.weight), inputs.species), first.bias));
  for (const layer of rest) x = silu(applyLinear(layer, x));
  for (const conv of parameters.conv_list) x = applyCGConv(conv, x, inputs, filter, aggregate);
  return x;
}

/** From atoms [atoms, dim1] to outputs: pooling (level `graph`) and what follows it. */
function readOut(parameters: CGCNNParameters, inputs: GraphInputs, config: CGCNNConfig, embedded: Tensor): Tensor {
  let x = config.level === 'graph' ? poolAtoms(embedded, inputs.structure, config.pool) : embedded;
  for (const layer of parameters.post_lin_list) x = silu(applyLinear(layer, x));
  return applyLinear(parameters.lin_out, x);
}

/**
 * Outputs [structures, output_dim] (level `graph`) or [atoms, output_dim] (level `node`) of crystals with edge vectors
 * [edges, 3] in Angstrom; `basis` replaces the fixed Gaussians, e.g. by trainable ones. Throws if the configuration has
 * no linear layer before the convolutions.
 *
 * @example
 * const config = { ...cgcnnDefaults, dim1: 16, gc_count: 2 }, inputs = graphInputs();
 * const parameters = initCGCNN(config, key(1));
 * const { energy, forces } = withDerivatives(inputs, (vectors) => applyCGCNN(parameters, inputs, vectors, config));
 */
export const applyCGCNN = (
  parameters: CGCNNParameters,
  inputs: GraphInputs,
  vectors: Tensor,
  config: CGCNNConfig,
  basis?: GaussianBasis,
): Tensor => readOut(parameters, inputs, config, embedCGCNN(parameters, inputs, vectors, config, basis));

/**
 * The record of CGCNN (Xie and Grossman 2018): how it is described, and made, wherever any model will do.
 *
 * @example
 * cgcnn.laws.physical.smooth;  // true
 */
export const cgcnn = defineModel({
  title: 'CGCNN',
  own: {
    /** Layers that exchange messages. */
    convolutions: 'layers',
    /** Width of the Gaussians, relative to the cutoff. */
    width: 'positive',
  },
  sizes: {
    full: { channels: 100, hidden: 150, convolutions: 4, width: 0.2 },
    small: { channels: 16, hidden: 16, convolutions: 2, width: 0.2 },
  },
  // Layers after pooling bend the sum over the atoms.
  laws: {
    paper: { smooth: false, anyCell: true, extensive: false },
    physical: { smooth: true, anyCell: true, extensive: false },
  },
  atomVectors: false,
  learningRate: 2e-3,
  weights: ({ channels: c, hidden: h, convolutions }) => convolutions * 2 * c * (2 * c + 50) + c * h + h * h,
  network(settings, pool, key, level) {
    const config: CGCNNConfig = {
      ...cgcnnDefaults,
      preset: settings.form,
      cutoff: settings.cutoff,
      width: settings.width,
      filter: settings.filter,
      dim1: settings.channels,
      dim2: settings.hidden,
      gc_count: settings.convolutions,
      pool,
      level,
      output_dim: level === 'graph' ? 1 : 3,
    };
    const parameters = initCGCNN(config, key);
    return {
      name: `CGCNN (${settings.form})`,
      parameters,
      size: countParameters(parameters),
      grid: { cutoff: settings.cutoff },
      head: ['post_lin_list', 'lin_out'],
      apply(inputs, vectors) {
        const output = applyCGCNN(parameters, inputs, vectors, config);
        return level === 'graph' ? reshape(output, [structures]) : output;
      },
      embed: (inputs, vectors) => embedCGCNN(parameters, inputs, vectors, config),
    };
  },
});
