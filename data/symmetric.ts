/**
 * Eigenvalues and eigenvectors of small symmetric matrices, by Jacobi rotations.
 *
 * For matrices of tens of rows (the curvature of one crystal, the elements of a data set), not for large ones: a sweep
 * costs n^3. Slow and accurate: cyclic order, Golub and Van Loan, Matrix Computations, section 8.5.
 */
export interface Eigen {
  /** Ascending, [n]. */
  readonly values: Float64Array;
  /** Row k is the unit eigenvector of value k, [n, n]. */
  readonly vectors: Float64Array;
}

/** Rotations stop when what is beside the diagonal is this small against the whole. */
const PRECISION = 1e-15;
/** Convergence is quadratic; about ten sweeps are enough for any matrix. */
const MOST_SWEEPS = 50;

/** Decomposes a symmetric matrix [n, n]; only its upper half is looked at. Throws on NaN. */
export function eigen(matrix: ArrayLike<number>): Eigen {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n * n !== matrix.length) throw new Error(`eigen: expected n x n numbers, got ${matrix.length}.`);
  const a = Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return matrix[i <= j ? k : j * n + i];
  });
  const v = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  const whole = Math.hypot(...a);
  if (!Number.isFinite(whole)) throw new Error('eigen: the matrix has an entry that is not finite.');
  const beside = () => {
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += a[i * n + j] ** 2;
    return Math.sqrt(sum);
  };
  for (let sweep = 0; beside() > PRECISION * whole; sweep++) {
    if (sweep === MOST_SWEEPS)
      throw new Error(`eigen: no convergence in ${MOST_SWEEPS} sweeps of a ${n} x ${n} matrix.`);
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q, (PRECISION * whole) / n);
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => a[i * (n + 1)] - a[j * (n + 1)]);
  return {
    values: Float64Array.from(order, (k) => a[k * (n + 1)]),
    vectors: Float64Array.from({ length: n * n }, (_, k) => v[order[Math.floor(k / n)] * n + (k % n)]),
  };
}

/** Makes a[p, q] zero by a rotation in the plane of p and q; v collects the rotations in its rows. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number, negligible: number): void {
  const apq = a[p * n + q];
  if (Math.abs(apq) <= negligible) return;
  const theta = (a[q * (n + 1)] - a[p * (n + 1)]) / (2 * apq);
  // The smaller of the two angles.
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  // Rows, then columns, then the rows of the eigenvectors.
  for (let k = 0; k < n; k++) mix(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) mix(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) mix(v, p * n + k, q * n + k, c, s);
}

function mix(x: Float64Array, i: number, j: number, c: number, s: number): void {
  const xi = x[i];
  const xj = x[j];
  x[i] = c * xi - s * xj;
  x[j] = s * xi + c * xj;
}
