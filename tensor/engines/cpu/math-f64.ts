/**
 * exp, log and log(1 + u) of two float64 numbers, written into the calling function.
 *
 * exp and log follow Cephes (S. Moshier, exp.c and log.c). Errors for normal results: 2 ulp, log1pUnit 2 ulp. Of a
 * result below 2^-1022 (a denormal number) exp makes that number or 0; exp of -Infinity is 0, log of 0 -Infinity, of
 * less NaN.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { type FunctionBuilder, simd, V128 } from './wasm.ts';

const ADD = simd(0xf0);
const SUB = simd(0xf1);
const MUL = simd(0xf2);
const DIV = simd(0xf3);
const PMIN = simd(0xf6);
const PMAX = simd(0xf7);
const LESS = simd(0x49);
const LESS_EQUAL = simd(0x4b);
const EQUAL = simd(0x47);
const SELECT = simd(0x52);
const AND = simd(0x4e);
const OR = simd(0x50);
const FLOOR = simd(0x75);
const SHL_I64 = simd(0xcb);
const SHR_U_I64 = simd(0xcd);
const ADD_I64 = simd(0xce);
const TRUNC_TO_I32 = simd(0xfc);
const EXTEND_LOW_TO_I64 = simd(0xc7);
const LOW_I32_TO_F64 = simd(0xfe);
const SHUFFLE = simd(0x0d);
/** Bytes of 32-bit lanes 0 and 2, i.e. the low halves of both 64-bit lanes. */
const LOW_HALVES = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** Larger and smaller arguments of exp count as these: Infinity, and 0 (see math-f32.ts). */
const EXP_HIGH = 710;
const EXP_LOW = -709;
const LARGEST_POWER = 1023;
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.4286068203094173e-6;

function horner(f: FunctionBuilder, x: number, coefficients: readonly number[]): void {
  f.v128f64(coefficients[0]);
  for (const c of coefficients.slice(1))
    f.get(x).op(...MUL).v128f64(c).op(...ADD);
}

const EXP_P = [0.00012617719307481058, 3.02994407707442e-2, 1];
const EXP_Q = [3.0019850513866446e-6, 0.002524483403496841, 0.22726554820815503, 2];

export function expF64x2(f: FunctionBuilder): void {
  const [x, k, xx, p] = [0, 0, 0, 0].map(() => f.local(V128)) as [number, number, number, number];
  f.v128f64(EXP_HIGH).op(...PMIN).v128f64(EXP_LOW).op(...PMAX).set(x);
  f.get(x).v128f64(Math.LOG2E).op(...MUL).v128f64(0.5).op(...ADD, ...FLOOR).v128f64(LARGEST_POWER).op(...PMIN).set(k);
  f.get(x).get(k).v128f64(LN2_HIGH).op(...MUL, ...SUB).get(k).v128f64(LN2_LOW).op(...MUL, ...SUB).set(x);
  f.get(x).get(x).op(...MUL).set(xx);
  // exp(x) = 1 + 2 x P(x^2) / (Q(x^2) - x P(x^2))
  horner(f, xx, EXP_P);
  f.get(x).op(...MUL).set(p);
  f.get(p);
  horner(f, xx, EXP_Q);
  f.get(p).op(...SUB, ...DIV).v128f64(2).op(...MUL).v128f64(1).op(...ADD);
  f.get(k).op(...TRUNC_TO_I32, ...EXTEND_LOW_TO_I64).v128i64(1023n).op(...ADD_I64).i32(52).op(...SHL_I64, ...MUL);
}

const LOG_P = [
  0.00010187566380458093, 0.497494994976747, 4.705791198788817, 14.498922534161093, 17.936867850781983,
  7.708387337558854,
];
const LOG_Q = [1, 11.287358718916746, 45.227914583753225, 82.98752669127767, 71.15447506185639, 23.125162012676533];

export function logF64x2(f: FunctionBuilder): void {
  const [given, x, m, e, mask, z, y] = [0, 0, 0, 0, 0, 0, 0].map(() => f.local(V128)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  f.set(given);
  // A denormal number is taken 2^52 times, so that its exponent can be read off.
  f.get(given).v128f64(2 ** -1022).op(...LESS).set(mask);
  f.get(given).v128f64(2 ** 52).op(...MUL).get(given).get(mask).op(...SELECT).set(x);
  f.get(x).i32(52).op(...SHR_U_I64).v128i64(-1022n).op(...ADD_I64).set(e);
  f.get(e).get(e).op(...SHUFFLE, ...LOW_HALVES, ...LOW_I32_TO_F64).v128f64(52).get(mask).op(...AND, ...SUB).set(e);
  f.get(x).v128i64(0x000fffffffffffffn).op(...AND).v128i64(0x3fe0000000000000n).op(...OR).set(m);
  f.get(m).v128f64(Math.SQRT1_2).op(...LESS).set(mask);
  f.get(e).v128f64(1).get(mask).op(...AND, ...SUB).set(e);
  f.get(m).v128f64(1).op(...SUB).get(m).get(mask).op(...AND, ...ADD).set(m);
  f.get(m).get(m).op(...MUL).set(z);
  f.get(m).get(z);
  horner(f, m, LOG_P);
  f.op(...MUL);
  horner(f, m, LOG_Q);
  f.op(...DIV, ...MUL).set(y);
  f.get(y).get(e).v128f64(-0.00021219444005469057).op(...MUL, ...ADD).get(z).v128f64(0.5).op(...MUL, ...SUB);
  f.get(m).op(...ADD).get(e).v128f64(0.693359375).op(...MUL, ...ADD).set(z);
  f.get(z).get(given).get(given).v128f64(Number.POSITIVE_INFINITY).op(...LESS, ...SELECT).set(z);
  f.v128f64(Number.NEGATIVE_INFINITY).v128f64(Number.NaN).get(given).v128f64(0).op(...EQUAL, ...SELECT);
  f.get(z).get(given).v128f64(0).op(...LESS_EQUAL, ...SELECT);
}

/** 2 atanh(s) / s in powers of s^2, up to s^34: for s in [0, 1/3] the rest is below 1e-17. */
const ATANH = Array.from({ length: 18 }, (_, k) => 2 / (2 * (17 - k) + 1));

/** log(1 + u) for u in [0, 1], as 2 atanh(s) with s = u / (2 + u). */
export function log1pF64x2(f: FunctionBuilder): void {
  const [u, s, ss] = [f.local(V128), f.local(V128), f.local(V128)];
  f.set(u);
  f.get(u).get(u).v128f64(2).op(...ADD, ...DIV).set(s);
  f.get(s).get(s).op(...MUL).set(ss);
  horner(f, ss, ATANH);
  f.get(s).op(...MUL);
}
