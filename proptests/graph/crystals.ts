/**
 * Crystals for the graph tests, in cells of every awkward shape, and neighbours by brute force, which shares no code with
 * graph/. Not a test.
 */
import type fc from 'fast-check';
import type { Structure } from '../../graph/index.ts';
import { crystals as anyCrystals } from '../../testing/index.ts';

export const matmul = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
  Array.from({ length: a.length }, (_, k) => {
    const [row, c] = [k - (k % 3), k % 3];
    return a[row] * b[c] + a[row + 1] * b[3 + c] + a[row + 2] * b[6 + c];
  });

export const crystal = (
  cell: ArrayLike<number>,
  positions: ArrayLike<number>,
  periodic: readonly [boolean, boolean, boolean] = [true, true, true],
): Structure => ({
  id: 'crystal',
  numbers: new Int32Array(positions.length / 3).fill(29),
  positions: Float64Array.from(positions),
  cell: Float64Array.from(cell),
  periodic,
});

/** Copper at -spread to 1 + spread lattice vectors, two atoms perhaps at one place. */
export const crystals = (
  cells: fc.Arbitrary<ArrayLike<number>>,
  { atoms: [minAtoms, maxAtoms] = [1, 4], spread = 1 }: { atoms?: [number, number]; spread?: number } = {},
): fc.Arbitrary<Structure> => anyCrystals({ cells, minAtoms, maxAtoms, spread, elements: [29], closest: 0 });

export const flags: readonly (readonly [boolean, boolean, boolean])[] = Array.from(
  { length: 8 },
  (_, k) => [(k & 4) !== 0, (k & 2) !== 0, (k & 1) !== 0] as const,
);

export interface Edge {
  readonly i: number;
  readonly j: number;
  readonly n: readonly [number, number, number];
  readonly r: number;
}

/** Inverse of a small positive matrix by Gauss-Jordan. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, k) => [...row, ...Array.from({ length: size }, (_, c) => (c === k ? 1 : 0))]);
  for (let k = 0; k < size; k++) {
    const pivot = rows[k][k];
    rows[k] = rows[k].map((x) => x / pivot);
    for (let other = 0; other < size; other++) {
      const factor = rows[other][k];
      if (other !== k) rows[other] = rows[other].map((x, c) => x - factor * rows[k][c]);
    }
  }
  return rows.map((row) => row.slice(size));
}

/**
 * Every (i, j, n) with 1e-4 < r^2 and r <= cutoff, sorted. A repeated image has |n cell| <= cutoff + |x_j - x_i|,
 * hence |n_k| <= that times sqrt(inverse Gram matrix)_kk; one more is tried to be generous.
 */
export function bruteForce({ positions, numbers, cell, periodic }: Structure, cutoff: number): Edge[] {
  const axes = [0, 1, 2].filter((k) => periodic[k]);
  const dot = (a: number, b: number) => [0, 1, 2].reduce((sum, c) => sum + cell[3 * a + c] * cell[3 * b + c], 0);
  const inverse = inverted(axes.map((a) => axes.map((b) => dot(a, b))));
  const bound = [0, 0, 0];
  axes.forEach((axis, k) => {
    bound[axis] = Math.sqrt(inverse[k][k]);
  });
  const edges: Edge[] = [];
  for (let i = 0; i < numbers.length; i++)
    for (let j = 0; j < numbers.length; j++) {
      const d = [0, 1, 2].map((c) => positions[3 * j + c] - positions[3 * i + c]);
      const reach = cutoff + Math.hypot(...d);
      const [A, B, C] = bound.map((b) => (b === 0 ? 0 : Math.ceil(reach * b) + 1)) as [number, number, number];
      for (let a = -A; a <= A; a++)
        for (let b = -B; b <= B; b++)
          for (let c = -C; c <= C; c++) {
            const x = d[0] + a * cell[0] + b * cell[3] + c * cell[6];
            const y = d[1] + a * cell[1] + b * cell[4] + c * cell[7];
            const z = d[2] + a * cell[2] + b * cell[5] + c * cell[8];
            const r2 = x * x + y * y + z * z;
            if (r2 > 1e-4 && r2 <= cutoff * cutoff) edges.push({ i, j, n: [a, b, c], r: Math.sqrt(r2) });
          }
    }
  return edges;
}
