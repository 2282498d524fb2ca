/**
 * Principal components of many vectors: the directions in which they vary most, from the covariance matrix and a
 * Jacobi eigen-solver. For hundreds of channels, not for thousands: the solver is cubic and simple.
 *
 * Components are unit vectors; their largest entry is positive, so that equal data give equal pictures.
 */

/** Eigenvalues, largest first, and the unit vectors that belong to them. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** Turns until what is off the diagonal is rounding only; some ten sweeps do. */
const MOST_SWEEPS = 60;

/** Of a symmetric matrix, [n, n] row-major, by cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations, 8.5). */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  if (matrix.length !== n * n) throw new Error(`symmetricEigen: ${n} x ${n} numbers expected, got ${matrix.length}.`);
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let k = 0; k < n; k++) v[k * n + k] = 1;
  const total = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p * n + q] ** 2;
    if (Math.sqrt(off) <= 1e-15 * total) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => a[j * n + j] - a[i * n + i] || i - j);
  return {
    values: Float64Array.from(order, (k) => a[k * n + k]),
    vectors: order.map((k) => pointed(Float64Array.from({ length: n }, (_, r) => v[r * n + k]))),
  };
}

/** One rotation in the plane of p and q that makes a[p, q] zero; `v` collects the rotations. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [a[k * n + p], a[k * n + q]];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const [vp, vq] = [v[k * n + p], v[k * n + q]];
    v[k * n + p] = c * vp - s * vq;
    v[k * n + q] = s * vp + c * vq;
  }
  // Zero by construction; what rounding leaves would keep the sweeps going.
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

/** The vector or its opposite: the one whose largest entry is positive. */
function pointed(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, x) => (Math.abs(x) > Math.abs(best) + 1e-12 ? x : best), 0);
  return largest < 0 ? vector.map((x) => -x) : vector;
}

export interface Principal {
  /** Of every channel. */
  readonly mean: Float64Array;
  /** Unit vectors, [channels] each, in the order of their variances. */
  readonly components: readonly Float64Array[];
  /** Variance along every component, of all channels; over the number of vectors. */
  readonly variances: Float64Array;
  /** Shares of the variance that the components explain; NaN if nothing varies. */
  readonly explained: Float64Array;
  /** Coordinates along the components, [vectors, components]. */
  readonly scores: Float64Array;
}

/** The first `most` components of vectors, [count, channels] row-major. */
export function principal(vectors: ArrayLike<number>, channels: number, most = 2): Principal {
  const count = vectors.length / channels;
  if (!Number.isInteger(count) || count < 2) {
    throw new Error(`principal: expected two or more vectors of ${channels} numbers, got ${vectors.length} numbers.`);
  }
  const mean = new Float64Array(channels);
  for (let k = 0; k < vectors.length; k++) mean[k % channels] += vectors[k] / count;
  const covariance = new Float64Array(channels * channels);
  const one = new Float64Array(channels);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < channels; c++) one[c] = vectors[row * channels + c] - mean[c];
    for (let c = 0; c < channels; c++) {
      const x = one[c] / count;
      for (let d = 0; d <= c; d++) covariance[c * channels + d] += x * one[d];
    }
  }
  for (let c = 0; c < channels; c++)
    for (let d = 0; d < c; d++) covariance[d * channels + c] = covariance[c * channels + d];
  if (!covariance.every(Number.isFinite))
    throw new Error('principal: expected finite numbers; did a training diverge?');
  const eigen = symmetricEigen(covariance, channels);
  const variances = eigen.values.map((x) => Math.max(0, x));
  const total = variances.reduce((a, b) => a + b, 0);
  const components = eigen.vectors.slice(0, most);
  const scores = new Float64Array(count * components.length);
  for (let row = 0; row < count; row++) {
    components.forEach((component, k) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += (vectors[row * channels + c] - mean[c]) * component[c];
      scores[row * components.length + k] = sum;
    });
  }
  return {
    mean,
    components,
    variances,
    explained: variances.slice(0, components.length).map((x) => x / total),
    scores,
  };
}
