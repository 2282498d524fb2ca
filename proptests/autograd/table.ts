/**
 * The functions of docs/derivatives.md: what the first column of its tables stands for.
 *
 * `x` is a number; where a function gives several, the first is meant.
 */
import * as T from '../../tensor/index.ts';

type Of = (x: T.Tensor) => T.Tensor;
const pair = (x: T.Tensor, y: number): T.Tensor => T.stack([x, T.tensor(y)]);
const first = (y: T.Tensor): T.Tensor => T.reshape(T.slice(y, [[0, 1]]), []);
const zero = T.tensor([0], []);

export const functions: Record<string, Of> = {
  'abs(x)': T.abs,
  'sign(x)': T.sign,
  'floor(x)': T.floor,
  'relu(x)': T.relu,
  'clamp(x, -1, 1)': (x) => T.clamp(x, -1, 1),
  'maximum(x, 0)': (x) => T.maximum(x, 0),
  'minimum(x, 0)': (x) => T.minimum(x, 0),
  'reduceMax([x, 0])': (x) => T.reduceMax(pair(x, 0)),
  'less(x, 0)': (x) => T.less(x, 0),
  'where(less(0, x), sqrt(x), 0)': (x) => T.where(T.less(0, x), T.sqrt(x), 0),
  'huberLoss(x, 0, 1)': (x) => T.huberLoss(x, zero, 1),
  'l1Loss(x, 0)': (x) => T.l1Loss(x, zero),
  'norm([x, 0])': (x) => T.norm(pair(x, 0)),
  'normalize([x, 0])': (x) => first(T.normalize(pair(x, 0))),
  'square(norm([x, 0]))': (x) => T.square(T.norm(pair(x, 0))),
  'square(abs(x))': (x) => T.square(T.abs(x)),
  'cos(norm([x, 0]))': (x) => T.cos(T.norm(pair(x, 0))),
  'sqrt(x)': T.sqrt,
  'rsqrt(x)': T.rsqrt,
  'square(sqrt(x))': (x) => T.square(T.sqrt(x)),
  'mul(mul(2, sqrt(x)), neg(sqrt(x)))': (x) => T.mul(T.mul(2, T.sqrt(x)), T.neg(T.sqrt(x))),
  'sqrt(square(x))': (x) => T.sqrt(T.square(x)),
  'cos(sqrt(x))': (x) => T.cos(T.sqrt(x)),
  'log(x)': T.log,
  'exp(log(x))': (x) => T.exp(T.log(x)),
  'log(exp(x))': (x) => T.log(T.exp(x)),
  'mul(x, log(x))': (x) => T.mul(x, T.log(x)),
  'div(1, x)': (x) => T.div(1, x),
  'div(1, div(1, x))': (x) => T.div(1, T.div(1, x)),
  'div(x, x)': (x) => T.div(x, x),
  'pow(x, 0)': (x) => T.pow(x, 0),
  'pow(x, 65)': (x) => T.pow(x, 65),
  'pow(x, 2.5)': (x) => T.pow(x, 2.5),
  'pow(x, 1.5)': (x) => T.pow(x, 1.5),
  'pow(x, 0.3)': (x) => T.pow(x, 0.3),
  'pow(x, -2)': (x) => T.pow(x, -2),
  'pow(x, -1.5)': (x) => T.pow(x, -1.5),
  'pow(pow(x, 0.25), 4)': (x) => T.pow(T.pow(x, 0.25), 4),
  'exp(x)': T.exp,
  'sigmoid(x)': T.sigmoid,
  'softplus(x)': T.softplus,
  'silu(x)': T.silu,
  'logSumExp([x, -Infinity])': (x) => T.logSumExp(pair(x, Number.NEGATIVE_INFINITY)),
  'logSumExp([x, 0])': (x) => T.logSumExp(pair(x, 0)),
  'softmax([x, 0])': (x) => first(T.softmax(pair(x, 0))),
  'gate(x, div(1, x))': (x) => T.gate(x, T.div(1, x)),
};
