/**
 * Eigenvalues and eigenvectors of small symmetric matrices, by Jacobi's method: rotations in the plane of two axes, in
 * cyclic order, until the matrix is diagonal (Golub and Van Loan, Matrix Computations, section 8.5).
 *
 * It is slow and accurate, and meant for matrices of at most some hundred rows (the curvature of one crystal, the
 * elements of a data set, the channels of a network): one sweep costs n^3.
 */
export interface Eigen {
  /** Eigenvalues in ascending order, [n]. */
  readonly values: Float64Array;
  /** Row k is the unit eigenvector of value k, [n, n]. Its sign is arbitrary. */
  readonly vectors: Float64Array;
}

export interface EigenOptions {
  /**
   * Whether entries of the size of rounding are rotated away, too, and entries that were rotated away set to exactly
   * zero (default: no). Eigenvalues that should be zero then come out smaller, and sweeps take longer.
   */
  readonly thorough?: boolean;
}

/** Rotations stop when what is beside the diagonal is this small in comparison with the whole matrix. */
const PRECISION = 1e-15;
/** Convergence is quadratic, so about ten sweeps are enough for any matrix. */
const MOST_SWEEPS = 60;

/**
 * Decomposes a symmetric matrix [n, n], row-major, of which only the upper half is looked at. Throws an Error if the
 * matrix is not square or has an entry that is not finite.
 *
 *   const { values, vectors } = eigen([2, 1, 1, 2]);   // values 1 and 3
 *   const first = vectors.subarray(0, 2);              // (1, -1) / sqrt(2), or its opposite
 */
export function eigen(matrix: ArrayLike<number>, { thorough = false }: EigenOptions = {}): Eigen {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n * n !== matrix.length) throw new Error(`eigen: expected n x n numbers, got ${matrix.length}.`);
  const a = Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return matrix[i <= j ? k : j * n + i];
  });
  const v = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  const whole = norm(a);
  if (!Number.isFinite(whole)) throw new Error('eigen: the matrix has an entry that is not finite.');
  const negligible = thorough ? 0 : (PRECISION * whole) / n;
  for (let sweep = 0; besideDiagonal(a, n) > PRECISION * whole; sweep++) {
    if (sweep === MOST_SWEEPS)
      throw new Error(`eigen: no convergence in ${MOST_SWEEPS} sweeps of a ${n} x ${n} matrix.`);
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p * n + q]) <= negligible) continue;
        rotate(a, v, n, p, q);
        if (thorough) a[p * n + q] = a[q * n + p] = 0;
      }
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => a[i * (n + 1)] - a[j * (n + 1)]);
  return {
    values: Float64Array.from(order, (k) => a[k * (n + 1)]),
    vectors: Float64Array.from({ length: n * n }, (_, k) => v[order[Math.floor(k / n)] * n + (k % n)]),
  };
}

/** The root of the sum of squares. Math.hypot takes its numbers as arguments, of which there are too many here. */
function norm(numbers: Float64Array): number {
  const most = numbers.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  if (most === 0 || !Number.isFinite(most)) return most;
  return most * Math.sqrt(numbers.reduce((sum, x) => sum + (x / most) ** 2, 0));
}

/** The root of the sum of squares of the entries below the diagonal. */
function besideDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += a[i * n + j] ** 2;
  return Math.sqrt(sum);
}

/** Makes a[p, q] zero but for rounding by a rotation in the plane of p and q; v collects the rotations in its rows. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const theta = (a[q * (n + 1)] - a[p * (n + 1)]) / (2 * a[p * n + q]);
  // The tangent of the smaller one of the two possible angles.
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  // The rows of the matrix, then its columns, then the rows of the eigenvectors.
  for (let k = 0; k < n; k++) mix(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) mix(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) mix(v, p * n + k, q * n + k, c, s);
}

/** Rotates two numbers of a list by the angle with this cosine and sine. */
function mix(x: Float64Array, i: number, j: number, c: number, s: number): void {
  const xi = x[i];
  const xj = x[j];
  x[i] = c * xi - s * xj;
  x[j] = s * xi + c * xj;
}
