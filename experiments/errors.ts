/** Mean absolute errors over many batches, beside those of predicting no force, no stress and the reference energies. */
import type { Results } from '../tensor/index.ts';
import type { LabelledBatch } from './batches.ts';

export interface Errors {
  /** eV/atom. */
  readonly energy: number;
  /** eV/A. */
  readonly forces: number;
  /** eV/A^3. */
  readonly stress: number;
}

export const EV_PER_CUBIC_ANGSTROM_IN_GPA = 160.21766208;

export interface ErrorSum {
  add(batch: LabelledBatch, predicted: Results | undefined): void;
  mean(): Errors;
}

/** Collects errors; `predicted` undefined stands for predicting zero. */
export function errorSum(): ErrorSum {
  const sums = { energy: 0, forces: 0, stress: 0 };
  const counts = { energy: 0, forces: 0, stress: 0 };
  return {
    add({ graph, energy, forces, stress }, predicted) {
      const atoms = graph.structure.pointers;
      energy.forEach((label, k) => {
        sums.energy += Math.abs((predicted ? predicted[0]![k]! : 0) - label) / (atoms[k + 1]! - atoms[k]!);
      });
      const total = (labels: Float64Array, values: Float64Array | undefined) =>
        labels.reduce((sum, label, k) => sum + Math.abs((values?.[k] ?? 0) - label), 0);
      sums.forces += total(forces, predicted?.[1]);
      sums.stress += total(stress, predicted?.[2]);
      counts.energy += energy.length;
      counts.forces += forces.length;
      counts.stress += stress.length;
    },
    mean: () => ({
      energy: sums.energy / counts.energy,
      forces: sums.forces / counts.forces,
      stress: sums.stress / counts.stress,
    }),
  };
}
