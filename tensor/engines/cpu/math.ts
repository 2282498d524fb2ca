/**
 * exp and log of four float32 numbers, written into the calling function (a call costs more than it saves).
 *
 * Both follow Cephes (S. Moshier, expf.c and logf.c): argument reduction by powers of two, then a minimax
 * polynomial. Error at most 2 ulp for normal results. exp underflows to 0 below -87.33 and is Infinity above
 * 88.37; log of 0 is -Infinity, of a negative number NaN, and numbers below 2^-126 count as 2^-126.
 */
import { type FunctionBuilder, simd, V128 } from './wasm.ts';

const ADD = simd(0xe4);
const SUB = simd(0xe5);
const MUL = simd(0xe6);
const LESS = simd(0x43);
const SELECT = simd(0x52);
const AND = simd(0x4e);
const OR = simd(0x50);
const NEAREST = simd(0x6a);
const SHL = simd(0xab);
const SHR_U = simd(0xad);
const ADD_I32 = simd(0xae);
const TO_INT = simd(0xf8);
const TO_FLOAT = simd(0xfa);
const SPLAT_I32 = simd(0x11);

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts, the first exact in few bits, so that k ln 2 is subtracted without rounding. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

const horner = (f: FunctionBuilder, x: number, coefficients: readonly number[]): void => {
  f.v128f32(coefficients[0]!);
  for (const c of coefficients.slice(1))
    f.get(x)
      .op(...MUL)
      .v128f32(c)
      .op(...ADD);
};

export function expF32x4(f: FunctionBuilder): void {
  const x = f.local(V128);
  const k = f.local(V128);
  const r = f.local(V128);
  f.set(x);
  // k = nearest(x log2 e); x - k ln 2 in [-0.35, 0.35]
  f.get(x)
    .v128f32(LOG2_E)
    .op(...MUL)
    .op(...NEAREST)
    .set(k);
  f.get(x)
    .get(k)
    .v128f32(LN2_HIGH)
    .op(...MUL, ...SUB)
    .get(k)
    .v128f32(LN2_LOW)
    .op(...MUL, ...SUB)
    .set(r);
  horner(f, r, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  f.get(r)
    .op(...MUL)
    .get(r)
    .op(...MUL)
    .get(r)
    .op(...ADD)
    .v128f32(1)
    .op(...ADD);
  // times 2^k, built from its exponent bits
  f.get(k)
    .op(...TO_INT)
    .i32(127)
    .op(...SPLAT_I32, ...ADD_I32)
    .i32(23)
    .op(...SHL)
    .op(...MUL)
    .set(r);
  // r where x < 88.376, else Infinity, unless x is NaN, which the comparison below passes on
  f.v128f32(Number.POSITIVE_INFINITY)
    .get(r)
    .v128f32(88.3762626647949)
    .get(x)
    .op(...LESS, ...SELECT)
    .set(r);
  f.v128f32(0)
    .get(r)
    .get(x)
    .v128f32(-87.3365478515625)
    .op(...LESS, ...SELECT);
}

export function logF32x4(f: FunctionBuilder): void {
  const x = f.local(V128);
  const m = f.local(V128);
  const e = f.local(V128);
  const mask = f.local(V128);
  const z = f.local(V128);
  const given = f.local(V128);
  f.set(given);
  const smallest = 1.1754943508222875e-38;
  f.v128f32(smallest)
    .get(given)
    .get(given)
    .v128f32(smallest)
    .op(...LESS, ...SELECT)
    .set(x);
  // x = m 2^e with m in [0.5, 1)
  f.get(x)
    .i32(23)
    .op(...SHR_U)
    .i32(-126)
    .op(...SPLAT_I32, ...ADD_I32)
    .op(...TO_FLOAT)
    .set(e);
  f.get(x)
    .i32(0x007fffff)
    .op(...SPLAT_I32, ...AND)
    .i32(0x3f000000)
    .op(...SPLAT_I32, ...OR)
    .set(m);
  // m in [sqrt(1/2), sqrt(2)), less 1
  f.get(m)
    .v128f32(Math.SQRT1_2)
    .op(...LESS)
    .set(mask);
  f.get(e)
    .v128f32(1)
    .get(mask)
    .op(...AND, ...SUB)
    .set(e);
  f.get(m)
    .v128f32(1)
    .op(...SUB)
    .get(m)
    .get(mask)
    .op(...AND, ...ADD)
    .set(m);
  f.get(m)
    .get(m)
    .op(...MUL)
    .set(z);
  horner(
    f,
    m,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  f.get(m)
    .op(...MUL)
    .get(z)
    .op(...MUL);
  f.get(e)
    .v128f32(LN2_LOW)
    .op(...MUL, ...ADD)
    .get(z)
    .v128f32(0.5)
    .op(...MUL, ...SUB);
  f.get(m)
    .op(...ADD)
    .get(e)
    .v128f32(LN2_HIGH)
    .op(...MUL, ...ADD)
    .set(z);
  // Infinity and NaN pass through; 0 and negative numbers are special
  f.get(z)
    .get(given)
    .get(given)
    .v128f32(Number.POSITIVE_INFINITY)
    .op(...LESS, ...SELECT)
    .set(z);
  const least = f.local(V128);
  f.v128f32(Number.NaN)
    .v128f32(Number.NEGATIVE_INFINITY)
    .get(given)
    .v128f32(0)
    .op(...LESS, ...SELECT)
    .set(least);
  f.get(z)
    .get(least)
    .v128f32(0)
    .get(given)
    .op(...LESS, ...SELECT)
    .set(z);
  // given > 0 failed for NaN too: keep NaN
  f.get(z)
    .get(given)
    .get(given)
    .get(given)
    .op(...simd(0x41))
    .op(...SELECT);
}
