/**
 * Scalar operations as JavaScript text in the subset that gpu.js translates faithfully.
 *
 * Every operand is a name or a literal, so nothing depends on gpu.js' handling of precedence or of mixed types.
 * Nothing here uses Math.tanh, Math.pow, expm1 or log1p, which gpu.js translates wrongly for some arguments.
 */
import type { ScalarOp } from '../../compile/expr.ts';

/** Composed from the others (exact.ts). */
export type Composed = 'sin' | 'cos' | 'log1pUnit';

type Print = (a: string, b: string, c: string, d: string) => string;

export const scalarOps: Readonly<Record<Exclude<ScalarOp, Composed>, Print>> = {
  add: (a, b) => `${a}+${b}`,
  sub: (a, b) => `${a}-${b}`,
  mul: (a, b) => `${a}*${b}`,
  div: (a, b) => `${a}/${b}`,
  min: (a, b) => `Math.min(${a},${b})`,
  max: (a, b) => `Math.max(${a},${b})`,
  neg: (a) => `-${a}`,
  abs: (a) => `Math.abs(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  floor: (a) => `Math.floor(${a})`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  selectLess: (a, b, c, d) => `${a}<${b}?${c}:${d}`,
};

/** A number as text. gpu.js turns infinities into the largest float32 on a GPU and has no NaN. */
export function literalText(value: number): string {
  if (Number.isNaN(value)) {
    throw new Error('A GPU kernel cannot hold the literal NaN: gpu.js has no text for it. Run on the CPU engine.');
  }
  return value < 0 || Object.is(value, -0) ? `(-${literalText(-value)})` : String(value);
}
