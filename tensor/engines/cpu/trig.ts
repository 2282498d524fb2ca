/**
 * sin and cos of a vector, for both precisions (Cephes: S. Moshier, sinf.c and sin.c).
 *
 * The argument is reduced by multiples of pi/2, subtracted in three parts; error at most 2 ulp of 1 for |x| up to the
 * limit. A vector with a larger argument is done number by number in float64.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { type FunctionBuilder, simd, V128 } from './wasm.ts';

interface Precise {
  readonly add: readonly number[];
  readonly sub: readonly number[];
  readonly mul: readonly number[];
  readonly abs: readonly number[];
  readonly less: readonly number[];
  readonly nearest: readonly number[];
  readonly floor: readonly number[];
  readonly lanes: number;
  readonly literal: (f: FunctionBuilder, value: number) => unknown;
  /** The number in a lane as float64, and back. */
  readonly extract: (lane: number) => number[];
  readonly replace: (lane: number) => number[];
  readonly limit: number;
  /** pi/2 in three parts, the first two with trailing zeros. */
  readonly halfPi: readonly [number, number, number];
  /** (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in powers of r^2. */
  readonly sine: readonly number[];
  readonly cosine: readonly number[];
}

const f32: Precise = {
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  abs: simd(0xe0),
  less: simd(0x43),
  nearest: simd(0x6a),
  floor: simd(0x68),
  lanes: 4,
  literal: (f, value) => f.v128f32(value),
  extract: (lane) => [...simd(0x1f), lane, 0xbb],
  replace: (lane) => [0xb6, ...simd(0x20), lane],
  limit: 8192,
  halfPi: [1.5703125, 0.0004837512969970703, 7.549789954891882e-8],
  sine: [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1],
  cosine: [2.443315711809948e-5, -0.001388731625493765, 0.04166664568298827],
};

const f64: Precise = {
  add: simd(0xf0),
  sub: simd(0xf1),
  mul: simd(0xf2),
  abs: simd(0xec),
  less: simd(0x49),
  nearest: simd(0x94),
  floor: simd(0x75),
  lanes: 2,
  literal: (f, value) => f.v128f64(value),
  extract: (lane) => [...simd(0x21), lane],
  replace: (lane) => [...simd(0x22), lane],
  limit: 1e5,
  halfPi: [2 * 0.7853981256484985, 2 * 3.774894707930798e-8, 2 * 2.6951514290790595e-15],
  sine: [
    1.5896230157654656e-10, -2.5050747762857807e-8, 2.7557313621385722e-6, -0.0001984126982958954, 0.008333333333322118,
    -0.1666666666666663,
  ],
  cosine: [
    -1.1358536521387682e-11, 2.087570084197473e-9, -2.755731417929674e-7, 2.4801587288851704e-5, -0.0013888888888873056,
    0.041666666666666595,
  ],
};

const SELECT = simd(0x52);
const ANY_TRUE = simd(0x53);

/** `slow` is the number of the imported function for large arguments. */
const trig =
  (v: Precise, quarter: 0 | 1, slow: number) =>
  (f: FunctionBuilder): void => {
    const [x, q, r, z, s, c, result] = Array.from({ length: 7 }, () => f.local(V128)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const lit = (value: number) => {
      v.literal(f, value);
      return f;
    };
    const horner = (coefficients: readonly number[]) => {
      lit(coefficients[0]);
      for (const a of coefficients.slice(1)) {
        f.get(z).op(...v.mul);
        lit(a).op(...v.add);
      }
    };
    f.set(x);
    lit(v.limit);
    f.get(x).op(...v.abs, ...v.less, ...ANY_TRUE);
    f.ifElse(
      () => {
        f.get(x).set(result);
        for (let lane = 0; lane < v.lanes; lane++) {
          f.get(result).get(x).op(...v.extract(lane)).call(slow).op(...v.replace(lane)).set(result);
        }
      },
      () => {
        f.get(x);
        lit(2 / Math.PI).op(...v.mul, ...v.nearest).set(q);
        f.get(x);
        for (const part of v.halfPi) {
          f.get(q);
          lit(part).op(...v.mul, ...v.sub);
        }
        f.set(r);
        f.get(r).get(r).op(...v.mul).set(z);
        horner(v.sine);
        f.get(z).op(...v.mul).get(r).op(...v.mul).get(r).op(...v.add).set(s);
        horner(v.cosine);
        f.get(z).op(...v.mul).get(z).op(...v.mul);
        lit(0.5);
        f.get(z).op(...v.mul, ...v.sub);
        lit(1).op(...v.add).set(c);
        // n = q + quarter modulo 4: odd n takes the other function, n >= 2 changes the sign
        f.get(q);
        lit(quarter).op(...v.add).set(q);
        f.get(q).get(q);
        lit(0.25).op(...v.mul, ...v.floor);
        lit(4).op(...v.mul, ...v.sub).set(q);
        // half = 0 for n in {0, 2}, 0.5 for n in {1, 3}
        f.get(c).get(s);
        lit(0.25);
        f.get(q);
        lit(0.5).op(...v.mul);
        f.get(q);
        lit(0.5).op(...v.mul, ...v.floor, ...v.sub, ...v.less, ...SELECT).set(result);
        lit(0);
        f.get(result).op(...v.sub).get(result);
        lit(1.5);
        f.get(q).op(...v.less, ...SELECT).set(result);
      },
    );
    f.get(result);
  };

export const sinF32x4 = (slow: number) => trig(f32, 0, slow);
export const cosF32x4 = (slow: number) => trig(f32, 1, slow);
export const sinF64x2 = (slow: number) => trig(f64, 0, slow);
export const cosF64x2 = (slow: number) => trig(f64, 1, slow);
