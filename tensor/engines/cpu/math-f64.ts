/**
 * exp, log and log(1 + u) of two float64 numbers. The instructions are written into the calling function.
 *
 * exp and log follow Cephes (S. Moshier, exp.c and log.c). Errors of normal results: 2 units in the last place. Where
 * exp(x) is a denormal number (below 2^-1022) the result is that number or 0. exp(-Infinity) is 0, log(0) is -Infinity,
 * and log of a negative number is NaN.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { type FunctionBuilder, V128 } from './wasm.ts';

/** Places of the bytes of 32-bit lanes 0 and 2, which are the low halves of both 64-bit lanes. */
const LOW_HALVES = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** Arguments of exp beyond these are replaced by them: the results are Infinity and 0 (see math-f32.ts). */
const EXP_HIGH = 710;
const EXP_LOW = -709;
const LARGEST_POWER = 1023;
/** ln 2 in two parts, as exp and as log take it. The first has few bits, so that its product with an integer is exact. */
const EXP_LN2 = { high: 0.693145751953125, low: 1.4286068203094173e-6 };
const LOG_LN2 = { high: 0.693359375, low: -0.00021219444005469057 };

/** Pushes the polynomial of x with these coefficients, highest power first, by Horner's rule. */
function horner(f: FunctionBuilder, x: number, coefficients: readonly number[]): void {
  f.v128f64(coefficients[0]);
  for (const c of coefficients.slice(1))
    f.get(x).op('f64x2.mul').v128f64(c).op('f64x2.add');
}

const EXP_P = [0.00012617719307481058, 3.02994407707442e-2, 1];
const EXP_Q = [3.0019850513866446e-6, 0.002524483403496841, 0.22726554820815503, 2];

export function expF64x2(f: FunctionBuilder): void {
  const [x, k, xx, p] = f.newLocals(4, V128);
  f.v128f64(EXP_HIGH).op('f64x2.pmin').v128f64(EXP_LOW).op('f64x2.pmax').set(x);
  f.get(x).v128f64(Math.LOG2E).op('f64x2.mul').v128f64(0.5).op('f64x2.add', 'f64x2.floor').v128f64(LARGEST_POWER).op('f64x2.pmin').set(k);
  f.get(x).get(k).v128f64(EXP_LN2.high).op('f64x2.mul', 'f64x2.sub').get(k).v128f64(EXP_LN2.low).op('f64x2.mul', 'f64x2.sub').set(x);
  f.get(x).get(x).op('f64x2.mul').set(xx);
  // exp(x) = 1 + 2 x P(x^2) / (Q(x^2) - x P(x^2))
  horner(f, xx, EXP_P);
  f.get(x).op('f64x2.mul').set(p);
  f.get(p);
  horner(f, xx, EXP_Q);
  f.get(p).op('f64x2.sub', 'f64x2.div').v128f64(2).op('f64x2.mul').v128f64(1).op('f64x2.add');
  f.get(k).op('i32x4.trunc_sat_f64x2_s_zero', 'i64x2.extend_low_i32x4_s').v128i64(1023n).op('i64x2.add').i32(52).op('i64x2.shl', 'f64x2.mul');
}

const LOG_P = [
  0.00010187566380458093, 0.497494994976747, 4.705791198788817, 14.498922534161093, 17.936867850781983,
  7.708387337558854,
];
const LOG_Q = [1, 11.287358718916746, 45.227914583753225, 82.98752669127767, 71.15447506185639, 23.125162012676533];

export function logF64x2(f: FunctionBuilder): void {
  const [given, x, m, e, mask, z, y] = f.newLocals(7, V128);
  f.set(given);
  // A denormal number is taken 2^52 times, so that its exponent can be read off.
  f.get(given).v128f64(2 ** -1022).op('f64x2.lt').set(mask);
  f.get(given).v128f64(2 ** 52).op('f64x2.mul').get(given).get(mask).op('v128.bitselect').set(x);
  f.get(x).i32(52).op('i64x2.shr_u').v128i64(-1022n).op('i64x2.add').set(e);
  f.get(e).get(e).shuffle(LOW_HALVES).op('f64x2.convert_low_i32x4_s').v128f64(52).get(mask).op('v128.and', 'f64x2.sub').set(e);
  f.get(x).v128i64(0x000fffffffffffffn).op('v128.and').v128i64(0x3fe0000000000000n).op('v128.or').set(m);
  f.get(m).v128f64(Math.SQRT1_2).op('f64x2.lt').set(mask);
  f.get(e).v128f64(1).get(mask).op('v128.and', 'f64x2.sub').set(e);
  f.get(m).v128f64(1).op('f64x2.sub').get(m).get(mask).op('v128.and', 'f64x2.add').set(m);
  f.get(m).get(m).op('f64x2.mul').set(z);
  f.get(m).get(z);
  horner(f, m, LOG_P);
  f.op('f64x2.mul');
  horner(f, m, LOG_Q);
  f.op('f64x2.div', 'f64x2.mul').set(y);
  f.get(y).get(e).v128f64(LOG_LN2.low).op('f64x2.mul', 'f64x2.add').get(z).v128f64(0.5).op('f64x2.mul', 'f64x2.sub');
  f.get(m).op('f64x2.add').get(e).v128f64(LOG_LN2.high).op('f64x2.mul', 'f64x2.add').set(z);
  f.get(z).get(given).get(given).v128f64(Number.POSITIVE_INFINITY).op('f64x2.lt', 'v128.bitselect').set(z);
  f.v128f64(Number.NEGATIVE_INFINITY).v128f64(Number.NaN).get(given).v128f64(0).op('f64x2.eq', 'v128.bitselect');
  f.get(z).get(given).v128f64(0).op('f64x2.le', 'v128.bitselect');
}

/** 2 atanh(s) / s in powers of s^2, up to s^34: for s in [0, 1/3] the rest is below 1e-17. */
const ATANH = Array.from({ length: 18 }, (_, k) => 2 / (2 * (17 - k) + 1));

/** log(1 + u) for u in [0, 1], as 2 atanh(s) with s = u / (2 + u). */
export function log1pF64x2(f: FunctionBuilder): void {
  const [u, s, ss] = f.newLocals(3, V128);
  f.set(u);
  f.get(u).get(u).v128f64(2).op('f64x2.add', 'f64x2.div').set(s);
  f.get(s).get(s).op('f64x2.mul').set(ss);
  horner(f, ss, ATANH);
  f.get(s).op('f64x2.mul');
}
