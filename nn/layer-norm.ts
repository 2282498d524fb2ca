/** Layer normalisation (J. L. Ba, J. R. Kiros and G. E. Hinton, 2016); epsilon is PyTorch's default, 1e-5. */
import { layerNorm, type Tensor, variable } from '../tensor/index.ts';

/** What scales and shifts each channel after it was normalised, named as in PyTorch. */
export interface LayerNorm {
  /** Scale, [channels]. */
  readonly weight: Tensor;
  /** Shift, [channels]. */
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

/**
 * Fresh parameters of a layer normalisation: scale 1 and shift 0, [channels] each.
 *
 * @example
 * await initLayerNorm(3).weight.value();  // [1, 1, 1]
 */
export const initLayerNorm = (channels: number): LayerNorm => ({
  weight: variable(new Float64Array(channels).fill(1), [channels], 'weight'),
  bias: variable(new Float64Array(channels), [channels], 'bias'),
});

/**
 * Normalises x [..., channels] to mean 0 and variance 1 over its channels, then scales and shifts it (Ba, Kiros and
 * Hinton 2016); the shape stays.
 *
 * @example
 * await applyLayerNorm(initLayerNorm(2), tensor([[1, 3]])).value();  // [[-0.999995, 0.999995]]
 */
export const applyLayerNorm = ({ weight, bias }: LayerNorm, x: Tensor): Tensor => layerNorm(x, weight, bias);
