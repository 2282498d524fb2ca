/**
 * Lattice algebra: products, inverses and spacings against their definitions, on cells of every awkward shape.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  completeCell,
  determinant,
  independent,
  inverse,
  multiply,
  planeSpacings,
  toCartesian,
  toFractional,
} from '../../graph/index.ts';
import { CELLS, reals, rotations } from '../../testing/index.ts';
import { check } from '../support/check.ts';
import { flags, matmul } from './crystals.ts';

const close = (a: ArrayLike<number>, b: ArrayLike<number>, scale = 1): void => {
  assert.is(a.length, b.length);
  for (let k = 0; k < a.length; k++) assert.ok(Math.abs(a[k] - b[k]) <= 1e-9 * scale, `${k}: ${a[k]} and ${b[k]}`);
};
const rowOf = (cell: ArrayLike<number>, k: number) => [cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]];
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * b[k], 0);

test('the determinant is alternating, multiplicative, 1 for rotations, and keeps its sign for left hands', () =>
  check(
    fc.tuple(CELLS.any, CELLS.any, rotations()),
    ([a, b, turn]) => {
      const scale = Math.abs(determinant(a) * determinant(b)) + 1;
      close([determinant(matmul(a, b))], [determinant(a) * determinant(b)], scale * 100);
      close([determinant(turn)], [1]);
      close([determinant([...rowOf(a, 0), ...rowOf(a, 0), ...rowOf(a, 2)])], [0], scale);
      close([determinant([...rowOf(a, 1), ...rowOf(a, 0), ...rowOf(a, 2)])], [-determinant(a)], scale);
      assert.is(determinant([1, 0, 0, 0, 1, 0, 0, 0, -2]), -2);
    },
    100,
  ));

test('a cell times its inverse is the identity; fractional and Cartesian coordinates undo each other', () =>
  check(
    fc.tuple(CELLS.any, fc.array(reals({ low: -20, high: 20 }), { minLength: 3, maxLength: 12 })),
    ([cell, numbers]) => {
      const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      close(matmul(cell, inverse(cell)), identity);
      close(matmul(inverse(cell), cell), identity);
      const positions = numbers.slice(0, numbers.length - (numbers.length % 3));
      close(multiply(positions, cell), matmul(positions, cell));
      close(toCartesian(toFractional(positions, cell), cell), positions);
      // Lattice vectors have integer coordinates.
      close(toFractional(cell, cell), identity);
    },
    100,
  ));

test('plane spacings: the length of each vector along the normal of the other two', () =>
  check(
    CELLS.any,
    (cell) => {
      const reciprocal = inverse(cell);
      planeSpacings(cell).forEach((spacing, k) => {
        const column = [reciprocal[k], reciprocal[3 + k], reciprocal[6 + k]];
        close([spacing], [1 / Math.hypot(...column)]);
        assert.ok(spacing <= Math.hypot(...rowOf(cell, k)) * (1 + 1e-12));
      });
    },
    100,
  ));

test('a completed cell keeps the repeating vectors and has a volume', () =>
  check(
    fc.tuple(CELLS.any, fc.constantFrom(...flags), fc.constantFrom('zero', 'dependent', 'kept')),
    ([cell, periodic, rest]) => {
      const first = periodic.indexOf(true);
      const given = cell.map((x, k) => {
        const row = Math.floor(k / 3);
        if (periodic[row] || rest === 'kept') return x;
        return rest === 'zero' || first < 0 ? 0 : 2 * cell[3 * first + (k % 3)];
      });
      const full = completeCell(given, periodic);
      assert.ok(independent(full, [true, true, true]), `${[...full]}`);
      for (let k = 0; k < 3; k++) {
        if (periodic[k] || (rest === 'kept' && Math.abs(determinant(cell)) > 1)) close(rowOf(full, k), rowOf(given, k));
        else if (rest === 'zero' && periodic.some(Boolean))
          // New vectors are unit vectors orthogonal to all others.
          for (let other = 0; other < 3; other++) {
            const expected = other === k ? 1 : 0;
            close([dot(rowOf(full, k), rowOf(full, other))], [expected], 100);
          }
      }
    },
    100,
  ));

test('independent vectors are told from dependent ones at any scale', () =>
  check(
    fc.tuple(
      CELLS.any,
      rotations(),
      fc.constantFrom(0.01, 1, 1e4),
      reals({ low: -3, high: 3 }),
      reals({ low: -3, high: 3 }),
    ),
    ([cell, turn, size, p, q]) => {
      const scaled = matmul(cell, turn).map((x) => x * size);
      assert.ok(independent(scaled, [true, true, true]));
      const [a, b, c] = [rowOf(scaled, 0), rowOf(scaled, 1), rowOf(scaled, 2)];
      const flat = a.map((x, k) => p * x + q * b[k]);
      assert.not.ok(independent([...a, ...b, ...flat], [true, true, true]));
      assert.not.ok(independent([...a, ...a.map((x) => p * x), ...c], [true, true, false]));
      assert.not.ok(independent([0, 0, 0, ...b, ...c], [true, false, false]));
      // What does not repeat does not matter.
      assert.ok(independent([...a, ...b, ...flat], [true, true, false]));
      assert.ok(independent([...a, ...a, ...a], [false, true, false]));
      assert.ok(independent(new Array(9).fill(0), [false, false, false]));
    },
    100,
  ));

test.run();
