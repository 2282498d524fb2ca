/**
 * Property sets as rows of Table 1: what we have (structures, elements, atoms, labels) beside what the paper had, as
 * Markdown, CSV and LaTeX, and the labels as histograms.
 */
import { elementsIn } from '../../data/index.ts';
import { medianError } from '../../data/scaling.ts';
import { type Spread, spreadOf } from '../../data/spread.ts';
import { type Column, tableOf, writeTable } from '../../files/tables.ts';
import {
  arrange,
  type Estimate,
  estimate,
  histogramPanel,
  MEDIAN,
  savePicture,
  showEstimate,
  significant,
} from '../../plots/index.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import { finetuningData } from '../../training/finetuning.ts';
import { insistOnFile, PROPERTY_SETS, type PropertySet } from '../datasets.ts';
import { PAPER_SETS, type PaperSet } from './paper.ts';

export interface SetRow {
  readonly set: PropertySet;
  readonly unit: string;
  readonly values: readonly number[];
  readonly labels: Spread;
  readonly atoms: Spread;
  readonly elements: number;
  /** Test error of always saying the training median, over the splits that a fine-tuning makes of the seeds. */
  readonly median: Estimate;
}

/** Reads a property set as a fine-tuning of these seeds does; structures without the property do not count. */
export async function setOf(set: PropertySet, config: FinetuneConfig, seeds: readonly number[]): Promise<SetRow> {
  insistOnFile(config.data);
  const all = { ...config, most: null, dropMissing: true };
  const { structures, values, unit } = await finetuningData({ ...all, seed: seeds[0] });
  const medians: number[] = [];
  for (const seed of seeds) {
    const { split, values: used } = await finetuningData({ ...config, seed });
    const [train, test] = [split.train, split.test].map((part) => part.map((k) => used[k]));
    medians.push(medianError(train, test));
  }
  return {
    set,
    unit,
    values: [...values],
    labels: spreadOf(values)!,
    atoms: spreadOf(structures.map(({ numbers }) => numbers.length))!,
    elements: elementsIn(structures).size,
    median: estimate(medians),
  };
}

/** How a set relates to the paper's. */
function relation({ labels: { count }, set: { paper } }: SetRow): string | undefined {
  if (!paper) return undefined;
  const { set, is } = paper;
  if (is === 'similar') return 'another, of the same kind';
  const share = `${((100 * count) / PAPER_SETS[set].structures).toFixed(0)} %`;
  return is === 'same' ? `the same set, ${share} of it` : `a part of it, ${share}`;
}

/** A row of the table: a set of ours, one of the paper, or one of ours that stands for one of the paper. */
function rowOf(own: SetRow | undefined, paper: PaperSet | undefined) {
  return { own, paper, theirs: paper && PAPER_SETS[paper] };
}

const COLUMNS: readonly Column<ReturnType<typeof rowOf>>[] = [
  { title: 'data set', csv: 'dataset', of: ({ own }) => own?.set.name },
  { title: 'structures', csv: 'structures', of: ({ own }) => own?.labels.count },
  { title: 'property', of: ({ own, theirs }) => own?.set.property ?? theirs?.property },
  { csv: 'property', of: ({ own }) => own?.set.property },
  { title: 'unit', csv: 'unit', of: ({ own }) => own?.unit },
  { title: 'elements', csv: 'elements', of: ({ own }) => own?.elements },
  { title: 'mean atoms', csv: 'mean_atoms', of: ({ own }) => own?.atoms.mean, show: (x) => x.toFixed(1) },
  { title: 'median', csv: 'median', of: ({ own }) => own?.labels.median, show: significant },
  { title: 'spread', csv: 'standard_deviation', of: ({ own }) => own?.labels.deviation, show: significant },
  { csv: 'min', of: ({ own }) => own?.labels.min },
  { csv: 'max', of: ({ own }) => own?.labels.max },
  { title: MEDIAN, of: ({ own }) => own && showEstimate(own.median) },
  { csv: 'median_predictor', of: ({ own }) => own?.median.mean },
  { csv: 'median_predictor_standard_error', of: ({ own }) => own?.median.standardError },
  { csv: 'seeds', of: ({ own }) => own?.median.count },
  { title: "the paper's", csv: 'paper_set', of: ({ paper }) => paper },
  { title: 'its structures', csv: 'paper_structures', of: ({ theirs }) => theirs?.structures },
  { csv: 'paper_property', of: ({ theirs }) => theirs?.property },
  { title: 'ours is', of: ({ own }) => (own ? relation(own) : 'not here') },
  { csv: 'relation', of: ({ own }) => own?.set.paper?.is ?? 'none' },
];

/** Writes PATH.md, PATH.csv, PATH.tex, PATH.svg and PATH.png; returns lines for the user. */
export async function reportSets(path: string, rows: readonly SetRow[]): Promise<string> {
  const known = new Set(PROPERTY_SETS.map(({ paper }) => paper?.set));
  const absent = (Object.keys(PAPER_SETS) as PaperSet[]).filter((name) => !known.has(name));
  const caption =
    'Property sets to fine-tune on, and those of Jia et al. (2023), Table 1, that they stand for. Median and spread ' +
    '(standard deviation) are of all labels. Always the median: mean absolute error on the test part of saying the median ' +
    `of the training part, ± standard error over ${rows[0]?.median.count ?? 0} splits. ` +
    'The paper gives energies of perovskites in eV/atom, the set that it names per cell of five atoms.';
  const all = [...rows.map((own) => rowOf(own, own.set.paper?.set)), ...absent.map((paper) => rowOf(undefined, paper))];
  await writeTable(path, tableOf(caption, COLUMNS, all));
  const panels = rows.map(({ set, unit, values }) =>
    histogramPanel(values, {
      counted: 'structures',
      heading: `${set.name}: structures`,
      quantity: set.property,
      unit: unit === 'dimensionless' ? '' : unit,
      width: 300,
      height: 180,
    }),
  );
  await savePicture(path, arrange(panels, { title: 'Labels of the property sets', columns: 3 }));
  const lines = rows.map(
    ({ set, unit, labels, median }) =>
      `${set.name.padEnd(14)}${String(labels.count).padStart(6)} structures, median ${significant(labels.median)}, ` +
      `always the median: error ${showEstimate(median)} ${unit}` +
      (set.paper ? ` (paper: ${PAPER_SETS[set.paper.set].structures} structures)` : ''),
  );
  return [...lines, `Table and picture: ${path}.*`].join('\n');
}
