/**
 * A table from its finished runs: errors beside the paper's, paired differences, and the time it all took, each as
 * Markdown, CSV and LaTeX, and the errors as a picture.
 */
import { join } from 'node:path';
import { largest } from '../../data/index.ts';
import { aligned, type Cell, type Table, writeTable } from '../../files/tables.ts';
import { comparison, MEDIAN, savePicture, showEstimate } from '../../plots/index.ts';
import { rowsWithMedian } from '../seeds/compare.ts';
import { averageImprovement, type Column, collect, times } from './collect.ts';
import type { PaperSet, PaperValue } from './paper.ts';
import type { TablePlan } from './plan.ts';
import type { Row } from './rows.ts';

export interface TableText {
  /** Of its files. */
  readonly name: string;
  /** What was compared and how it was trained. */
  readonly caption: string;
  /** The paper's number for a row and column. */
  readonly paper: (row: Row, set: PaperSet) => PaperValue | undefined;
}

const percent = (x: number): string => `${(100 * x).toFixed(1).replace('-', '−')} %`;

/** The paper's number for a cell, unless the set is only of the same kind. */
function paperOf(text: TableText, row: Row, { paper }: Column['dataset']): PaperValue | undefined {
  return paper === undefined || paper.is === 'similar' ? undefined : text.paper(row, paper.set);
}

const header = (columns: readonly Column[]): string[] => [
  'start',
  ...columns.map(({ dataset, compared }) => `${dataset.name} (${compared.unit})`),
  'average improvement',
];

/** The row with the lowest error of a column; the first one of equal ones. */
const bestOf = ({ compared }: Column): number =>
  compared.rows.reduce((best, { mae }, k) => (mae.mean < compared.rows[best].mae.mean ? k : best), 0);

/** Seeds of all columns, or of each where they differ. */
function seedsOf(columns: readonly Column[]): string {
  const lists = columns.map(({ compared }) => compared.seeds.join(', '));
  if (new Set(lists).size === 1) return `${columns[0].compared.seeds.length} seeds (${lists[0]})`;
  return `seeds ${columns.map(({ dataset }, k) => `${lists[k]} (${dataset.name})`).join('; ')}`;
}

function errors(columns: readonly Column[], of: readonly Row[], text: TableText): Table {
  const papers = columns.map(({ dataset }) => of.map((row) => paperOf(text, row, dataset)));
  const rows = columns[0].compared.rows.map(({ name }, k): Cell[] => {
    const improvement = averageImprovement(columns, k);
    return [
      name,
      ...columns.map((column, c) => {
        const paper = papers[c][k];
        const own = showEstimate(column.compared.rows[k].mae);
        return { text: paper ? `${own} [${paper.mean}]` : own, bold: bestOf(column) === k };
      }),
      improvement ? percent(improvement.mean) : '—',
    ];
  });
  const medians = columns.map(({ compared: { median } }) => (median ? showEstimate(median) : '—'));
  const best = columns.map(({ compared }) => {
    const all = compared.rows.flatMap(({ improvement }) => improvement ?? []);
    return all.length === 0 ? '—' : percent(largest(all));
  });
  return {
    caption:
      `${text.caption}. Mean absolute error on the test parts of ${seedsOf(columns)} ± standard error; ` +
      'the best of a column is bold. Improvements are relative to the first row. In brackets: the number of Jia et ' +
      'al. (2023) where the data set is theirs or a part of it.',
    header: header(columns),
    rows: [...rows, [MEDIAN, ...medians, '—'], ['best improvement', ...best, '—']],
    csv: [
      ['start', 'dataset', 'unit', 'seeds', 'mae', 'standard_error', 'paper_mae', 'paper_standard_error', 'paper_set'],
      ...columns.flatMap(({ dataset, compared }, c) =>
        rowsWithMedian(compared).map(({ name, mae }, k) => {
          // The row of the median has no number in the paper.
          const paper = papers[c][k];
          return [
            ...[name, dataset.name, compared.unit, mae.count, mae.mean, mae.standardError],
            ...[paper?.mean, paper?.standardError, paper && dataset.paper?.set],
          ];
        }),
      ),
    ],
  };
}

/** A row for every start but the first, with its differences to that one. */
function differences(columns: readonly Column[], text: TableText): Table {
  const starts = columns[0].compared.rows.slice(1).map(({ name }, k) => {
    const { mean, standardError } = averageImprovement(columns, k + 1)!;
    const average = percent(mean) + (standardError === null ? '' : ` ± ${percent(standardError)}`);
    const found = columns.map(({ dataset, compared: { unit, rows } }) => {
      const { difference, improvement } = rows[k + 1];
      return { dataset: dataset.name, unit, difference: difference!, improvement: improvement! };
    });
    return { name, average, found };
  });
  return {
    caption:
      `${text.caption}. Error less that of the first row, taken seed by seed on the same split (below 0: better), ± ` +
      'standard error, and the relative improvement; bold: more than two standard errors from 0.',
    header: header(columns),
    rows: starts.map(({ name, average, found }) => [
      name,
      ...found.map(({ difference, improvement }) => ({
        text: `${showEstimate(difference, true)} (${percent(improvement)})`,
        bold: difference.standardError !== null && Math.abs(difference.mean) > 2 * difference.standardError,
      })),
      average,
    ]),
    csv: [
      ['start', 'dataset', 'unit', 'pairs', 'difference', 'standard_error', 'improvement'],
      ...starts.flatMap(({ name, found }) =>
        found.map(({ dataset, unit, difference: { count, mean, standardError }, improvement }) => {
          return [name, dataset, unit, count, mean, standardError, improvement];
        }),
      ),
    ],
  };
}

function durations(columns: readonly Column[], plan: TablePlan, text: TableText): Table {
  const all = times(plan);
  const minutes = (s: number | undefined): string => (s === undefined ? '—' : (s / 60).toPrecision(2));
  const runs = ['pre-training', ...columns.map(({ dataset }) => dataset.name)];
  return {
    caption: `${text.caption}. Minutes of wall time: one pre-training, and the fine-tunings of all seeds.`,
    header: ['start', ...runs],
    rows: all.map(({ title, seconds }) => [title, ...seconds.map(minutes)]),
    csv: [
      ['start', 'run', 'seconds'],
      ...all.flatMap(({ title, seconds }) => seconds.map((s, k) => [title, runs[k], s])),
    ],
  };
}

/** Writes OUT/NAME.*, NAME-differences.* and NAME-times.*; returns lines for the user. */
export async function reportTable(out: string, plan: TablePlan, text: TableText): Promise<string> {
  const columns = collect(plan);
  const of = plan.finetunings[0].map(({ row }) => row);
  const path = join(out, text.name);
  const table = errors(columns, of, text);
  await writeTable(path, table);
  if (of.length > 1) await writeTable(`${path}-differences`, differences(columns, text));
  await writeTable(`${path}-times`, durations(columns, plan, text));
  // Always the median would squash the others: it is in the table.
  const points = columns.flatMap(({ dataset, compared: { rows, unit } }) =>
    rows.map(({ name, mae }) => ({ dataset: dataset.name, strategy: name, ...mae, unit })),
  );
  await savePicture(path, comparison(points, { title: text.caption.split(';')[0] }));
  return `${table.caption}\n\n${aligned(table)}\n\nTables and picture: ${path}*`;
}
