/** The linear layer y = x W^T + b, with PyTorch's weight layout [out, in]. */
import { add, type Key, linear as product, type Tensor } from '../tensor/index.ts';
import { uniformParameter } from './parameters.ts';

export interface Linear {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

export const initLinear = (key: Key, inputs: number, outputs: number): Linear => ({
  weight: uniformParameter(key, [outputs, inputs], inputs, 'weight'),
  bias: uniformParameter(key, [outputs], inputs, 'bias'),
});

/** x [..., in] to [..., out]. */
export const applyLinear = ({ weight, bias }: Linear, x: Tensor): Tensor => add(product(x, weight), bias);
