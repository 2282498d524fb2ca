/**
 * Equivariant multi-head attention of TorchMD-Net (P. Thoelke and G. De Fabritiis, ICLR 2022), on scalars x
 * [atoms, channels] and vectors v [atoms, 3, channels].
 *
 * An edge j -> i carries, for each head, a = silu(sum over the head's channels of q_i k_j d_k(r)), the scalar message
 * a v_x d_x(r) and the vector message v_j v_1 d_1(r) + direction v_2 d_2(r). Everything wide on edges is a product of
 * gathered atom rows and functions of the distance alone; attention is a sum over a row, broadcast back in that row.
 */
import {
  add,
  gate,
  gather,
  type Key,
  linear,
  mul,
  permute,
  reshape,
  segmentSum,
  silu,
  slice,
  sum,
  type Tensor,
  unsqueeze,
} from '../tensor/index.ts';
import type { GraphInputs } from './inputs.ts';
import { applyLayerNorm, initLayerNorm, type LayerNorm } from './layer-norm.ts';
import { applyLinear, initProjection, initXavierLinear, type Linear, type Projection } from './linear.ts';

/**
 * Evaluates on all edges a function of the radial basis [n, functions] and of distances [n]: what it gives for n
 * distances, [n, channels], becomes [edges, channels].
 */
export type RadialFilter = (f: (basis: Tensor, r: Tensor) => Tensor) => Tensor;

/** The parameters of one layer. */
export interface EquivariantAttention {
  readonly layernorm: LayerNorm;
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly vec_proj: Projection;
  readonly dk_proj: Linear;
  readonly dv_proj: Linear;
  readonly [name: string]: LayerNorm | Linear | Projection;
}

/**
 * Fresh parameters of one layer for `channels` features of an atom and so many radial functions; `key` gives each
 * projection a key of its own.
 *
 * @example
 * const layer = initAttention((name) => fold(key(1), name), 8, 5);
 * layer.v_proj.weight.shape;  // [24, 8]
 */
export const initAttention = (
  key: (name: string) => Key,
  channels: number,
  radialFunctions: number,
): EquivariantAttention => ({
  layernorm: initLayerNorm(channels),
  q_proj: initXavierLinear(key('q'), channels, channels),
  k_proj: initXavierLinear(key('k'), channels, channels),
  v_proj: initXavierLinear(key('v'), channels, 3 * channels),
  o_proj: initXavierLinear(key('o'), channels, 3 * channels),
  vec_proj: initProjection(key('vec'), channels, 3 * channels),
  dk_proj: initXavierLinear(key('dk'), radialFunctions, channels),
  dv_proj: initXavierLinear(key('dv'), radialFunctions, 3 * channels),
});

/** What is known of atoms. */
export interface EquivariantFeatures {
  /** Scalars, [atoms, channels]. */
  readonly x: Tensor;
  /** Vectors, [atoms, 3, channels]. */
  readonly v: Tensor;
}

/** What the layer needs to know of edges. */
export interface EdgeFunctions {
  /** Unit vectors from target to source, [edges, 3]. */
  readonly directions: Tensor;
  /** How functions of the distance are evaluated on edges. */
  readonly filter: RadialFilter;
  /** The envelope of the scalar message, a function of distances [n]. */
  readonly weight: (r: Tensor) => Tensor;
  /**
   * Whether the vector message is under the envelope, too. (The authors leave it out, so forces jump at the cutoff.)
   */
  readonly weighVectors: boolean;
}

/** Number `k` (0, 1, 2) of the three parts of the columns of y [..., 3 channels]: [..., channels]. */
const third = (y: Tensor, k: number): Tensor => {
  const channels = (y.shape[y.shape.length - 1] as number) / 3;
  return slice(
    y,
    y.shape.map((_, axis) => (axis === y.shape.length - 1 ? [k * channels, (k + 1) * channels] : null)),
  );
};

/** PyTorch's layout of values is [head, x | 1 | 2, channel of the head]; ours is [x | 1 | 2, head, channel]. */
function byPart({ weight, bias }: Linear, heads: number): Linear {
  const [outputs, inputs] = weight.shape as [number, number];
  const size = outputs / 3 / heads;
  return {
    weight: reshape(permute(reshape(weight, [heads, 3, size, inputs]), [1, 0, 2, 3]), [outputs, inputs]),
    bias: reshape(permute(reshape(bias, [heads, 3, size]), [1, 0, 2]), [outputs]),
  };
}

/**
 * What the layer adds to scalars x [atoms, channels] and vectors v [atoms, 3, channels]. The first layer of a network
 * is given no vectors, for all are zero. The number of heads must divide the channels.
 *
 * @example
 * const inputs = graphInputs(), vectors = edgeVectors(inputs), r = norm(vectors, { axis: 1 });
 * const basis = gaussianBasis(5, 4, 0.2), layer = initAttention((name) => fold(key(1), name), 8, 5);
 * const { x, v } = applyAttention(layer, { x: input([atoms, 8], 'x') }, inputs, {
 *   directions: vectors.div(r.unsqueeze(1)), filter: (f) => f(expandGaussian(basis, r), r),
 *   weight: (d) => polynomialEnvelope(d, 4), weighVectors: true,
 * }, 2);
 */
export function applyAttention(
  layer: EquivariantAttention,
  { x: input, v }: Pick<EquivariantFeatures, 'x'> & Partial<EquivariantFeatures>,
  inputs: GraphInputs,
  { directions, filter, weight, weighVectors }: EdgeFunctions,
  heads: number,
): EquivariantFeatures {
  const channels = input.shape[1] as number;
  const byHead = (y: Tensor): Tensor => reshape(y, [y.shape[0], heads, channels / heads]);
  const fromSource = (y: Tensor): Tensor => gather(y, inputs.source);
  const x = applyLayerNorm(layer.layernorm, input);

  const key = filter((basis) => silu(applyLinear(layer.dk_proj, basis)));
  const radial = byPart(layer.dv_proj, heads);
  const value = (k: number, weighted: boolean): Tensor =>
    filter((basis, r) => {
      const part = third(silu(applyLinear(radial, basis)), k);
      return weighted ? mul(part, unsqueeze(weight(r), 1)) : part;
    });
  const values = applyLinear(byPart(layer.v_proj, heads), x);
  const message = (k: number, weighted: boolean): Tensor => mul(fromSource(third(values, k)), value(k, weighted));

  const query = gather(applyLinear(layer.q_proj, x), inputs.target);
  const products = mul(mul(query, fromSource(applyLinear(layer.k_proj, x))), key);
  const attention = silu(sum(byHead(products), { axis: 2, keep: true }));
  const scalars = segmentSum(mul(attention, byHead(message(0, true))), inputs.target);
  const pointed = mul(unsqueeze(directions, 2), unsqueeze(message(2, weighVectors), 1));
  const output = applyLinear(layer.o_proj, reshape(scalars, input.shape));
  if (!v) {
    // A gate of 0 costs nothing, and the projection that has nothing to project still counts as reached (it is decayed,
    // as in PyTorch).
    const none = gate(0, sum(layer.vec_proj.weight));
    return { x: add(third(output, 2), none), v: segmentSum(pointed, inputs.target) };
  }

  const turned = mul(fromSource(v), unsqueeze(message(1, weighVectors), 1));
  const vectors = segmentSum(add(turned, pointed), inputs.target);
  const projected = linear(v, layer.vec_proj.weight);
  const lengths = sum(mul(third(projected, 0), third(projected, 1)), { axis: 1 });
  return {
    x: add(mul(lengths, third(output, 1)), third(output, 2)),
    v: add(mul(third(projected, 2), unsqueeze(third(output, 0), 1)), vectors),
  };
}
