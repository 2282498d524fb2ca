/**
 * Mean absolute errors of energies, forces and stress over many batches, for each source of data, beside those of
 * predicting zero: no force, no stress, and the reference energies: forces that are not better than zero are worth nothing.
 */
import type { LabelledStructure } from '../../data/index.ts';
import type { ForceLabels } from './force-field.ts';

export interface Errors {
  /** eV/atom; null where no structure has the label, as below. */
  readonly energy: number | null;
  /** eV per structure, as the paper's loss has it. */
  readonly energyPerStructure: number | null;
  /** eV/A. */
  readonly forces: number | null;
  /** eV/A^3. */
  readonly stress: number | null;
}

/** For people, where the loss had no term for energies. */
export const ENERGY_NOT_LEARNT =
  'The weight of energies was 0: they were not learnt, and predicted totals mean nothing (forces leave them open up to ' +
  'a constant)';

export interface Comparison {
  readonly structures: number;
  readonly error: Errors;
  readonly zero: Errors;
}

const QUANTITIES = ['energy', 'energyPerStructure', 'forces', 'stress'] as const;
type Sums = Record<(typeof QUANTITIES)[number], { sum: number; zero: number; count: number }>;

interface Group {
  structures: number;
  readonly sums: Sums;
}

const emptyGroup = (): Group => ({
  structures: 0,
  sums: Object.fromEntries(QUANTITIES.map((name) => [name, { sum: 0, zero: 0, count: 0 }])) as Sums,
});

export interface ForceErrors {
  /** `labels` and `predicted` belong to the structures one after another; absent labels do not count. */
  add(source: string, structures: readonly LabelledStructure[], labels: ForceLabels, predicted: ForceLabels): void;
  all(): Comparison;
  bySource(): Record<string, Comparison>;
}

export function forceErrors(): ForceErrors {
  const groups = new Map<string, Group>();
  const total = emptyGroup();
  const compare = ({ structures, sums }: Group): Comparison => {
    const means = (kind: 'sum' | 'zero') =>
      Object.fromEntries(
        QUANTITIES.map((name) => [name, sums[name].count > 0 ? sums[name][kind] / sums[name].count : null]),
      ) as unknown as Errors;
    return { structures, error: means('sum'), zero: means('zero') };
  };
  return {
    add(source, structures, labels, predicted) {
      if (!groups.has(source)) groups.set(source, emptyGroup());
      let atom = 0;
      structures.forEach(({ numbers, energy, forces, stress }, k) => {
        const atoms = numbers.length;
        for (const group of [groups.get(source)!, total]) {
          group.structures++;
          const add = (name: keyof Sums, label: number, value: number) => {
            const sums = group.sums[name];
            sums.sum += Math.abs(value - label);
            sums.zero += Math.abs(label);
            sums.count++;
          };
          if (energy !== undefined) {
            add('energy', labels.energy[k] / atoms, predicted.energy[k] / atoms);
            add('energyPerStructure', labels.energy[k], predicted.energy[k]);
          }
          if (forces) {
            for (let c = 3 * atom; c < 3 * (atom + atoms); c++) add('forces', labels.forces[c], predicted.forces[c]);
          }
          if (stress) for (let c = 9 * k; c < 9 * k + 9; c++) add('stress', labels.stress[c], predicted.stress[c]);
        }
        atom += atoms;
      });
    },
    all: () => compare(total),
    bySource: () => Object.fromEntries([...groups].map(([name, group]) => [name, compare(group)])),
  };
}
