/**
 * exp, log and log(1 + u) of four float32 numbers, written into the calling function (a call costs more than it saves).
 *
 * exp and log follow Cephes (S. Moshier, expf.c and logf.c): argument reduction by powers of two, then a minimax
 * polynomial. Errors for normal results: exp and log 2 ulp (exp above 88.38: 6 ulp), log1pUnit 2 ulp. Of a result below
 * 2^-126 (a denormal number) exp makes that number or 0; exp of -Infinity is 0, log of 0 -Infinity, of less NaN.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { type FunctionBuilder, simd, V128 } from './wasm.ts';

const ADD = simd(0xe4);
const SUB = simd(0xe5);
const MUL = simd(0xe6);
const PMIN = simd(0xea);
const PMAX = simd(0xeb);
const LESS = simd(0x43);
const EQUAL = simd(0x41);
const SELECT = simd(0x52);
const AND = simd(0x4e);
const OR = simd(0x50);
const SHL = simd(0xab);
const SHR_U = simd(0xad);
const ADD_I32 = simd(0xae);
const TO_FLOAT = simd(0xfa);
const SPLAT_I32 = simd(0x11);

/**
 * Smaller arguments of exp count as this one, whose power of two is -127: the bits of an exponent are then all 0, the
 * factor is the number 0, and so is the result.
 */
const EXP_LOW = -88;
/** The largest power of two that a number can hold. What is left of larger arguments makes the product Infinity. */
const LARGEST_POWER = 127;
/** ln 2 in two parts, the first exact in few bits, so that k ln 2 is subtracted without rounding. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

/** Fused multiply-add where the machine has it: [a, b, c] on the stack become a b + c. */
export type Fused = readonly number[] | undefined;

/** Pushes a b + c of three things that are pushed in turn. */
function multiplyAdd(f: FunctionBuilder, fused: Fused, a: () => unknown, b: () => unknown, c: () => unknown): void {
  a();
  b();
  if (!fused) f.op(...MUL);
  c();
  f.op(...(fused ?? ADD));
}

/**
 * Pushes the polynomial of x with these coefficients, highest power first. Halves are evaluated side by side (G. Estrin
 * 1960): kernels wait for long chains of operations more than for their number.
 */
function polynomial(f: FunctionBuilder, x: number, coefficients: readonly number[], fused: Fused): void {
  const powers = [x];
  const power = (k: number): number => {
    if (powers[k] === undefined) {
      const half = power(k - 1);
      const local = f.local(V128);
      f.get(half).get(half).op(...MUL).set(local);
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
  (fused: Fused) =>
  (f: FunctionBuilder): void => {
    const [x, t, k, r] = [f.local(V128), f.local(V128), f.local(V128), f.local(V128)];
    // pmin and pmax keep NaN in their first operand
    f.v128f32(EXP_LOW).op(...PMAX).set(x);
    // t = x log2 e, rounded to an integer k in its lowest bits; r = x - k ln 2 in [-0.35, 0.35], more at the upper end
    multiplyAdd(f, fused, () => f.get(x), () => f.v128f32(Math.LOG2E), () => f.v128f32(TO_NEAREST));
    f.v128f32(TO_NEAREST + LARGEST_POWER).op(...PMIN).set(t);
    f.get(t).v128f32(TO_NEAREST).op(...SUB).set(k);
    multiplyAdd(f, fused, () => f.get(k), () => f.v128f32(-LN2_HIGH), () => f.get(x));
    f.set(r);
    multiplyAdd(f, fused, () => f.get(k), () => f.v128f32(-LN2_LOW), () => f.get(r));
    f.set(r);
    // 1 + r + r^2 P(r)
    multiplyAdd(f, fused, () => polynomial(f, r, EXP, fused), () => f.get(r).get(r).op(...MUL), () => f.get(r));
    f.v128f32(1).op(...ADD);
    // times 2^k: the bits of t above the lowest nine are shifted out
    f.get(t).i32(127).op(...SPLAT_I32, ...ADD_I32).i32(23).op(...SHL, ...MUL);
  };

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];

export const logF32x4 =
  (fused: Fused) =>
  (f: FunctionBuilder): void => {
    const [given, x, m, e, mask, z] = [0, 0, 0, 0, 0, 0].map(() => f.local(V128)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    f.set(given);
    // A denormal number is taken 2^23 times, so that its exponent can be read off: x = given 2^(23 of them)
    f.get(given).v128f32(2 ** -126).op(...LESS).set(mask);
    f.get(given).v128f32(2 ** 23).op(...MUL).get(given).get(mask).op(...SELECT).set(x);
    // x = m 2^e with m in [0.5, 1)
    f.get(x).i32(23).op(...SHR_U).i32(-126).op(...SPLAT_I32, ...ADD_I32, ...TO_FLOAT);
    f.v128f32(23).get(mask).op(...AND, ...SUB).set(e);
    f.get(x).i32(0x007fffff).op(...SPLAT_I32, ...AND).i32(0x3f000000).op(...SPLAT_I32, ...OR).set(m);
    // m in [sqrt(1/2), sqrt(2)), less 1
    f.get(m).v128f32(Math.SQRT1_2).op(...LESS).set(mask);
    f.get(e).v128f32(1).get(mask).op(...AND, ...SUB).set(e);
    f.get(m).v128f32(1).op(...SUB).get(m).get(mask).op(...AND, ...ADD).set(m);
    f.get(m).get(m).op(...MUL).set(z);
    polynomial(f, m, LOG, fused);
    f.get(m).op(...MUL).get(z).op(...MUL);
    f.get(e).v128f32(LN2_LOW).op(...MUL, ...ADD).get(z).v128f32(0.5).op(...MUL, ...SUB);
    f.get(m).op(...ADD).get(e).v128f32(LN2_HIGH).op(...MUL, ...ADD).set(z);
    // Infinity and NaN pass through; 0 is -Infinity, negative numbers are NaN
    f.get(z).get(given).get(given).v128f32(Number.POSITIVE_INFINITY).op(...LESS, ...SELECT).set(z);
    f.v128f32(Number.NEGATIVE_INFINITY).v128f32(Number.NaN).get(given).v128f32(0).op(...EQUAL, ...SELECT);
    f.get(z).get(given).v128f32(0).op(...simd(0x45), ...SELECT); // given <= 0
  };

/** log(1 + u) / u on [0, 1]: minimax polynomial of degree 8 (relative error 3e-8, by reweighted least squares). */
export const LOG1P = [
  0.005232691299170256, -0.029505226761102676, 0.07822593301534653, -0.13663244247436523, 0.19106006622314453,
  -0.2484298199415207, 0.3331909775733948, -0.4999949336051941, 0.9999999403953552,
];

/** log(1 + u) for u in [0, 1]. */
export const log1pF32x4 =
  (fused: Fused) =>
  (f: FunctionBuilder): void => {
    const u = f.local(V128);
    f.set(u);
    polynomial(f, u, LOG1P, fused);
    f.get(u).op(...MUL);
  };
