/**
 * TorchMD-Net's equivariant transformer (Thoelke & De Fabritiis 2022), sized as in the paper.
 *
 * embedding(Z) -> neighbour embedding -> attention layers on scalars and vectors -> layer norm -> pooling ->
 * Linear + silu ... -> Linear. With level `node` the vectors of each atom give one vector [atoms, 3] through a gated
 * equivariant head, which turns with the crystal.
 *
 * Preset `paper`: the cosine envelope multiplies scalar messages only, and the neighbour embedding leaves out periodic
 * images; forces jump at the cutoff and energies depend on the choice of cell. Preset `physical`: a smooth envelope
 * on every message, images kept.
 */
import { callerError } from '../../tensor/errors.ts';
import {
  add,
  broadcastTo,
  div,
  fold,
  gather,
  type Key,
  reshape,
  silu,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
  unsqueeze,
  variable,
} from '../../tensor/index.ts';
import {
  applyAttention,
  type EdgeFunctions,
  type EquivariantAttention,
  type EquivariantFeatures,
  initAttention,
  type RadialFilter,
} from '../attention.ts';
import { cosineCutoff, expandExponentialNormal, exponentialNormalParameters, polynomialEnvelope } from '../basis.ts';
import { applyVectorHead, initVectorHead, type VectorHead } from '../gated-equivariant.ts';
import { atoms, type GraphInputs, type RadialGridOptions, SPECIES_COUNT, structures } from '../inputs.ts';
import { applyLayerNorm, initLayerNorm, type LayerNorm } from '../layer-norm.ts';
import { applyLinear, initLinear, type Linear } from '../linear.ts';
import { defineModel } from '../model.ts';
import { applyNeighbourEmbedding, initNeighbourEmbedding, type NeighbourEmbedding } from '../neighbour-embedding.ts';
import { countParameters, nameParameters, normalParameter, type Parameters } from '../parameters.ts';
import { type Pooling, poolAtoms } from '../pooling.ts';
import { evaluateRadial, type RadialEvaluation } from '../radial.ts';

export interface TorchMDETConfig {
  /** Channels of scalars and vectors (default 128), a multiple of the heads. */
  readonly hidden_channels: number;
  /** Attention layers (8). */
  readonly num_layers: number;
  readonly num_heads: number;
  /** Exponential-normal functions on [0, cutoff] (50). */
  readonly num_rbf: number;
  /** Linear layers with an activation after pooling (2). */
  readonly num_post_layers: number;
  readonly post_hidden_channels: number;
  /** Angstrom (8). */
  readonly cutoff: number;
  readonly output_dim: number;
  /** Parameters of level `node` include the head's; they serve level `graph` too. */
  readonly level: 'graph' | 'node';
  readonly pool: Pooling;
  readonly filter: RadialEvaluation;
  readonly preset: 'paper' | 'physical';
  /** Does the neighbour embedding keep periodic images of the atom itself? Default: in preset `physical`. */
  readonly keep_images?: boolean;
}

/**
 * The settings of TorchMD-Net's equivariant transformer with the sizes of the paper, smooth at the cutoff.
 *
 * @example
 * const config = { ...torchmdETDefaults, num_layers: 2, cutoff: 5 };
 */
export const torchmdETDefaults: TorchMDETConfig = {
  hidden_channels: 128,
  num_layers: 8,
  num_heads: 8,
  num_rbf: 50,
  num_post_layers: 2,
  post_hidden_channels: 128,
  cutoff: 8,
  output_dim: 1,
  level: 'graph',
  pool: 'add',
  filter: 'table',
  preset: 'physical',
};

/**
 * The grid that its tables want, to be given to `feedGraph`: the basis is narrow at short distances. Largest errors of
 * fresh filters between knots from 0.5 A on, relative to the largest value, at a cutoff of 8 A (5 A): 256 knots, value
 * 1e-5 (9e-6), slope 2e-4 (2e-4); beyond 1.5 A 7e-6 and 4e-4 (4e-6 and 1e-4); 512 knots, value 7e-7, slope 3e-5.
 * Uniform in r they would be 6e-4 and 3e-3 with 256. Training does not widen them (600 steps at 5 A, rate 2e-3: 5e-6
 * and 2e-4 with 256).
 *
 * @example
 * torchmdETGrid({ cutoff: 5 }).bend;  // 0.6
 */
export const torchmdETGrid = ({ cutoff }: Pick<TorchMDETConfig, 'cutoff'>): RadialGridOptions => ({
  cutoff,
  bend: 3 / cutoff,
});

export interface TorchMDETParameters {
  readonly embedding: { readonly weight: Tensor };
  readonly distance_expansion: { readonly means: Tensor; readonly betas: Tensor };
  readonly neighbor_embedding: NeighbourEmbedding;
  readonly attention_layers: readonly EquivariantAttention[];
  readonly out_norm: LayerNorm;
  readonly post_lin_list: readonly Linear[];
  /** `noise_output_head`, a VectorHead, where outputs are vectors of atoms (level `node`). */
  readonly [name: string]: Parameters;
}

/**
 * Fresh parameters, a pure function of configuration and key, under the names that they have in PyTorch. Throws if the
 * number of channels is no multiple of the number of heads.
 *
 * @example
 * const parameters = initTorchMDET({ ...torchmdETDefaults, num_layers: 2 }, key(1));
 * parameters.attention_layers.length;  // 2
 */
export function initTorchMDET(config: TorchMDETConfig, key: Key): TorchMDETParameters {
  const { hidden_channels: channels, num_heads, num_rbf, num_post_layers, post_hidden_channels } = config;
  if (channels % num_heads !== 0) {
    throw callerError(
      `TorchMD-Net ET: expected hidden_channels to be a multiple of num_heads, got ${channels} and ${num_heads}.`,
    );
  }
  const named = (part: string, k = 0) => fold(fold(key, part), k);
  const { means, betas } = exponentialNormalParameters(num_rbf, config.cutoff);
  const widths = [channels, ...new Array<number>(num_post_layers).fill(post_hidden_channels), config.output_dim];
  return nameParameters({
    embedding: { weight: normalParameter(named('embedding'), [SPECIES_COUNT, channels], 'weight') },
    distance_expansion: { means: variable(means, [num_rbf], 'means'), betas: variable(betas, [num_rbf], 'betas') },
    neighbor_embedding: initNeighbourEmbedding(
      { embedding: named('neighbours'), distance: named('neighbour distance'), combine: named('combine') },
      SPECIES_COUNT,
      num_rbf,
      channels,
    ),
    attention_layers: Array.from({ length: config.num_layers }, (_, k) =>
      initAttention((name) => named(`attention ${name}`, k), channels, num_rbf),
    ),
    out_norm: initLayerNorm(channels),
    post_lin_list: widths.slice(1).map((width, k) => initLinear(named('post', k), widths[k], width)),
    ...(config.level === 'node'
      ? { noise_output_head: initVectorHead((name) => named(`head ${name}`), channels) }
      : {}),
  });
}

/** Atoms after the attention layers and the last norm: scalars x [atoms, C] and vectors v [atoms, 3, C]. */
export function embedTorchMDET(
  parameters: TorchMDETParameters,
  inputs: GraphInputs,
  vectors: Tensor,
  config: TorchMDETConfig,
): EquivariantFeatures {
  const { cutoff, preset, keep_images: keepImages = preset === 'physical' } = config;
  const r = sqrt(sum(square(vectors), { axis: -1 }));
  const { means, betas } = parameters.distance_expansion;
  const { alpha } = exponentialNormalParameters(config.num_rbf, cutoff);
  const filter: RadialFilter = (f) =>
    evaluateRadial((x) => f(expandExponentialNormal({ means, betas, alpha, cutoff }, x), x), r, inputs, config.filter);
  const weight = (x: Tensor): Tensor => (preset === 'paper' ? cosineCutoff(x, cutoff) : polynomialEnvelope(x, cutoff));
  const onEdges: EdgeFunctions = {
    directions: div(vectors, unsqueeze(r, 1)),
    filter,
    weight,
    weighVectors: preset === 'physical',
  };

  const elements = gather(parameters.embedding.weight, inputs.numbers);
  let x = applyNeighbourEmbedding(parameters.neighbor_embedding, elements, inputs, filter, weight, keepImages);
  let v: Tensor | undefined;
  for (const layer of parameters.attention_layers) {
    const change = applyAttention(layer, v ? { x, v } : { x }, inputs, onEdges, config.num_heads);
    x = add(x, change.x);
    v = v ? add(v, change.v) : change.v;
  }
  v ??= broadcastTo(tensor(0), [atoms, 3, config.hidden_channels]);
  return { x: applyLayerNorm(parameters.out_norm, x), v };
}

/** From atoms to outputs: the vector head (level `node`), or pooling and what follows it. */
function readOut(
  parameters: TorchMDETParameters,
  inputs: GraphInputs,
  config: TorchMDETConfig,
  features: EquivariantFeatures,
): Tensor {
  if (config.level === 'node') {
    const head = parameters.noise_output_head as VectorHead | undefined;
    if (!head) {
      throw callerError(
        "TorchMD-Net ET: level 'node' needs parameters with a vector head: make them with level 'node'.",
      );
    }
    return applyVectorHead(head, features);
  }
  const [last, ...hidden] = [...parameters.post_lin_list].reverse();
  if (!last) throw callerError('TorchMD-Net ET: expected a last linear layer in post_lin_list, found none.');
  const pooled = poolAtoms(features.x, inputs.structure, config.pool);
  return applyLinear(
    last,
    hidden.reverse().reduce((y, layer) => silu(applyLinear(layer, y)), pooled),
  );
}

/**
 * Outputs [structures, output_dim] (level `graph`) or vectors [atoms, 3] (level `node`) of crystals with edge vectors
 * [edges, 3] in Angstrom. Throws for level `node` if the parameters were made without a vector head, and for level
 * `graph` if they have no last linear layer.
 *
 * @example
 * const config = { ...torchmdETDefaults, hidden_channels: 16, num_layers: 2 }, inputs = graphInputs();
 * const parameters = initTorchMDET(config, key(1));
 * const { energy, forces } = withDerivatives(inputs, (vectors) => applyTorchMDET(parameters, inputs, vectors, config));
 */
export const applyTorchMDET = (
  parameters: TorchMDETParameters,
  inputs: GraphInputs,
  vectors: Tensor,
  config: TorchMDETConfig,
): Tensor => readOut(parameters, inputs, config, embedTorchMDET(parameters, inputs, vectors, config));

/**
 * The record of the equivariant transformer (Thoelke and De Fabritiis 2022): how it is described, and made, wherever
 * any model will do.
 *
 * @example
 * torchmdET.atomVectors;  // true
 */
export const torchmdET = defineModel({
  title: 'TorchMD-Net ET',
  own: {
    /** Attention layers. */
    layers: 'layers',
    /** Attention heads; they divide the channels. */
    heads: 'size',
    /** Exponential-normal functions of the distance. */
    basis: 'size',
  },
  sizes: {
    full: { channels: 128, hidden: 128, layers: 8, heads: 8, basis: 50 },
    small: { channels: 16, hidden: 16, layers: 2, heads: 2, basis: 16 },
  },
  // Layers after pooling bend the sum over the atoms.
  laws: {
    paper: { smooth: false, anyCell: false, extensive: false },
    physical: { smooth: true, anyCell: true, extensive: false },
  },
  atomVectors: true,
  learningRate: 2e-4,
  fault: ({ channels, heads }) =>
    channels % heads === 0 ? undefined : `expected channels to be a multiple of heads, got ${channels} and ${heads}`,
  weights: ({ channels: c, hidden: h, layers, basis }) => layers * (13 * c * c + 4 * c * basis) + c * h + h * h,
  network(settings, pool, key, level) {
    const config: TorchMDETConfig = {
      ...torchmdETDefaults,
      preset: settings.form,
      cutoff: settings.cutoff,
      filter: settings.filter,
      hidden_channels: settings.channels,
      post_hidden_channels: settings.hidden,
      num_layers: settings.layers,
      num_heads: settings.heads,
      num_rbf: settings.basis,
      pool,
      level,
    };
    const parameters = initTorchMDET(config, key);
    return {
      name: `TorchMD-Net ET (${settings.form})`,
      parameters,
      size: countParameters(parameters),
      grid: torchmdETGrid(config),
      head: ['post_lin_list'],
      apply(inputs, vectors) {
        const output = applyTorchMDET(parameters, inputs, vectors, config);
        return level === 'graph' ? reshape(output, [structures]) : output;
      },
      embed: (inputs, vectors) => embedTorchMDET(parameters, inputs, vectors, config).x,
    };
  },
});
