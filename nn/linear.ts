/** Linear layers y = x W^T + b, with weights [outputs, inputs] as PyTorch has them. */
import { add, type Key, linear as product, slice, type Tensor, variable } from '../tensor/index.ts';
import { uniformParameter, xavierParameter } from './parameters.ts';

/** The parameters of a linear layer. */
export interface Linear {
  /** [outputs, inputs]. */
  readonly weight: Tensor;
  /** [outputs]. */
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

/** Weights and biases drawn as PyTorch draws them by default. */
export const initLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: uniformParameter(key, [outputs, inputs], inputs, 'weight'),
  bias: uniformParameter(key, [outputs], inputs, 'bias'),
});

/** Weights drawn as Glorot and Bengio (2010) do, biases zero. */
export const initXavierLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: xavierParameter(key, inputs, outputs, 'weight'),
  bias: variable(new Float64Array(outputs), [outputs], 'bias'),
});

/** The parameters of a linear layer without bias, for vectors in space: these must not be shifted. */
export interface Projection {
  /** [outputs, inputs]. */
  readonly weight: Tensor;
  readonly [name: string]: Tensor;
}

/** Weights drawn as Glorot and Bengio (2010) do. */
export const initProjection = (key: Key, inputs: number, outputs: number): Projection => ({
  weight: xavierParameter(key, inputs, outputs, 'weight'),
});

/** The columns `from` to `to` (not included) of a weight [outputs, inputs]: the part that acts on these inputs. */
export const weightColumns = (weight: Tensor, from: number, to: number): Tensor => slice(weight, [null, [from, to]]);

/** From x [..., inputs] to [..., outputs]. */
export const applyLinear = ({ weight, bias }: Linear, x: Tensor): Tensor => add(product(x, weight), bias);
