/** A comparison as text, Markdown, CSV and picture. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { csvFormatRows } from 'd3-dsv';
import { largest, writeAtomic } from '../../data/index.ts';
import { comparison } from '../../plots/comparison.ts';
import { savePicture } from '../../plots/picture.ts';
import { type Estimate, MEDIAN, showEstimate } from '../../plots/statistics.ts';
import { markdownEscaped } from '../../plots/text.ts';
import { removeUnfinished } from '../../training/run/folder.ts';
import type { Compared } from './compare.ts';

const HEADER = ['network', 'test error', 'difference', 'improvement'];

const cells = ({ rows, median }: Compared): string[][] => [
  ...rows.map(({ name, mae, difference, improvement }) => [
    name,
    showEstimate(mae),
    difference ? showEstimate(difference, true) : '',
    improvement === undefined ? '' : `${(100 * improvement).toFixed(1)} %`,
  ]),
  ...(median ? [[MEDIAN, showEstimate(median), '', '']] : []),
];

const caption = ({ target, unit, seeds }: Compared): string =>
  `${target}: mean absolute error in ${unit} on the test parts of ${seeds.length} seeds (${seeds.join(', ')}), ± standard ` +
  'error; differences to the first network are taken seed by seed (below 0: better)';

/** A sentence below the table where the row of the median is not there. */
const remark = ({ rows, median }: Compared): string =>
  median ? '' : `The row '${MEDIAN}' is left out: results of ${rows[0].name} do not hold its error.`;

export function comparedText(compared: Compared): string {
  const rows = [HEADER, ...cells(compared)];
  const widths = HEADER.map((_, c) => largest(rows.map((row) => row[c].length)));
  const lines = rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c] + 2))).join(''),
  );
  return [caption(compared), '', ...lines, remark(compared)].join('\n').trimEnd();
}

export function comparedMarkdown(compared: Compared): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rows = cells(compared).map((row) => line(row.map(markdownEscaped)));
  const text = (sentence: string) => (sentence === '' ? [] : ['', markdownEscaped(sentence)]);
  const table = [line(HEADER), line(['---', '---:', '---:', '---:']), ...rows];
  return `${[markdownEscaped(caption(compared)), '', ...table, ...text(remark(compared))].join('\n')}\n`;
}

/** Writes FOLDER/comparison.md, .csv, .svg and .png. */
export async function reportCompared(folder: string, all: readonly Compared[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  removeUnfinished(
    folder,
    ['md', 'csv', 'svg', 'png'].map((ending) => `comparison.${ending}`),
  );
  const write = (name: string, text: string) => writeAtomic(join(folder, name), Buffer.from(text));
  await write('comparison.md', all.map(comparedMarkdown).join('\n'));
  const table = [
    ['target', 'unit', 'network', 'seeds', 'mae', 'mae_standard_error', 'difference', 'difference_standard_error'],
  ];
  for (const { target, unit, rows, median } of all) {
    const text = (x: number | null | undefined) => (x === null || x === undefined ? '' : String(x));
    for (const { name, mae, difference } of [
      ...rows,
      ...(median ? [{ name: MEDIAN, mae: median, difference: undefined }] : []),
    ]) {
      table.push([
        ...[target, unit, name, String(mae.count)],
        ...[mae.mean, mae.standardError, difference?.mean, difference?.standardError].map(text),
      ]);
    }
  }
  await write('comparison.csv', `${csvFormatRows(table)}\n`);
  const points = all.flatMap(({ target, unit, rows, median }) => {
    const row = (strategy: string, { mean, standardError }: Estimate, isNetwork: boolean) => ({
      ...{ dataset: target, strategy, mean, standardError: standardError ?? 0, unit, isNetwork },
    });
    const networks = rows.map(({ name, mae }) => row(name, mae, true));
    return median ? [...networks, row(MEDIAN, median, false)] : networks;
  });
  await savePicture(join(folder, 'comparison'), comparison(points));
}
