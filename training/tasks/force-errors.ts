/** Errors of energies, forces and stress, and how they are shown. */
import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../../data/index.ts';
import { atLeastZero, nullable, object } from '../../text/schema.ts';
import { ErrorSums } from '../errors.ts';
import type { ErrorReport } from '../task.ts';
import type { ForceSet, PredictedForces } from './force-predictions.ts';

export interface Errors {
  /** eV/atom; null where no structure has the label, as below. */
  readonly energy: number | null;
  /** eV per structure, as the paper's loss has it. */
  readonly energyPerStructure?: number | null;
  /** eV/A. */
  readonly forces: number | null;
  /** eV/A^3. */
  readonly stress: number | null;
}

/** For people, where the loss had no term for energies. */
export const ENERGY_NOT_LEARNT =
  'The weight of energies was 0: they were not learnt, and predicted totals mean nothing (forces leave them open up to ' +
  'a constant)';

export type ForceErrors = ErrorSums<'energy' | 'energyPerStructure' | 'forces' | 'stress'>;

/** Sums to which `addForceErrors` adds; predicting zero is no force, no stress, and the reference energies. */
export const forceErrors = (): ForceErrors => new ErrorSums(['energy', 'energyPerStructure', 'forces', 'stress']);

/** Adds a structure; labels that it does not have do not count. */
export function addForceErrors(
  errors: ForceErrors,
  { structures, sources }: ForceSet,
  { structure, labels, predicted }: PredictedForces,
): void {
  const { numbers, energy, forces, stress } = structures[structure];
  const known = energy === undefined ? undefined : labels.energy;
  errors.add(sources[structure], {
    energy: [known, predicted.energy, numbers.length],
    energyPerStructure: [known, predicted.energy],
    forces: [forces && labels.forces, predicted.forces],
    stress: [stress && labels.stress, predicted.stress],
  });
}

const error = nullable(atLeastZero);

export const FORCE_ERRORS: ErrorReport<Errors> = {
  table: 'errors',
  caption:
    'Mean absolute errors of pre-trained networks on the test part of each source: energy per atom, components of forces ' +
    'and stress. In brackets: predicting zero, that is the reference energies, no forces and no stress.',
  columns: [
    { name: 'energy', title: 'energy', unit: 'meV/atom', scale: 1000, of: ({ energy }) => energy },
    { name: 'forces', title: 'forces', unit: 'meV/Å', scale: 1000, of: ({ forces }) => forces },
    { name: 'stress', title: 'stress', unit: 'GPa', scale: EV_PER_CUBIC_ANGSTROM_IN_GPA, of: ({ stress }) => stress },
  ],
  schema: object({ energy: error, forces: error, stress: error }),
};
