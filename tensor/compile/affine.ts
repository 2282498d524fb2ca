/** Affine indices over the loops of a stage and the row: small pure helpers. */
import type { Affine } from './expr.ts';

const none = (loops: number): number[] => new Array<number>(loops).fill(0);

export const constant = (base: number, loops: number): Affine => ({ base, row: 0, coefs: none(loops) });
/** `stride` times the row number. */
export const rows = (stride: number, loops: number): Affine => ({ base: 0, row: stride, coefs: none(loops) });
export const row = (loops: number): Affine => rows(1, loops);
export const loop = (k: number, loops: number): Affine => ({
  base: 0,
  row: 0,
  coefs: none(loops).map((_, i) => (i === k ? 1 : 0)),
});

export const plus = (a: Affine, b: Affine): Affine => ({
  base: a.base + b.base,
  row: a.row + b.row,
  coefs: a.coefs.map((c, k) => c + b.coefs[k]),
});
export const times = (a: Affine, factor: number): Affine => ({
  base: a.base * factor,
  row: a.row * factor,
  coefs: a.coefs.map((c) => c * factor),
});

export const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, k) => x === b[k]);
export const same = (a: Affine, b: Affine): boolean =>
  a.base === b.base && a.row === b.row && sameList(a.coefs, b.coefs);
export const sameIndices = (a: readonly Affine[], b: readonly Affine[]): boolean =>
  a.length === b.length && a.every((x, k) => same(x, b[k]));
