/** Errors of pre-trainings on the test part of every source, beside those of predicting zero, from their results. */

import { EV_PER_CUBIC_ANGSTROM_IN_GPA } from '../../data/index.ts';
import { significant } from '../../plots/style.ts';
import type { Comparison } from '../../training/tasks/force-errors.ts';
import type { NoiseComparison } from '../../training/tasks/noise-errors.ts';
import type { Cell, Table } from '../tables/write.ts';
import type { PretrainedRun } from './runs.ts';

interface Errors {
  readonly source: string;
  readonly structures: number;
  /** By quantity, in its unit; null where there is no label. */
  readonly values: readonly { readonly error: number | null; readonly zero: number | null }[];
}

interface Kind {
  readonly header: readonly string[];
  readonly caption: string;
  readonly errors: (run: PretrainedRun) => readonly Errors[];
}

/** The whole test part comes last, where there are several sources. */
const withAll = <T>(bySource: Readonly<Record<string, T>>, all: T): [string, T][] => {
  const own = Object.entries(bySource);
  return own.length > 1 ? [...own, ['all', all]] : own;
};

const times = (x: number | null, scale: number): number | null => (x === null ? null : scale * x);

const FORCES: Kind = {
  header: ['energy (meV/atom)', 'forces (meV/Å)', 'stress (GPa)'],
  caption:
    'Mean absolute errors of pre-trained networks on the test part of each source: energy per atom, components of forces ' +
    'and stress. In brackets: predicting zero, that is the reference energies, no forces and no stress.',
  errors: ({ result }) =>
    result.strategy !== 'forces'
      ? []
      : withAll<Comparison>(result.testBySource, result.test).map(([source, { structures, error, zero }]) => ({
          source,
          structures,
          values: [
            { error: times(error.energy, 1000), zero: times(zero.energy, 1000) },
            { error: times(error.forces, 1000), zero: times(zero.forces, 1000) },
            {
              error: times(error.stress, EV_PER_CUBIC_ANGSTROM_IN_GPA),
              zero: times(zero.stress, EV_PER_CUBIC_ANGSTROM_IN_GPA),
            },
          ],
        })),
};

const NOISE: Kind = {
  header: ['displacement (Å)'],
  caption:
    'Mean absolute errors of the displacement components that denoising networks find on the test part of each source. ' +
    'In brackets: predicting none.',
  errors: ({ result }) =>
    result.strategy === 'forces'
      ? []
      : withAll<NoiseComparison>(result.testBySource, result.test).map(([source, { structures, error, zero }]) => ({
          source,
          structures,
          values: [{ error, zero }],
        })),
};

function tableOf(runs: readonly PretrainedRun[], { header, caption, errors }: Kind): Table | undefined {
  const all = runs.flatMap((run) => errors(run).map((one) => ({ title: run.title, ...one })));
  if (all.length === 0) return undefined;
  /** The lowest error of a source, if it is better than zero. */
  const isBest = (source: string, k: number, error: number): boolean =>
    all.every((one) => one.source !== source || error <= (one.values[k].error ?? Number.POSITIVE_INFINITY));
  const cell = (source: string, { error, zero }: Errors['values'][number], k: number): Cell => {
    if (error === null || zero === null) return { text: '—' };
    return {
      text: `${significant(error)} [${significant(zero)}]`,
      bold: error < zero && isBest(source, k, error),
    };
  };
  return {
    caption: `${caption} Bold: the best of a source, where it is better than zero.`,
    header: ['network', 'source', 'structures', ...header],
    rows: all.map(({ title, source, structures, values }) => ({
      cells: [
        ...[title, source, String(structures)].map((text) => ({ text })),
        ...values.map((value, k) => cell(source, value, k)),
      ],
    })),
    csv: [
      ['network', 'source', 'structures', ...header, ...header.map((name) => `predicting zero: ${name}`)],
      ...all.map(({ title, source, structures, values }) => [
        ...[title, source, String(structures)],
        ...values.map(({ error }) => (error === null ? '' : String(error))),
        ...values.map(({ zero }) => (zero === null ? '' : String(zero))),
      ]),
    ],
  };
}

/** Tables by the endings of their names; those without rows are left out. */
export function errorTables(runs: readonly PretrainedRun[]): [string, Table][] {
  const kinds: [string, Kind][] = [
    ['errors', FORCES],
    ['noise-errors', NOISE],
  ];
  return kinds.flatMap(([name, kind]) => {
    const table = tableOf(runs, kind);
    return table ? [[name, table] as [string, Table]] : [];
  });
}
