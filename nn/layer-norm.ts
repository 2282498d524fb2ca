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

/** Scale 1 and shift 0. */
export const initLayerNorm = (channels: number): LayerNorm => ({
  weight: variable(new Float64Array(channels).fill(1), [channels], 'weight'),
  bias: variable(new Float64Array(channels), [channels], 'bias'),
});

/** Normalises x [..., channels] to mean 0 and variance 1 over its channels, then scales and shifts it. */
export const applyLayerNorm = ({ weight, bias }: LayerNorm, x: Tensor): Tensor => layerNorm(x, weight, bias);
