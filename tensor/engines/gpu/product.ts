/**
 * Matrix products as sweeps: a plain sum over the contracted side, printed like any other kernel.
 *
 * This is correct but slow, as no thread shares what it has read with its neighbours. A product in tiles would be printed
 * by a file of its own, used in place of this one.
 */
import { type Affine, mul, type Place } from '../../compile/expr.ts';
import type { Product, Sweep } from '../../compile/kernel.ts';
import { product } from '../../dimension.ts';

export function productSweep(p: Product): Sweep {
  const [rows = 1, ...rest] = p.leading;
  const inRow = product(rest as number[]);
  const { inner, outer } = p;
  // Loops: leading rows within a row of the buffer, columns of a, columns of c.
  const at = (slot: number, row: number, coefs: number[]): Place => ({
    space: 'buffer',
    slot,
    index: { base: 0, row, coefs } satisfies Affine,
  });
  const a = at(0, inRow * inner, [inner, 1, 0]);
  const isTN = p.kind === 'matmulTN';
  const b = isTN ? at(1, inRow * outer, [outer, 0, 1]) : at(1, 0, p.transposed ? [0, 1, inner] : [0, outer, 1]);
  const c = isTN ? at(2, 0, [0, outer, 1]) : at(2, inRow * outer, [outer, 0, 1]);
  const value = mul({ op: 'load', place: a }, { op: 'load', place: b });
  return {
    kind: 'sweep',
    rows,
    buffers: [p.a, p.b, p.c],
    temps: [],
    stages: [{ extents: [inRow, inner, outer], writes: [{ to: c, mode: 'add', value }] }],
    fills: [{ buffer: p.c, value: 0 }],
  };
}
