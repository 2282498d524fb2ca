/**
 * Polynomials of sin, cos and log(1 + u) in float32, which the CPU engine and the GPU engine share.
 *
 * Coefficients stand from the highest power down.
 */

/** pi/2 in three parts, the first two with trailing zeros: their products with small integers are exact. */
export const HALF_PI: readonly [number, number, number] = [1.5703125, 0.0004837512969970703, 7.549789954891882e-8];

/** (sin r - r) / r^3 in powers of r^2, for |r| up to pi/4 (Cephes by S. Moshier, sinf.c). */
export const SINE: readonly number[] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
/** (cos r - 1 + r^2/2) / r^4 in powers of r^2, for |r| up to pi/4 (Cephes, sinf.c). */
export const COSINE: readonly number[] = [2.443315711809948e-5, -0.001388731625493765, 0.04166664568298827];

/** log(1 + u) / u for u in [0, 1]: a minimax polynomial of degree 8 (relative error 3e-8, by reweighted least squares). */
export const LOG1P: readonly number[] = [
  0.005232691299170256, -0.029505226761102676, 0.07822593301534653, -0.13663244247436523, 0.19106006622314453,
  -0.2484298199415207, 0.3331909775733948, -0.4999949336051941, 0.9999999403953552,
];
