/**
 * exp, log and log(1 + u) of four float32 numbers. The instructions are written into the calling function, since a call
 * costs more than it saves.
 *
 * exp and log follow Cephes (S. Moshier, expf.c and logf.c): powers of two are split off the argument, and a minimax
 * polynomial does the rest. Errors of normal results: 2 units in the last place (6 for exp above 88.38). Where exp(x) is
 * a denormal number (below 2^-126) the result is that number or 0. exp(-Infinity) is 0, log(0) is -Infinity, and log of
 * a negative number is NaN.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { LOG1P } from '../polynomials.ts';
import { type FunctionBuilder, V128 } from './wasm.ts';


/**
 * Arguments of exp below this are replaced by it. Its power of two is -127, whose exponent bits are all 0, so that the
 * factor 2^k is the number 0, and with it the result.
 */
const EXP_LOW = -88;
/** The largest k for which float32 holds 2^k. Of a larger argument more is left for the polynomial: the product overflows to Infinity. */
const LARGEST_POWER = 127;
/** ln 2 in two parts. The first has few bits, so that its product with an integer k is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

/** The instruction that makes [a, b, c] on the stack a b + c in one rounding, where the machine has it. */
export type MultiplyAdd = 'f32x4.relaxed_madd' | undefined;

/** Pushes a b + c, where each of a, b and c is pushed by a function. */
function multiplyAdd(f: FunctionBuilder, fused: MultiplyAdd, a: () => unknown, b: () => unknown, c: () => unknown): void {
  a();
  b();
  if (!fused) f.op('f32x4.mul');
  c();
  f.op(fused ?? 'f32x4.add');
}

/**
 * Pushes the polynomial of x with these coefficients, highest power first, by Estrin's scheme (G. Estrin 1960): both
 * halves are evaluated independently and joined by a power of x. That takes more operations than Horner's rule, but
 * shorter chains of operations that wait for each other.
 */
function polynomial(f: FunctionBuilder, x: number, coefficients: readonly number[], fused: MultiplyAdd): void {
  const powers = [x];
  const power = (k: number): number => {
    if (powers[k] === undefined) {
      const half = power(k - 1);
      const local = f.local(V128);
      f.get(half).get(half).op('f32x4.mul').set(local);
      powers[k] = local;
    }
    return powers[k];
  };
  const ascending = [...coefficients].reverse();
  for (let k = 0; 2 ** (k + 1) < ascending.length; k++) power(k + 1);
  const push = (from: number, to: number): void => {
    if (to - from === 1) {
      f.v128f32(ascending[from]);
      return;
    }
    const k = Math.ceil(Math.log2(to - from)) - 1;
    const middle = from + 2 ** k;
    multiplyAdd(f, fused, () => push(middle, to), () => f.get(power(k)), () => push(from, middle));
  };
  push(0, ascending.length);
}

const EXP = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];

/** 1.5 2^23: added to a number below 2^22, it leaves the nearest integer in the lowest bits of the sum. */
const TO_NEAREST = 12582912;

export const expF32x4 =
  (fused: MultiplyAdd) =>
  (f: FunctionBuilder): void => {
    const [x, t, k, r] = f.newLocals(4, V128);
    // pmin and pmax keep NaN in their first operand
    f.v128f32(EXP_LOW).op('f32x4.pmax').set(x);
    // t = x log2 e, rounded to an integer k in its lowest bits; r = x - k ln 2 in [-0.35, 0.35], more at the upper end
    multiplyAdd(f, fused, () => f.get(x), () => f.v128f32(Math.LOG2E), () => f.v128f32(TO_NEAREST));
    f.v128f32(TO_NEAREST + LARGEST_POWER).op('f32x4.pmin').set(t);
    f.get(t).v128f32(TO_NEAREST).op('f32x4.sub').set(k);
    multiplyAdd(f, fused, () => f.get(k), () => f.v128f32(-LN2_HIGH), () => f.get(x));
    f.set(r);
    multiplyAdd(f, fused, () => f.get(k), () => f.v128f32(-LN2_LOW), () => f.get(r));
    f.set(r);
    // 1 + r + r^2 P(r)
    multiplyAdd(f, fused, () => polynomial(f, r, EXP, fused), () => f.get(r).get(r).op('f32x4.mul'), () => f.get(r));
    f.v128f32(1).op('f32x4.add');
    // times 2^k: the bits of t above the lowest nine are shifted out
    f.get(t).i32(127).op('i32x4.splat', 'i32x4.add').i32(23).op('i32x4.shl', 'f32x4.mul');
  };

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];

export const logF32x4 =
  (fused: MultiplyAdd) =>
  (f: FunctionBuilder): void => {
    const [given, x, m, e, mask, z] = f.newLocals(6, V128);
    f.set(given);
    // A denormal number is taken 2^23 times, so that its exponent can be read off: x = given 2^(23 of them)
    f.get(given).v128f32(2 ** -126).op('f32x4.lt').set(mask);
    f.get(given).v128f32(2 ** 23).op('f32x4.mul').get(given).get(mask).op('v128.bitselect').set(x);
    // x = m 2^e with m in [0.5, 1)
    f.get(x).i32(23).op('i32x4.shr_u').i32(-126).op('i32x4.splat', 'i32x4.add', 'f32x4.convert_i32x4_s');
    f.v128f32(23).get(mask).op('v128.and', 'f32x4.sub').set(e);
    f.get(x).i32(0x007fffff).op('i32x4.splat', 'v128.and').i32(0x3f000000).op('i32x4.splat', 'v128.or').set(m);
    // m in [sqrt(1/2), sqrt(2)), less 1
    f.get(m).v128f32(Math.SQRT1_2).op('f32x4.lt').set(mask);
    f.get(e).v128f32(1).get(mask).op('v128.and', 'f32x4.sub').set(e);
    f.get(m).v128f32(1).op('f32x4.sub').get(m).get(mask).op('v128.and', 'f32x4.add').set(m);
    f.get(m).get(m).op('f32x4.mul').set(z);
    polynomial(f, m, LOG, fused);
    f.get(m).op('f32x4.mul').get(z).op('f32x4.mul');
    f.get(e).v128f32(LN2_LOW).op('f32x4.mul', 'f32x4.add').get(z).v128f32(0.5).op('f32x4.mul', 'f32x4.sub');
    f.get(m).op('f32x4.add').get(e).v128f32(LN2_HIGH).op('f32x4.mul', 'f32x4.add').set(z);
    // Infinity and NaN pass through; 0 is -Infinity, negative numbers are NaN
    f.get(z).get(given).get(given).v128f32(Number.POSITIVE_INFINITY).op('f32x4.lt', 'v128.bitselect').set(z);
    f.v128f32(Number.NEGATIVE_INFINITY).v128f32(Number.NaN).get(given).v128f32(0).op('f32x4.eq', 'v128.bitselect');
    f.get(z).get(given).v128f32(0).op('f32x4.le', 'v128.bitselect'); // given <= 0
  };

/** log(1 + u) for u in [0, 1]. */
export const log1pF32x4 =
  (fused: MultiplyAdd) =>
  (f: FunctionBuilder): void => {
    const u = f.local(V128);
    f.set(u);
    polynomial(f, u, LOG1P, fused);
    f.get(u).op('f32x4.mul');
  };
