/** Refuses structures whose numbers cannot be those of atoms in a cell, before anything is computed from them. */
import { independent } from './lattice.ts';
import type { Structure } from './structure.ts';

/** In Angstrom. Beyond this distance, numbers of 64 bits no longer tell distances between atoms to 1e-7 Angstrom. */
const FARTHEST = 1e9;

const firstFar = (list: Float64Array): number => list.findIndex((x) => Math.abs(x) > FARTHEST);

/**
 * Throws an Error that names the structure (and the atom) if counts do not match, if a number is not finite or lies
 * beyond 1e9 Angstrom, or if the lattice vectors of the periodic directions are linearly dependent.
 */
export function checkGeometry({ id, numbers, positions, cell, periodic }: Structure): void {
  if (positions.length !== 3 * numbers.length) {
    throw new Error(`${id}: ${numbers.length} atoms need ${3 * numbers.length} coordinates, got ${positions.length}.`);
  }
  const bad = positions.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new Error(`${id}: position of atom ${Math.floor(bad / 3)} is ${positions[bad]}; expected finite numbers.`);
  if (cell.length !== 9) throw new Error(`${id}: a cell has 9 numbers (three rows), got ${cell.length}.`);
  if (cell.some((x) => !Number.isFinite(x))) throw new Error(`${id}: the cell has a number that is not finite.`);
  const lost = firstFar(positions);
  if (lost >= 0) {
    throw new Error(
      `${id}: atom ${Math.floor(lost / 3)} lies at ${positions[lost]} A; beyond ${FARTHEST} A distances between atoms ` +
        'are lost in rounding. Is a number garbled, or has the simulation blown up?',
    );
  }
  const long = firstFar(cell);
  if (long >= 0) {
    throw new Error(`${id}: the cell has the number ${cell[long]}; expected at most ${FARTHEST} A. Is it garbled?`);
  }
  if (!independent(cell, periodic)) {
    throw new Error(`${id}: the lattice vectors of the periodic directions are dependent: ${[...cell].join(' ')}.`);
  }
}
