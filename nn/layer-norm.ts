/** Layer normalisation with its scale and shift, named as in PyTorch. Epsilon is PyTorch's default, 1e-5. */
import { layerNorm, type Tensor, variable } from '../tensor/index.ts';

export interface LayerNorm {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

export const initLayerNorm = (channels: number): LayerNorm => ({
  weight: variable(new Float64Array(channels).fill(1), [channels], 'weight'),
  bias: variable(new Float64Array(channels), [channels], 'bias'),
});

/** x [..., channels], normalised over its channels. */
export const applyLayerNorm = ({ weight, bias }: LayerNorm, x: Tensor): Tensor => layerNorm(x, weight, bias);
