/**
 * The crystal graph convolution (T. Xie and J. C. Grossman, Phys. Rev. Lett. 120, 145301, 2018, equation 5): x_i
 * becomes x_i + mean over j of sigmoid(f(z)) softplus(s(z)) with z = [x_i, x_j, e_ij].
 *
 * W [x_i, x_j, e_ij] = A x_i + B x_j + C e_ij: A and B act on atoms before anything is gathered, and C e_ij depends on
 * the distance alone. Nothing is ever concatenated on edges.
 */
import {
  add,
  div,
  gather,
  type Key,
  linear,
  mul,
  segmentMean,
  segmentSum,
  sigmoid,
  softplus,
  type Tensor,
  unsqueeze,
} from '../tensor/index.ts';
import type { GraphInputs } from './inputs.ts';
import { initLinear, type Linear, weightColumns } from './linear.ts';

/** The parameters of one convolution: of the gate f and of the message s. */
export interface CGConv {
  readonly lin_f: Linear;
  readonly lin_s: Linear;
  readonly [name: string]: Linear;
}

/**
 * Fresh parameters of a convolution of `channels` features of atoms and `edgeChannels` radial functions: two linear
 * layers from 2 channels + edgeChannels to channels. Each layer has a key of its own, because under one key their
 * weights would be equal.
 *
 * @example
 * const layer = initCGConv({ f: key(1), s: key(2) }, 8, 5);
 * layer.lin_f.weight.shape;  // [8, 21]
 */
export const initCGConv = (
  keys: { readonly f: Key; readonly s: Key },
  channels: number,
  edgeChannels: number,
): CGConv => ({
  lin_f: initLinear(keys.f, 2 * channels + edgeChannels, channels),
  lin_s: initLinear(keys.s, 2 * channels + edgeChannels, channels),
});

/** How messages are brought together at their target. */
export type Aggregate =
  /** The mean over neighbours, as in the paper. */
  | { readonly kind: 'mean' }
  /** sum(w m) / (1 + sum w) with a weight w [edges] of each message m, which is continuous where edges come and go. */
  | { readonly kind: 'weighted'; readonly weight: Tensor };

/**
 * From features x [atoms, channels] of atoms to new ones of the same shape (Xie and Grossman 2018, equation 5).
 * `filter` multiplies the radial basis of every edge by the columns of a weight that act on edges,
 * [channels, edge channels]: it gives [edges, channels].
 *
 * @example
 * const inputs = graphInputs(), x = input([atoms, 8], 'x');
 * const r = norm(edgeVectors(inputs), { axis: 1 }), basis = gaussianBasis(5, 4, 0.2);
 * const layer = initCGConv({ f: key(1), s: key(2) }, 8, 5);
 * const y = applyCGConv(layer, x, inputs, (weight) => linear(expandGaussian(basis, r), weight), { kind: 'mean' });
 */
export function applyCGConv(
  { lin_f, lin_s }: CGConv,
  x: Tensor,
  inputs: GraphInputs,
  filter: (edgeWeight: Tensor) => Tensor,
  aggregate: Aggregate,
): Tensor {
  const channels = x.shape[1] as number;
  const gate = ({ weight, bias }: Linear): Tensor => {
    const fan = weight.shape[1] as number;
    const atTarget = add(linear(x, weightColumns(weight, 0, channels)), bias);
    const atSource = linear(x, weightColumns(weight, channels, 2 * channels));
    const onEdge = filter(weightColumns(weight, 2 * channels, fan));
    return add(add(gather(atTarget, inputs.target), gather(atSource, inputs.source)), onEdge);
  };
  const message = mul(sigmoid(gate(lin_f)), softplus(gate(lin_s)));
  if (aggregate.kind === 'mean') return add(x, segmentMean(message, inputs.target));
  const { weight } = aggregate;
  const total = segmentSum(mul(unsqueeze(weight, 1), message), inputs.target);
  return add(x, div(total, unsqueeze(add(1, segmentSum(weight, inputs.target)), 1)));
}
