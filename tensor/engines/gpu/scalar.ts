/**
 * Scalar operations as JavaScript text in the subset that gpu.js translates faithfully.
 *
 * Every operand is a name or a literal, so nothing depends on gpu.js' handling of precedence or of mixed types.
 * Nothing here uses Math.tanh, Math.pow, expm1 or log1p, which gpu.js translates wrongly for some arguments.
 */
import type { ScalarOp } from '../../compile/expr.ts';

/** Composed from the others, or kept from arguments at which a GPU is wrong (composed.ts). */
export type Composed = Absent | 'exp' | 'log' | 'min' | 'max';
type Absent = 'sin' | 'cos' | 'log1pUnit' | 'min' | 'max';

type Print = (a: string, b: string, c: string, d: string) => string;

export const scalarOps: Readonly<Record<Exclude<ScalarOp, Absent>, Print>> = {
  add: (a, b) => `${a}+${b}`,
  sub: (a, b) => `${a}-${b}`,
  mul: (a, b) => `${a}*${b}`,
  div: (a, b) => `${a}/${b}`,
  neg: (a) => `-${a}`,
  abs: (a) => `Math.abs(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  floor: (a) => `Math.floor(${a})`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  selectLess: (a, b, c, d) => `${a}<${b}?${c}:${d}`,
};

/** A number as text; undefined for infinities and NaN, of which gpu.js makes other numbers or nothing. */
export function literalText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return value < 0 || Object.is(value, -0) ? `(-${literalText(-value)})` : String(value);
}
