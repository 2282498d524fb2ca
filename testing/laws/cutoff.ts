/** The law that nothing jumps where atoms lose sight of each other. */
import fc from 'fast-check';
import { neighbours, type Structure, strain } from '../../graph/index.ts';
import { Unsuitable } from '../search.ts';
import { defineLaw, sameValues } from './law.ts';
import type { PotentialValues } from './potential.ts';

/** How far from the cutoff the crystal is looked at, on both sides, relative to it. */
const STEP = 1e-5;
/** Crystals are stretched by at most this factor, or its inverse. */
const MOST = 1.25;

/** By which factor a crystal is stretched so that the distance nearest to the cutoff becomes the cutoff. */
function factorTo(crystal: Structure, cutoff: number): number {
  const factors = Array.from(neighbours(crystal, MOST * cutoff).distance, (r) => cutoff / r);
  const best = factors.reduce(
    (a, b) => (Math.abs(Math.log(b)) < Math.abs(Math.log(a)) ? b : a),
    Number.POSITIVE_INFINITY,
  );
  if (best <= MOST) return best;
  throw new Unsuitable('no distance is near the cutoff');
}

/** The crystal with all lengths multiplied by a factor. */
const stretched = (crystal: Structure, factor: number): Structure => {
  const by = factor - 1;
  return strain(crystal, [by, 0, 0, 0, by, 0, 0, 0, by]);
};

/** Values at the cutoff, by a straight line through those one step and three steps away. */
function limit(near: PotentialValues, far: PotentialValues): PotentialValues {
  const line = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a, (x, k) => 1.5 * x - 0.5 * b[k]);
  return {
    energy: line([near.energy], [far.energy])[0],
    ...(near.forces && far.forces && { forces: line(near.forces, far.forces) }),
    ...(near.stress && far.stress && { stress: line(near.stress, far.stress) }),
  };
}

export const smoothCutoff = defineLaw({
  name: 'smooth at the cutoff',
  says: 'Where a distance grows beyond the cutoff, energy, forces and stress do not jump.',
  needs: ['cutoff'],
  kind: 'differences',
  change: fc.constant(undefined),
  show: () =>
    'stretched until the distance nearest to the cutoff is just beyond it; expected is what is found just within it',
  async compare(potential, crystal, _, cutoff) {
    const factor = factorTo(crystal, cutoff!);
    const at = (steps: number) => potential(stretched(crystal, factor * (1 + steps * STEP)));
    const within = limit(await at(-1), await at(-3));
    return sameValues(limit(await at(1), await at(3)), within);
  },
});
