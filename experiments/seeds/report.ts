/** A comparison as text, Markdown, CSV and picture. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  aligned,
  type Column,
  markdown,
  markdownEscaped,
  type Table,
  tableOf,
  writeCsv,
  writeText,
} from '../../files/tables.ts';
import { comparison, MEDIAN, savePicture, showEstimate } from '../../plots/index.ts';
import { removeUnfinished } from '../../training/run-folder/folder.ts';
import { type Compared, type ComparedRow, rowsWithMedian } from './compare.ts';

/** A row and the comparison that it belongs to. */
interface Row extends ComparedRow {
  readonly compared: Compared;
}

const COLUMNS: readonly Column<Row>[] = [
  { csv: 'target', of: ({ compared }) => compared.target },
  { csv: 'unit', of: ({ compared }) => compared.unit },
  { title: 'network', csv: 'network', of: ({ name }) => name },
  { csv: 'seeds', of: ({ mae }) => mae.count },
  { title: 'test error', of: ({ mae }) => showEstimate(mae) },
  { csv: 'mae', of: ({ mae }) => mae.mean },
  { csv: 'mae_standard_error', of: ({ mae }) => mae.standardError },
  { title: 'difference', of: ({ difference }) => (difference ? showEstimate(difference, true) : '') },
  { csv: 'difference', of: ({ difference }) => difference?.mean },
  { csv: 'difference_standard_error', of: ({ difference }) => difference?.standardError },
  { title: 'improvement', of: ({ improvement: x }) => (x === undefined ? '' : `${(100 * x).toFixed(1)} %`) },
];

const rowsOf = (compared: Compared): Row[] => rowsWithMedian(compared).map((row) => ({ ...row, compared }));

function tableOfCompared(compared: Compared): Table {
  const { target, unit, seeds } = compared;
  const caption =
    `${target}: mean absolute error in ${unit} on the test parts of ${seeds.length} seeds (${seeds.join(', ')}), ± standard ` +
    'error; differences to the first network are taken seed by seed (below 0: better)';
  return tableOf(caption, COLUMNS, rowsOf(compared));
}

/** A sentence below the table where the row of the median is not there. */
const remark = ({ rows, median }: Compared): string =>
  median ? '' : `The row '${MEDIAN}' is left out: results of ${rows[0].name} do not hold its error.`;

export function comparedText(compared: Compared): string {
  const table = tableOfCompared(compared);
  return [table.caption, '', aligned(table), remark(compared)].join('\n').trimEnd();
}

export function comparedMarkdown(compared: Compared): string {
  const below = remark(compared);
  return markdown(tableOfCompared(compared)) + (below === '' ? '' : `\n${markdownEscaped(below)}\n`);
}

/** Writes FOLDER/comparison.md, .csv, .svg and .png. */
export async function reportCompared(folder: string, all: readonly Compared[]): Promise<void> {
  const path = join(folder, 'comparison');
  mkdirSync(folder, { recursive: true });
  const files = ['md', 'csv', 'svg', 'png'].map((ending) => `comparison.${ending}`);
  removeUnfinished(folder, files);
  await writeText(`${path}.md`, all.map(comparedMarkdown).join('\n'));
  await writeCsv(`${path}.csv`, tableOf('', COLUMNS, all.flatMap(rowsOf)).csv);
  const points = all.flatMap((one) =>
    rowsWithMedian(one).map(({ name, mae }, k) => {
      return { dataset: one.target, strategy: name, ...mae, unit: one.unit, isNetwork: k < one.rows.length };
    }),
  );
  await savePicture(path, comparison(points));
}
