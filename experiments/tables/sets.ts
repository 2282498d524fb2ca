/**
 * Property sets as rows of Table 1: what we have (structures, elements, atoms, labels) beside what the paper had, as
 * Markdown, CSV and LaTeX, and the labels as histograms.
 */
import { elementsIn } from '../../data/index.ts';
import { medianError } from '../../data/scaling.ts';
import { histogramPanel } from '../../plots/histogram.ts';
import { arrange } from '../../plots/panel.ts';
import { savePicture } from '../../plots/picture.ts';
import { type Estimate, estimate, showEstimate } from '../../plots/statistics.ts';
import { significant } from '../../plots/style.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import { finetuningData } from '../../training/finetuning.ts';
import { insistOnFile, type PaperSet, PROPERTY_SETS, type PropertySet } from '../datasets.ts';
import { type Spread, spreadOf } from '../explain/spread.ts';
import { type Cell, writeTable } from './write.ts';

/** The paper's Table 1: structures and property of each set. */
const PAPER: Readonly<Record<PaperSet, { readonly structures: number; readonly property: string }>> = {
  JDFT: { structures: 636, property: 'exfoliation energy (meV/atom)' },
  Phonons: { structures: 1265, property: 'frequency at last phonon PhDOS peak (1/cm)' },
  Dielectric: { structures: 4764, property: 'refractive index' },
  GVRH: { structures: 10987, property: 'shear modulus (GPa), logarithm' },
  KVRH: { structures: 10987, property: 'bulk modulus (GPa), logarithm' },
  Perovskites: { structures: 18928, property: 'formation energy (eV/atom)' },
  'MP form': { structures: 132752, property: 'formation energy (eV/atom)' },
  'MP gap': { structures: 106113, property: 'band gap (eV)' },
  '2D': { structures: 3814, property: 'work function (eV)' },
  MOF: { structures: 13058, property: 'band gap (eV)' },
  Surface: { structures: 37334, property: 'adsorption energy (eV)' },
};

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
function relation(count: number, { set, is }: NonNullable<PropertySet['paper']>): string {
  if (is === 'similar') return 'another, of the same kind';
  const share = `${((100 * count) / PAPER[set].structures).toFixed(0)} %`;
  return is === 'same' ? `the same set, ${share} of it` : `a part of it, ${share}`;
}

const plain = (text: string): Cell => ({ text });
const whole = (x: number): string => String(x);

const HEADER = [
  ...['data set', 'structures', 'property', 'unit', 'elements', 'mean atoms', 'median', 'spread', 'always the median'],
  ...["the paper's", 'its structures', 'ours is'],
];
const CSV_HEADER = [
  ...['dataset', 'structures', 'property', 'unit', 'elements', 'mean_atoms', 'median', 'standard_deviation'],
  ...['min', 'max', 'median_predictor', 'median_predictor_standard_error', 'seeds'],
  ...['paper_set', 'paper_structures', 'paper_property', 'relation'],
];

function cells({ set, unit, labels, atoms, elements, median }: SetRow): Cell[] {
  const { paper } = set;
  return [
    ...[set.name, whole(labels.count), set.property, unit, whole(elements), atoms.mean.toFixed(1)],
    ...[labels.median, labels.deviation].map((x) => significant(x)),
    showEstimate(median),
    ...(paper ? [paper.set, whole(PAPER[paper.set].structures), relation(labels.count, paper)] : ['—', '—', '—']),
  ].map(plain);
}

function csvRow({ set, unit, labels, atoms, elements, median }: SetRow): string[] {
  const { paper } = set;
  return [
    ...[set.name, labels.count, set.property, unit, elements, atoms.mean, labels.median, labels.deviation],
    ...[labels.min, labels.max, median.mean, median.standardError ?? '', median.count],
    ...(paper ? [paper.set, PAPER[paper.set].structures, PAPER[paper.set].property, paper.is] : ['', '', '', 'none']),
  ].map(String);
}

/** Writes PATH.md, PATH.csv, PATH.tex, PATH.svg and PATH.png; returns lines for the user. */
export async function reportSets(path: string, rows: readonly SetRow[]): Promise<string> {
  const known = new Set(PROPERTY_SETS.map(({ paper }) => paper?.set));
  const absent = (Object.keys(PAPER) as PaperSet[]).filter((name) => !known.has(name));
  const without = absent.map((name) => {
    const { structures, property } = PAPER[name];
    return {
      cells: [...HEADER.slice(0, 9).map((_, k) => (k === 2 ? property : '—')), name, whole(structures), 'not here'].map(
        plain,
      ),
    };
  });
  const table = {
    caption:
      'Property sets to fine-tune on, and those of Jia et al. (2023), Table 1, that they stand for. Median and spread ' +
      '(standard deviation) are of all labels. Always the median: mean absolute error on the test part of saying the median ' +
      `of the training part, ± standard error over ${rows[0]?.median.count ?? 0} splits. ` +
      'The paper gives energies of perovskites in eV/atom, the set that it names per cell of five atoms.',
    header: HEADER,
    rows: [...rows.map((row) => ({ cells: cells(row) })), ...without],
    csv: [
      CSV_HEADER,
      ...rows.map(csvRow),
      ...absent.map((name) => [
        ...new Array<string>(CSV_HEADER.length - 4).fill(''),
        ...[name, whole(PAPER[name].structures), PAPER[name].property, 'none'],
      ]),
    ],
  };
  await writeTable(path, table);
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
      (set.paper ? ` (paper: ${PAPER[set.paper.set].structures} structures)` : ''),
  );
  return [...lines, `Table and picture: ${path}.*`].join('\n');
}
