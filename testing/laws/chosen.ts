/** Which laws are tested: those that are asked for and say something about the model. */
import fc from 'fast-check';
import type { Laws } from '../../nn/index.ts';
import { type CrystalOptions, crystals } from '../arbitraries/crystals.ts';
import { ModelFault } from './checked.ts';
import { smoothCutoff } from './cutoff.ts';
import { forces, netForce, stress, symmetricStress } from './derivatives.ts';
import type { Law, LawName } from './law.ts';
import type { Potential, PotentialValues } from './potential.ts';
import { cell, latticeShift, mirror, permutation, repeat, rotation, supercell, translation } from './symmetries.ts';

/**
 * All laws, in the order in which they are tested.
 *
 * @example for (const { name, says } of LAWS) console.log(name, says);
 */
export const LAWS: readonly Law[] = [
  ...[repeat, rotation, mirror, translation, latticeShift, cell, permutation, supercell, smoothCutoff],
  ...[netForce, symmetricStress, forces, stress],
];

/** A law that is not tested. */
export interface LeftOut {
  readonly law: LawName;
  readonly why: string;
}

interface Choice extends CrystalOptions {
  readonly only?: readonly LawName[];
  readonly leaveOut?: readonly LawName[];
  readonly cutoff?: number;
}

/** A model is asked about this many crystals until it gives values for one. */
const ATTEMPTS = 10;

/** Values of the first crystal for which there are some; the search for a counterexample tells about the others. */
async function firstValues(potential: Potential, options: CrystalOptions): Promise<PotentialValues | undefined> {
  for (const crystal of fc.sample(crystals(options), { numRuns: ATTEMPTS, seed: 1 })) {
    try {
      return await potential(crystal);
    } catch (error) {
      if (!(error instanceof ModelFault)) throw error;
    }
  }
  return undefined;
}

/** Why the record of a network says that a law does not hold of it; undefined if it says nothing of the kind. */
function disclaimed({ name }: Law, laws: Laws): string | undefined {
  if (name === 'supercell' && !(laws.extensive && laws.anyCell)) return 'the energy of this network is not extensive';
  if (name === 'smooth at the cutoff' && !laws.smooth) return 'this network is not smooth';
  return undefined;
}

/** The laws to be tested, and those that cannot be. Throws where a name is none, or where no law is left. */
export async function chosen(
  potential: Potential,
  options: Choice,
  laws: Laws | undefined,
): Promise<{ laws: readonly Law[]; leftOut: readonly LeftOut[] }> {
  const { only, leaveOut = [], cutoff } = options;
  const names: readonly string[] = LAWS.map(({ name }) => name);
  const wrong = [...(only ?? []), ...leaveOut].find((name) => !names.includes(name));
  if (wrong !== undefined) throw new Error(`obeysLaws: there is no law '${wrong}'; expected ${names.join(', ')}.`);
  const wanted = LAWS.filter(({ name }) => (only ?? names).includes(name) && !leaveOut.includes(name));
  const values = await firstValues(potential, options);
  const why = (law: Law): string | undefined => {
    for (const need of law.needs) {
      if (need === 'cutoff' && cutoff === undefined) return 'no cutoff is given';
      // Of a model without any values the search tells what is wrong.
      if (need !== 'cutoff' && values && values[need] === undefined) return `the model gives no ${need}`;
    }
    // Whoever names the law wants to know.
    return laws && !only ? disclaimed(law, laws) : undefined;
  };
  const reasons = wanted.map((law) => ({ law, why: why(law) }));
  const leftOut = reasons.flatMap(({ law, why }) => (why === undefined ? [] : [{ law: law.name, why }]));
  const tested = reasons.flatMap(({ law, why }) => (why === undefined ? [law] : []));
  if (tested.length > 0) return { laws: tested, leftOut };
  throw new Error(`obeysLaws: no law is left to be tested. ${showLeftOut(leftOut).join('')}`.trim());
}

/** A line about laws that were left out; none if all were tested. */
export const showLeftOut = (leftOut: readonly LeftOut[]): string[] =>
  leftOut.length === 0 ? [] : [`not tested: ${leftOut.map(({ law, why }) => `'${law}' (${why})`).join(', ')}`];
