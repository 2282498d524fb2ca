/** What a law is: one record, with what it says and how it is tested. */
import fc from 'fast-check';
import type { Structure } from '../../graph/index.ts';
import { short } from '../search.ts';
import type { Potential, PotentialValues } from './potential.ts';

/** Numbers that a law says are equal. */
export interface Comparison {
  /** Such as `force on atom {k / 3}`; see `placeOf` for how elements are named. */
  readonly what: 'energy' | 'forces' | 'stress' | 'net force';
  readonly found: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
}

export const UNITS: Readonly<Record<Comparison['what'], string>> = {
  energy: 'eV',
  forces: 'eV/A',
  'net force': 'eV/A',
  stress: 'eV/A^3',
};

/** What laws are called, in options and in messages. */
export type LawName =
  | 'repeat'
  | 'rotation'
  | 'mirror'
  | 'translation'
  | 'lattice shift'
  | 'cell'
  | 'permutation'
  | 'supercell'
  | 'smooth at the cutoff'
  | 'net force'
  | 'symmetric stress'
  | 'forces'
  | 'stress';

export interface Law<Change = unknown> {
  readonly name: LawName;
  /** One sentence for reports. */
  readonly says: string;
  /** What it needs besides the energy: values of the potential, or to be told the cutoff. */
  readonly needs: readonly ('forces' | 'stress' | 'cutoff')[];
  /** Equal up to rounding, or up to the error of differences. */
  readonly kind: 'exact' | 'differences';
  /** What is done to a crystal. */
  readonly change: fc.Arbitrary<Change>;
  /** The change in words; none if the law is about the crystal alone. */
  readonly show: (change: Change, crystal: Structure) => string | undefined;
  /** The cutoff, in Angstrom, is there for laws that need it. */
  readonly compare: (
    potential: Potential,
    crystal: Structure,
    change: Change,
    cutoff?: number,
  ) => Promise<readonly Comparison[]>;
}

/** Lets TypeScript find the type of the change. */
export const defineLaw = <Change>(law: Law<Change>): Law => law as Law;

/** For laws about the crystal alone: nothing is done to it. */
export const UNCHANGED = { change: fc.constant(undefined), show: () => undefined };

/** Comparisons of all that both predictions have. */
export function sameValues(found: PotentialValues, expected: PotentialValues): Comparison[] {
  const all: Comparison[] = [{ what: 'energy', found: [found.energy], expected: [expected.energy] }];
  if (found.forces && expected.forces) all.push({ what: 'forces', found: found.forces, expected: expected.forces });
  if (found.stress && expected.stress) all.push({ what: 'stress', found: found.stress, expected: expected.stress });
  return all;
}

export const showList = (numbers: ArrayLike<number>): string => Array.from(numbers, short).join(' ');
