/**
 * sin and cos of a vector of numbers, in both precisions (Cephes by S. Moshier, sinf.c and sin.c).
 *
 * The nearest multiple q pi/2 is subtracted from the argument in three parts; two polynomials give sin and cos of the rest,
 * and q modulo 4 says which of them, with which sign, is the result. The error is at most 2 units in the last place of 1
 * for |x| up to the limit. A vector with any larger argument is computed number by number by the imported function.
 */
// biome-ignore-all format: a line of instructions reads as a line
import { COSINE, HALF_PI, SINE } from '../polynomials.ts';
import { type FunctionBuilder, V128 } from './wasm.ts';

/** What differs between the precisions. */
interface Format {
  readonly vector: 'f32x4' | 'f64x2';
  readonly lanes: number;
  readonly literal: (f: FunctionBuilder, value: number) => FunctionBuilder;
  /** The largest |x| for which the subtraction is exact enough. */
  readonly limit: number;
  /** pi/2 in three parts, the first two with trailing zeros. */
  readonly halfPi: readonly [number, number, number];
  /** (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in powers of r^2, highest first. */
  readonly sine: readonly number[];
  readonly cosine: readonly number[];
}

const f32: Format = {
  vector: 'f32x4',
  lanes: 4,
  literal: (f, value) => f.v128f32(value),
  limit: 8192,
  halfPi: HALF_PI,
  sine: SINE,
  cosine: COSINE,
};

const f64: Format = {
  vector: 'f64x2',
  lanes: 2,
  literal: (f, value) => f.v128f64(value),
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

/** Emits sin(x + quarter pi/2) of the vector x on the stack; `imported` is the number of the function for large arguments. */
const trig = (format: Format, quarter: 0 | 1, imported: number) => (f: FunctionBuilder): void => {
  const { vector, literal, limit } = format;
  const [x, q, r, z, s, c, result] = f.newLocals(7, V128);
  f.set(x);
  literal(f, limit).get(x).op(`${vector}.abs`, `${vector}.lt`, 'v128.any_true');
  f.ifElse(
    () => numberByNumber(f, format, imported, { x, result }),
    () => {
      reduce(f, format, { x, q, r, z });
      polynomials(f, format, { r, z, s, c });
      choose(f, format, quarter, { q, s, c, result });
    },
  );
  f.get(result);
};

type Locals<Name extends string> = Readonly<Record<Name, number>>;

/** result = the imported function, which takes and returns a float64, of every lane of x. */
function numberByNumber(f: FunctionBuilder, { vector, lanes }: Format, imported: number, at: Locals<'x' | 'result'>): void {
  f.get(at.x).set(at.result);
  for (let lane = 0; lane < lanes; lane++) {
    f.get(at.result).get(at.x).lane(`${vector}.extract_lane`, lane);
    if (vector === 'f32x4') f.op('f64.promote_f32');
    f.call(imported);
    if (vector === 'f32x4') f.op('f32.demote_f64');
    f.lane(`${vector}.replace_lane`, lane).set(at.result);
  }
}

/** q = the integer nearest to x / (pi/2), r = x - q pi/2, z = r^2. */
function reduce(f: FunctionBuilder, { vector, literal, halfPi }: Format, { x, q, r, z }: Locals<'x' | 'q' | 'r' | 'z'>): void {
  f.get(x);
  literal(f, 2 / Math.PI).op(`${vector}.mul`, `${vector}.nearest`).set(q);
  f.get(x);
  for (const part of halfPi) {
    f.get(q);
    literal(f, part).op(`${vector}.mul`, `${vector}.sub`);
  }
  f.set(r);
  f.get(r).get(r).op(`${vector}.mul`).set(z);
}

/** s = sin r and c = cos r for |r| up to pi/4. */
function polynomials(
  f: FunctionBuilder,
  { vector, literal, sine, cosine }: Format,
  { r, z, s, c }: Locals<'r' | 'z' | 's' | 'c'>,
): void {
  const horner = (coefficients: readonly number[]) => {
    literal(f, coefficients[0]);
    for (const a of coefficients.slice(1)) {
      f.get(z).op(`${vector}.mul`);
      literal(f, a).op(`${vector}.add`);
    }
  };
  horner(sine);
  f.get(z).op(`${vector}.mul`).get(r).op(`${vector}.mul`).get(r).op(`${vector}.add`).set(s);
  horner(cosine);
  f.get(z).op(`${vector}.mul`).get(z).op(`${vector}.mul`);
  literal(f, 0.5).get(z).op(`${vector}.mul`, `${vector}.sub`);
  literal(f, 1).op(`${vector}.add`).set(c);
}

/** With n = q + quarter modulo 4: an odd n takes c instead of s, and n >= 2 changes the sign. */
function choose(
  f: FunctionBuilder,
  { vector, literal }: Format,
  quarter: 0 | 1,
  { q, s, c, result }: Locals<'q' | 's' | 'c' | 'result'>,
): void {
  f.get(q);
  literal(f, quarter).op(`${vector}.add`).set(q);
  f.get(q).get(q);
  literal(f, 0.25).op(`${vector}.mul`, `${vector}.floor`);
  literal(f, 4).op(`${vector}.mul`, `${vector}.sub`).set(q);
  // c where 0.25 < q/2 - floor(q/2), which is 0 for an even and 0.5 for an odd n
  f.get(c).get(s);
  literal(f, 0.25).get(q);
  literal(f, 0.5).op(`${vector}.mul`).get(q);
  literal(f, 0.5).op(`${vector}.mul`, `${vector}.floor`, `${vector}.sub`, `${vector}.lt`, 'v128.bitselect').set(result);
  // -result where 1.5 < q
  literal(f, 0).get(result).op(`${vector}.sub`).get(result);
  literal(f, 1.5).get(q).op(`${vector}.lt`, 'v128.bitselect').set(result);
}

export const sinF32x4 = (imported: number) => trig(f32, 0, imported);
export const cosF32x4 = (imported: number) => trig(f32, 1, imported);
export const sinF64x2 = (imported: number) => trig(f64, 0, imported);
export const cosF64x2 = (imported: number) => trig(f64, 1, imported);
