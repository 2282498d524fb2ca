/**
 * Moves the atoms of a graph near the origin, so that what a network computes in 32 bits does not depend on where they
 * lie.
 *
 * Unwrapped trajectories and molecules far from the origin have coordinates that 32 bits round by more than bonds bend.
 * Here atoms are moved by whole lattice vectors, in 64 bits, and the shifts of edges take up the difference: every edge
 * vector x_source + shift - x_target stays what it was. Directions that do not repeat have vectors, too (see
 * `completeCell`), so that slabs and molecules are treated alike. Atoms less than a cell away stay where they are.
 */

import type { Edges } from './edges.ts';
import { completeCell, multiply, toFractional } from './lattice.ts';
import type { Structure } from './structure.ts';

/** How many whole cells each atom lies away from the origin, [atoms, 3]; undefined if none lies farther than one. */
function cellsAway(fractional: Float64Array): Float64Array | undefined {
  let away: Float64Array | undefined;
  for (let k = 0; k < fractional.length; k++) {
    const f = fractional[k];
    if (!(Math.abs(f - 0.5) > 1.5 && Number.isFinite(f))) continue;
    away ??= new Float64Array(fractional.length);
    away[k] = Math.floor(f);
  }
  return away;
}

/** Positions near the origin, [atoms, 3], and the shifts of edges that belong to them, [edges, 3], in Angstrom. */
export function nearOrigin(
  { positions, cell, periodic }: Structure,
  { target, source, offset }: Edges,
): { positions: Float64Array; shift: Float64Array } {
  const full = completeCell(cell, periodic);
  const away = cellsAway(toFractional(positions, full));
  if (!away) return { positions, shift: multiply(offset, cell) };
  const moves = multiply(away, full);
  const cells = new Float64Array(offset.length);
  for (let edge = 0; edge < target.length; edge++) {
    const [i, j] = [3 * target[edge], 3 * source[edge]];
    for (let k = 0; k < 3; k++) cells[3 * edge + k] = offset[3 * edge + k] + away[j + k] - away[i + k];
  }
  return { positions: positions.map((x, k) => x - moves[k]), shift: multiply(cells, full) };
}
