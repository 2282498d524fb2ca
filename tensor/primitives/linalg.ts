/**
 * Matrix products, in the two forms that derivatives need and that stay closed:
 *
 *   matmul     a[..., k] b[k, n]        (or b[n, k], transposed)
 *   matmulTN   a[..., m]^T b[..., n]    contracted over all leading axes, e.g. over all atoms
 *
 * Batched products of small matrices are broadcasts and sums, which the compiler fuses into their users.
 */

import { broadcastShapes, product, type Shape, sameShape, sameSize } from '../dimension.ts';
import { callerError } from '../errors.ts';
import type { Primitive } from '../primitive.ts';
import { node, showTensor, type Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { reshape, transpose, unsqueeze } from './movement.ts';
import { sum } from './reduce.ts';

const last = (shape: Shape): Shape[number] => shape[shape.length - 1];

export const matmulPrimitive: Primitive = {
  name: 'matmul',
  doc: 'a[..., k] b[k, n]; with `transposed`, b is [n, k]',
  shape: ([a, b], { transposed }) => {
    const [inner, outer] = transposed ? [b.shape[1], b.shape[0]] : [b.shape[0], b.shape[1]];
    if (b.shape.length !== 2 || a.shape.length < 2 || !sameSize(last(a.shape), inner)) {
      throw callerError(
        `matmul: ${showTensor(a)} times ${showTensor(b)}${transposed ? ' transposed' : ''} does not fit.`,
      );
    }
    return [...a.shape.slice(0, -1), outer];
  },
  reference: ([a, b], { transposed }, shape) => {
    const n = shape[shape.length - 1];
    const k = a.shape[a.shape.length - 1];
    const m = product(shape.slice(0, -1));
    const out = new Float64Array(m * n);
    const [stepK, stepN] = transposed ? [1, k] : [n, 1];
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let l = 0; l < k; l++) total += a.data[i * k + l] * b.data[l * stepK + j * stepN];
        out[i * n + j] = total;
      }
    return out;
  },
  vjp: (c, _, [a, b], { transposed }) => [
    node(matmulPrimitive, [c, b], { transposed: !transposed }),
    transposed ? node(matmulTNPrimitive, [c, a]) : node(matmulTNPrimitive, [a, c]),
  ],
  lowering: { kind: 'matmul' },
  sample: (draw) => {
    const [m, k, n] = [draw.integer(1, 6), draw.integer(1, 9), draw.integer(1, 11)];
    const transposed = draw.integer(0, 1) === 1;
    return {
      inputs: [
        { shape: [m, k], data: draw.reals(m * k, -1, 1) },
        { shape: transposed ? [n, k] : [k, n], data: draw.reals(k * n, -1, 1) },
      ],
      apply: (x) => node(matmulPrimitive, x, { transposed }),
    };
  },
};

export const matmulTNPrimitive: Primitive = {
  name: 'matmulTN',
  doc: 'a[..., m]^T b[..., n], contracted over all leading axes',
  shape: ([a, b]) => {
    if (a.shape.length < 2 || !sameShape(a.shape.slice(0, -1), b.shape.slice(0, -1))) {
      throw callerError(`matmulTN: ${showTensor(a)} transposed times ${showTensor(b)} does not fit.`);
    }
    return [last(a.shape), last(b.shape)];
  },
  reference: ([a, b], _, [m, n]) => {
    const rows = product(a.shape.slice(0, -1));
    const out = new Float64Array(m * n);
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] += a.data[r * m + i] * b.data[r * n + j];
    return out;
  },
  vjp: (c, _, [a, b]) => [
    node(matmulPrimitive, [b, c], { transposed: true }),
    node(matmulPrimitive, [a, c], { transposed: false }),
  ],
  lowering: { kind: 'matmulTN' },
  sample: (draw) => {
    const [r, m, n] = [draw.integer(1, 9), draw.integer(1, 6), draw.integer(1, 11)];
    return {
      inputs: [
        { shape: [r, m], data: draw.reals(r * m, -1, 1) },
        { shape: [r, n], data: draw.reals(r * n, -1, 1) },
      ],
      apply: (x) => node(matmulTNPrimitive, x),
    };
  },
};

/**
 * `x[..., in] weight[out, in]^T`, [..., out]: the product of a linear layer (the layout of PyTorch's weights). Throws where the
 * sizes `in` differ.
 *
 * @example tensor([1, 2]).linear(tensor([[1, 0], [0, 1], [1, 1]])); // [1, 2, 3]
 */
export const linear = (x: Tensor, weight: Tensor): Tensor =>
  x.shape.length === 1 ? matmul(weight, x) : node(matmulPrimitive, [x, weight], { transposed: true });

/**
 * The matrix product: [..., k] x [k, n] gives [..., n]. Vectors [k] may stand on either side, and of batches
 * [..., m, k] x [..., k, n] the leading axes broadcast. Throws where the sizes k differ, or the leading axes do not broadcast.
 *
 * @example tensor([[1, 2], [3, 4]]).matmul(tensor([[0, 1], [1, 0]])); // [[2, 1], [4, 3]]
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (b.shape.length === 1) return reshape(matmul(a, unsqueeze(b, 1)), a.shape.slice(0, -1));
  if (a.shape.length === 1 && b.shape.length === 2 && sameSize(a.shape[0], b.shape[0])) {
    return sum(mul(unsqueeze(a, 1), b), { axis: 0 });
  }
  if (b.shape.length === 2) return node(matmulPrimitive, [a, b], { transposed: false });
  if (a.shape.length < 2 || !sameSize(last(a.shape), b.shape[b.shape.length - 2])) {
    throw callerError(`matmul: ${showTensor(a)} times ${showTensor(b)} does not fit.`);
  }
  broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), 'matmul');
  // sum over k of a[..., m, 1, k] b^T[..., 1, n, k]
  return sum(mul(unsqueeze(a, -2), unsqueeze(transpose(b), -3)), { axis: -1 });
}
