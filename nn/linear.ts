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

/**
 * A linear layer with weights [outputs, inputs] and biases [outputs], drawn as PyTorch draws them by default: uniformly
 * up to 1 / sqrt(inputs).
 *
 * @example
 * initLinear(key(1), 3, 2).weight.shape;  // [2, 3]
 */
export const initLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: uniformParameter(key, [outputs, inputs], inputs, 'weight'),
  bias: uniformParameter(key, [outputs], inputs, 'bias'),
});

/**
 * A linear layer with weights [outputs, inputs] drawn as `xavierParameter` does, and biases zero, [outputs].
 *
 * @example
 * const layer = initXavierLinear(key(1), 3, 2);
 * await layer.bias.value();  // [0, 0]
 */
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

/**
 * A linear layer without bias, with weights [outputs, inputs] drawn as `xavierParameter` does.
 *
 * @example
 * initProjection(key(1), 3, 2).weight.shape;  // [2, 3]
 */
export const initProjection = (key: Key, inputs: number, outputs: number): Projection => ({
  weight: xavierParameter(key, inputs, outputs, 'weight'),
});

/** The columns `from` to `to` (not included) of a weight [outputs, inputs]: the part that acts on these inputs. */
export const weightColumns = (weight: Tensor, from: number, to: number): Tensor => slice(weight, [null, [from, to]]);

/**
 * The linear layer x W^T + b: from x [..., inputs] to [..., outputs].
 *
 * @example
 * const layer = { weight: tensor([[1, 2], [3, 4]]), bias: tensor([10, 20]) };
 * await applyLinear(layer, tensor([[1, 1], [0, 1]])).value();  // [[13, 27], [12, 24]]
 */
export const applyLinear = ({ weight, bias }: Linear, x: Tensor): Tensor => add(product(x, weight), bias);
