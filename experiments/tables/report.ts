/**
 * A table from its finished runs: errors beside the paper's, paired differences, and the time it all took, each as
 * Markdown, CSV and LaTeX, and the errors as a picture.
 */

import { join } from 'node:path';
import { largest } from '../../data/index.ts';
import { comparison } from '../../plots/comparison.ts';
import { savePicture } from '../../plots/picture.ts';
import { MEDIAN, showEstimate } from '../../plots/statistics.ts';
import type { PaperSet } from '../datasets.ts';
import { averageImprovement, type Column, collect, times } from './collect.ts';
import type { PaperValue } from './paper.ts';
import type { TablePlan } from './plan.ts';
import type { Row } from './rows.ts';
import { type Cell, type Table, writeTable } from './write.ts';

export interface TableText {
  /** Of its files. */
  readonly name: string;
  /** What was compared and how it was trained. */
  readonly caption: string;
  /** The paper's number for a row and column. */
  readonly paper: (row: Row, set: PaperSet) => PaperValue | undefined;
}

const plain = (text: string): Cell => ({ text });
const percent = (x: number): string => `${(100 * x).toFixed(1).replace('-', '−')} %`;
const numberText = (x: number | null | undefined): string => (x === null || x === undefined ? '' : String(x));

/** The paper's number for a cell, unless the set is only of the same kind. */
function paperOf(text: TableText, row: Row, { paper }: Column['dataset']): PaperValue | undefined {
  return paper === undefined || paper.is === 'similar' ? undefined : text.paper(row, paper.set);
}

const header = (columns: readonly Column[], ...more: string[]): string[] => [
  'start',
  ...columns.map(({ dataset, compared }) => `${dataset.name} (${compared.unit})`),
  ...more,
];

/** Best first: the lowest error of a column that belongs to a row. */
const bestOf = ({ compared }: Column): number =>
  compared.rows.reduce((best, { mae }, k) => (mae.mean < compared.rows[best].mae.mean ? k : best), 0);

/** Seeds of all columns, or of each where they differ. */
function seedsOf(columns: readonly Column[]): string {
  const lists = columns.map(({ compared }) => compared.seeds.join(', '));
  if (new Set(lists).size === 1) return `${columns[0].compared.seeds.length} seeds (${lists[0]})`;
  return `seeds ${columns.map(({ dataset }, k) => `${lists[k]} (${dataset.name})`).join('; ')}`;
}

function errors(columns: readonly Column[], of: readonly Row[], text: TableText): Table {
  const titles = columns[0].compared.rows.map(({ name }) => name);
  const rows = titles.map((title, k) => {
    const improvement = averageImprovement(columns, k);
    return {
      cells: [
        plain(title),
        ...columns.map((column): Cell => {
          const paper = paperOf(text, of[k], column.dataset);
          const own = showEstimate(column.compared.rows[k].mae);
          return { text: paper ? `${own} [${paper.mean}]` : own, bold: bestOf(column) === k };
        }),
        plain(improvement === undefined ? '—' : `${percent(improvement.mean)}`),
      ],
    };
  });
  const medians = columns.map(({ compared: { median } }) => plain(median ? showEstimate(median) : '—'));
  const best = columns.map(({ compared }) => {
    const all = compared.rows.flatMap(({ improvement }) => (improvement === undefined ? [] : [improvement]));
    return plain(all.length === 0 ? '—' : percent(largest(all)));
  });
  const csv = [
    ['start', 'dataset', 'unit', 'seeds', 'mae', 'standard_error', 'paper_mae', 'paper_standard_error', 'paper_set'],
  ];
  for (const { dataset, compared } of columns) {
    compared.rows.forEach(({ name, mae }, k) => {
      const paper = paperOf(text, of[k], dataset);
      csv.push([
        ...[name, dataset.name, compared.unit, String(mae.count), String(mae.mean), numberText(mae.standardError)],
        ...[numberText(paper?.mean), numberText(paper?.standardError), paper ? dataset.paper!.set : ''],
      ]);
    });
    if (!compared.median) continue;
    const { mean, standardError, count } = compared.median;
    csv.push([MEDIAN, dataset.name, compared.unit, String(count), String(mean), numberText(standardError), '', '', '']);
  }
  return {
    caption:
      `${text.caption}. Mean absolute error on the test parts of ${seedsOf(columns)} ± standard error; ` +
      'the best of a column is bold. Improvements are relative to the first row. In brackets: the number of Jia et ' +
      'al. (2023) where the data set is theirs or a part of it.',
    header: header(columns, 'average improvement'),
    rows: [
      ...rows,
      { cells: [plain(MEDIAN), ...medians, plain('—')] },
      { cells: [plain('best improvement'), ...best, plain('—')] },
    ],
    csv,
  };
}

function differences(columns: readonly Column[], text: TableText): Table {
  const csv = [['start', 'dataset', 'unit', 'pairs', 'difference', 'standard_error', 'improvement']];
  const others = columns[0].compared.rows.slice(1);
  const rows = others.map(({ name }, at) => {
    const average = averageImprovement(columns, at + 1);
    return {
      cells: [
        plain(name),
        ...columns.map(({ dataset, compared }): Cell => {
          const { difference, improvement } = compared.rows[at + 1];
          const { mean, standardError, count } = difference!;
          csv.push([
            ...[name, dataset.name, compared.unit, String(count), String(mean), numberText(standardError)],
            String(improvement),
          ]);
          const clear = standardError !== null && Math.abs(mean) > 2 * standardError;
          return {
            text: `${showEstimate(difference!, true)} (${percent(improvement!)})`,
            bold: clear,
          };
        }),
        plain(
          average === undefined
            ? '—'
            : percent(average.mean) + (average.standardError === null ? '' : ` ± ${percent(average.standardError)}`),
        ),
      ],
    };
  });
  return {
    caption:
      `${text.caption}. Error less that of the first row, taken seed by seed on the same split (below 0: better), ± ` +
      'standard error, and the relative improvement; bold: more than two standard errors from 0.',
    header: header(columns, 'average improvement'),
    rows,
    csv,
  };
}

function durations(columns: readonly Column[], plan: TablePlan, text: TableText): Table {
  const all = times(plan);
  const minutes = (s: number | undefined): string => (s === undefined ? '—' : (s / 60).toPrecision(2));
  return {
    caption: `${text.caption}. Minutes of wall time: one pre-training, and the fine-tunings of all seeds.`,
    header: ['start', 'pre-training', ...columns.map(({ dataset }) => dataset.name)],
    rows: all.map(({ title, pretraining, finetunings }) => ({
      cells: [title, minutes(pretraining), ...finetunings.map(minutes)].map(plain),
    })),
    csv: [
      ['start', 'run', 'seconds'],
      ...all.flatMap(({ title, pretraining, finetunings }) => [
        [title, 'pre-training', numberText(pretraining)],
        ...finetunings.map((s, k) => [title, columns[k].dataset.name, numberText(s)]),
      ]),
    ],
  };
}

/** Writes OUT/NAME.*, NAME-differences.* and NAME-times.*; returns lines for the user. */
export async function reportTable(out: string, plan: TablePlan, text: TableText): Promise<string> {
  const columns = collect(plan);
  const of = plan.finetunings[0].map(({ row }) => row);
  const path = (suffix = '') => join(out, text.name + suffix);
  const table = errors(columns, of, text);
  await writeTable(path(), table);
  if (of.length > 1) await writeTable(path('-differences'), differences(columns, text));
  await writeTable(path('-times'), durations(columns, plan, text));
  // Always the median would squash the others: it is in the table.
  const points = columns.flatMap(({ dataset, compared: { rows, unit } }) =>
    rows.map(({ name, mae }) => ({
      dataset: dataset.name,
      strategy: name,
      mean: mae.mean,
      standardError: mae.standardError ?? Number.NaN,
      unit,
    })),
  );
  await savePicture(path(), comparison(points, { title: text.caption.split(';')[0] }));
  return `${table.caption}\n\n${show(table)}\n\nTables and picture: ${path()}*`;
}

function show({ header, rows }: Table): string {
  const lines = [header, ...rows.map(({ cells }) => cells.map(({ text, bold }) => (bold ? `*${text}` : text)))];
  const widths = header.map((_, c) => largest(lines.map((line) => line[c].length)));
  return lines
    .map((line) => line.map((cell, c) => (c === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[c] + 2))).join(''))
    .join('\n');
}
