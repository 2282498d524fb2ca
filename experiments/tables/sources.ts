/**
 * What pre-trainings learn from, source by source: structures that are used, and how large their forces and stress are,
 * which is the error of predicting zero. As Markdown, CSV and LaTeX.
 */

import { meanSize } from '../../data/facts.ts';
import { EV_PER_CUBIC_ANGSTROM_IN_GPA, elementsIn } from '../../data/index.ts';
import { type Column, tableOf, writeTable } from '../../files/tables.ts';
import { significant } from '../../plots/index.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { pretrainingData } from '../../training/pretraining.ts';
import { insistOnFile } from '../datasets.ts';
import { dataKey, type PretrainJob } from './plan.ts';

export interface SourceRow {
  readonly source: string;
  /** Titles of the rows that are pre-trained on it, so far as they take the same structures. */
  readonly by: readonly string[];
  readonly structures: number;
  /** Those in the training part. */
  readonly train: number;
  readonly elements: number;
  readonly meanAtoms: number;
  /** Mean absolute component, eV/Angstrom and eV/Angstrom^3; undefined without labels. */
  readonly forces: number | undefined;
  readonly stress: number | undefined;
}

type Numbers = Omit<SourceRow, 'source' | 'by'>;

/** The sources of pre-trainings, as each of them reads, limits and splits them; equal ones are one row. */
export async function sourcesOf(jobs: readonly PretrainJob[]): Promise<SourceRow[]> {
  const read = new Map<string, Map<string, Numbers>>();
  const found = new Map<string, { source: string; by: string[] } & Numbers>();
  for (const { row, config } of jobs) {
    const bySource = read.get(dataKey(config)) ?? (await readSources(config));
    read.set(dataKey(config), bySource);
    for (const [source, numbers] of bySource) {
      const key = JSON.stringify([source, numbers]);
      const known = found.get(key) ?? { source, by: [], ...numbers };
      known.by.push(row.title);
      found.set(key, known);
    }
  }
  return [...found.values()];
}

async function readSources(config: PretrainConfig): Promise<Map<string, Numbers>> {
  for (const file of config.data) insistOnFile(file);
  const { structures, sources, split } = await pretrainingData(config);
  return new Map(
    [...new Set(sources)].map((source) => {
      const own = structures.filter((_, k) => sources[k] === source);
      const numbers: Numbers = {
        structures: own.length,
        train: split.train.filter((k) => sources[k] === source).length,
        elements: elementsIn(own).size,
        meanAtoms: own.reduce((sum, { numbers }) => sum + numbers.length, 0) / own.length,
        forces: meanSize(own.map(({ forces }) => forces)),
        stress: meanSize(own.map(({ stress }) => stress)),
      };
      return [source, numbers];
    }),
  );
}

const COLUMNS: readonly Column<SourceRow>[] = [
  { title: 'source', csv: 'source', of: ({ source }) => source },
  { title: 'structures', csv: 'structures', of: ({ structures }) => structures },
  { title: 'learnt from', csv: 'learnt_from', of: ({ train }) => train },
  { title: 'elements', csv: 'elements', of: ({ elements }) => elements },
  { title: 'mean atoms', csv: 'mean_atoms', of: ({ meanAtoms }) => meanAtoms, show: (x) => x.toFixed(1) },
  {
    title: 'forces (meV/Å)',
    csv: 'mean_force_component_eV_per_A',
    of: ({ forces }) => forces,
    show: (x) => significant(1000 * x),
  },
  {
    title: 'stress (GPa)',
    csv: 'mean_stress_component_eV_per_A3',
    of: ({ stress }) => stress,
    show: (x) => significant(EV_PER_CUBIC_ANGSTROM_IN_GPA * x),
  },
  { title: 'strategies', csv: 'strategies', of: ({ by }) => by.join(', ') },
];

/** Writes PATH.md, PATH.csv and PATH.tex; returns lines for the user. */
export async function reportSources(path: string, rows: readonly SourceRow[]): Promise<string> {
  const caption =
    'What networks are pre-trained on: structures that are left after limits, and of them those to learn from. Mean ' +
    'absolute components of forces and stress are the errors of predicting zero; strategies without labels do not look at them.';
  await writeTable(path, tableOf(caption, COLUMNS, rows));
  const lines = rows.map(
    ({ source, structures, train, by }) =>
      `${source.padEnd(24)}${String(structures).padStart(6)} structures, ${train} to learn from: ${by.join(', ')}`,
  );
  return [...lines, `Table: ${path}.*`].join('\n');
}
