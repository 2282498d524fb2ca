/**
 * The algebra of lattices, on 3 x 3 matrices as row-major arrays of nine numbers.
 *
 * The rows of a cell are its lattice vectors in Angstrom, and vectors are rows, too: position = fractional x cell.
 */

/** Nine numbers, row after row. */
export type Matrix3 = Float64Array;

const row = (cell: ArrayLike<number>, k: number): number[] => [cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]];
const cross = (a: readonly number[], b: readonly number[]): number[] => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k], 0);
const length = (a: readonly number[]): number => Math.hypot(...a);

/**
 * The determinant of a cell, nine numbers: its volume in cubic Angstrom, negative for left-handed cells.
 *
 * @example
 * determinant([2, 0, 0, 0, 2, 0, 0, 0, 2]);  // 8
 */
export const determinant = (cell: ArrayLike<number>): number => dot(row(cell, 0), cross(row(cell, 1), row(cell, 2)));

/**
 * The inverse of a 3 x 3 matrix; its numbers are not finite if the determinant is zero.
 *
 * @example
 * inverse([2, 0, 0, 0, 4, 0, 0, 0, 8]);  // [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0.125]
 */
export function inverse(cell: ArrayLike<number>): Matrix3 {
  const det = determinant(cell);
  const [a, b, c] = [row(cell, 0), row(cell, 1), row(cell, 2)];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  return Float64Array.from({ length: 9 }, (_, k) => columns[k % 3][Math.floor(k / 3)] / det);
}

/** The distances in Angstrom between neighbouring lattice planes, for each of the three directions. */
export function planeSpacings(cell: ArrayLike<number>): [number, number, number] {
  const volume = Math.abs(determinant(cell));
  const [a, b, c] = [row(cell, 0), row(cell, 1), row(cell, 2)];
  return [volume / length(cross(b, c)), volume / length(cross(c, a)), volume / length(cross(a, b))];
}

/**
 * Row vectors [n, 3] times a 3 x 3 matrix, [n, 3].
 *
 * @example
 * multiply([1, 2, 3], [0, 1, 0, -1, 0, 0, 0, 0, 1]);  // [-2, 1, 3]
 */
export function multiply(vectors: ArrayLike<number>, matrix: ArrayLike<number>): Float64Array {
  const out = new Float64Array(vectors.length);
  for (let k = 0; k < vectors.length; k += 3) {
    for (let c = 0; c < 3; c++) {
      out[k + c] = vectors[k] * matrix[c] + vectors[k + 1] * matrix[3 + c] + vectors[k + 2] * matrix[6 + c];
    }
  }
  return out;
}

/**
 * Cartesian positions [n, 3] in Angstrom as shares of the lattice vectors, [n, 3]. They are not finite if the lattice
 * vectors are dependent.
 *
 * @example
 * toFractional([1, 2, 3], [4, 0, 0, 0, 4, 0, 0, 0, 4]);  // [0.25, 0.5, 0.75]
 */
export const toFractional = (positions: ArrayLike<number>, cell: ArrayLike<number>): Float64Array =>
  multiply(positions, inverse(cell));
/**
 * Shares of the lattice vectors [n, 3] as Cartesian positions in Angstrom, [n, 3].
 *
 * @example
 * toCartesian([0.25, 0.5, 0.75], [4, 0, 0, 0, 4, 0, 0, 0, 4]);  // [1, 2, 3]
 */
export const toCartesian = (fractional: ArrayLike<number>, cell: ArrayLike<number>): Float64Array =>
  multiply(fractional, cell);

/**
 * A cell in which fractional coordinates exist for slabs, wires and molecules, too. If the given vectors are linearly
 * dependent, those of directions that do not repeat are replaced by unit vectors orthogonal to the others.
 */
export function completeCell(cell: ArrayLike<number>, periodic: readonly boolean[]): Matrix3 {
  const full = Float64Array.from(cell);
  const size = Math.max(...[0, 1, 2].map((k) => length(row(full, k))), 1e-30);
  if (periodic.every(Boolean) || Math.abs(determinant(full)) > 1e-6 * size ** 3) return full;
  const kept = [0, 1, 2].filter((k) => periodic[k]).map((k) => row(full, k));
  const basis = [...kept];
  for (const axis of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ])
    basis.push(axis);
  // Gram and Schmidt's method: the periodic vectors come first, then whatever the axes add to them.
  const orthonormal: number[][] = [];
  const added: number[][] = [];
  basis.forEach((vector, k) => {
    const rest = orthonormal.reduce((v, u) => v.map((x, c) => x - dot(vector, u) * u[c]), [...vector]);
    const norm = length(rest);
    if (norm < 1e-6 * Math.max(1, length(vector)) || orthonormal.length === 3) return;
    const unit = rest.map((x) => x / norm);
    orthonormal.push(unit);
    if (k >= kept.length) added.push(unit);
  });
  for (let k = 0; k < 3; k++) if (!periodic[k]) full.set(added.shift() ?? [0, 0, 0], 3 * k);
  return full;
}

/** Whether the lattice vectors of the directions that repeat are independent (by more than rounding). */
export function independent(cell: ArrayLike<number>, periodic: readonly boolean[]): boolean {
  if (!periodic.some(Boolean)) return true;
  const full = completeCell(cell, periodic);
  const box = [0, 1, 2].reduce((product, k) => product * length(row(full, k)), 1);
  const volume = Math.abs(determinant(full));
  return volume > 1e-9 && volume > 1e-10 * box;
}
