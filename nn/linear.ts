/** The linear layer y = x W^T + b, with PyTorch's weight layout [out, in]. */
import { add, type Key, linear as product, slice, type Tensor, variable } from '../tensor/index.ts';
import { uniformParameter, xavierParameter } from './parameters.ts';

export interface Linear {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

export const initLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: uniformParameter(key, [outputs, inputs], inputs, 'weight'),
  bias: uniformParameter(key, [outputs], inputs, 'bias'),
});

/** Weights by Glorot & Bengio, biases zero. */
export const initXavierLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: xavierParameter(key, inputs, outputs, 'weight'),
  bias: variable(new Float64Array(outputs), [outputs], 'bias'),
});

/** A linear layer without bias: directions must not be shifted. */
export interface Projection {
  readonly weight: Tensor;
  readonly [name: string]: Tensor;
}

export const initProjection = (key: Key, inputs: number, outputs: number): Projection => ({
  weight: xavierParameter(key, inputs, outputs, 'weight'),
});

/** Columns [from, to) of a weight: the part that acts on these inputs. */
export const weightColumns = (weight: Tensor, from: number, to: number): Tensor => slice(weight, [null, [from, to]]);

/** x [..., in] to [..., out]. */
export const applyLinear = ({ weight, bias }: Linear, x: Tensor): Tensor => add(product(x, weight), bias);
