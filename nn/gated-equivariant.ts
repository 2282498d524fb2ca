/**
 * Gated equivariant blocks (PaiNN; K. Schuett, O. Unke and M. Gastegger, ICML 2021): scalars and vectors go in, and
 * fewer of both come out. Vectors are mixed and scaled by numbers that rotations leave alone, so they turn with the
 * crystal.
 */
import { concat, type Key, linear, mul, norm, reshape, silu, slice, type Tensor, unsqueeze } from '../tensor/index.ts';
import type { EquivariantFeatures } from './attention.ts';
import { applyLinear, initProjection, initXavierLinear, type Linear, type Projection } from './linear.ts';
import type { Parameters } from './parameters.ts';

/** The parameters of a block. */
export interface GatedEquivariantBlock {
  readonly vec1_proj: Projection;
  readonly vec2_proj: Projection;
  /** A network of two layers; number 1 of PyTorch's list is its activation. */
  readonly update_net: { readonly 0: Linear; readonly 2: Linear; readonly [name: string]: Linear };
  readonly [name: string]: Parameters;
}

/**
 * Fresh parameters of a block from `channels` scalars and vectors of an atom to `outputs` of each; `key` gives each
 * part a key of its own.
 *
 * @example
 * const block = initGatedBlock((name) => fold(key(1), name), 8, 4);
 * block.vec2_proj.weight.shape;  // [4, 8]
 */
export const initGatedBlock = (
  key: (name: string) => Key,
  channels: number,
  outputs: number,
): GatedEquivariantBlock => ({
  vec1_proj: initProjection(key('vec1'), channels, channels),
  vec2_proj: initProjection(key('vec2'), channels, outputs),
  update_net: {
    0: initXavierLinear(key('update 0'), 2 * channels, channels),
    2: initXavierLinear(key('update 2'), channels, 2 * outputs),
  },
});

/**
 * From scalars x [atoms, channels] and vectors v [atoms, 3, channels] to [atoms, outputs] and [atoms, 3, outputs]. The
 * scalars pass silu at the end if `activateScalars`.
 *
 * @example
 * const block = initGatedBlock((name) => fold(key(1), name), 8, 4);
 * const { x, v } = applyGatedBlock(block, { x: input([2, 8], 'x'), v: input([2, 3, 8], 'v') }, true);
 * v.shape;  // [2, 3, 4]
 */
export function applyGatedBlock(
  { vec1_proj, vec2_proj, update_net }: GatedEquivariantBlock,
  { x, v }: EquivariantFeatures,
  activateScalars: boolean,
): EquivariantFeatures {
  const outputs = vec2_proj.weight.shape[0] as number;
  // The derivative of a length at the zero vector is 0: atoms without neighbours have zero vectors.
  const lengths = norm(linear(v, vec1_proj.weight), { axis: 1 });
  const updated = applyLinear(update_net[2], silu(applyLinear(update_net[0], concat([x, lengths], 1))));
  const scalars = slice(updated, [null, [0, outputs]]);
  const gates = slice(updated, [null, [outputs, 2 * outputs]]);
  return {
    x: activateScalars ? silu(scalars) : scalars,
    v: mul(unsqueeze(gates, 1), linear(v, vec2_proj.weight)),
  };
}

/** The parameters of a head that predicts one vector for each atom. */
export interface VectorHead {
  readonly output_network: readonly GatedEquivariantBlock[];
  readonly [name: string]: readonly GatedEquivariantBlock[];
}

/**
 * Fresh parameters of a head of two blocks, from `channels` over half of them (rounded down) to one vector for each
 * atom; `key` gives each part a key of its own.
 *
 * @example
 * const head = initVectorHead((name) => fold(key(1), name), 8);
 * head.output_network.length;  // 2
 */
export function initVectorHead(key: (name: string) => Key, channels: number): VectorHead {
  const half = Math.floor(channels / 2);
  return {
    output_network: [
      initGatedBlock((name) => key(`0 ${name}`), channels, half),
      initGatedBlock((name) => key(`1 ${name}`), half, 1),
    ],
  };
}

/**
 * A vector for each atom, [atoms, 3], which turns with the crystal, from scalars [atoms, channels] and vectors
 * [atoms, 3, channels].
 *
 * @example
 * const head = initVectorHead((name) => fold(key(1), name), 8);
 * applyVectorHead(head, { x: input([2, 8], 'x'), v: input([2, 3, 8], 'v') }).shape;  // [2, 3]
 */
export function applyVectorHead({ output_network: blocks }: VectorHead, features: EquivariantFeatures): Tensor {
  const last = blocks.length - 1;
  const { v } = blocks.reduce((f, block, k) => applyGatedBlock(block, f, k < last), features);
  return reshape(v, v.shape.slice(0, 2));
}
