/**
 * Tables as Markdown to read, CSV to compute with, LaTeX to print, and lines for a terminal. Texts are Unicode; a LaTeX
 * file stands alone.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { csvRow } from '../text/csv.ts';
import { writeAtomic } from './atomic.ts';

export type Cell = string | { readonly text: string; readonly bold?: boolean };

/** An entry of a CSV file; it is empty for what is not known. */
export type Entry = string | number | null | undefined;

export interface Table {
  readonly caption: string;
  /** The first column is flush left, others flush right. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Plain numbers, with a header of their own. */
  readonly csv: readonly (readonly Entry[])[];
}

/** A column of a table whose rows are read and computed with alike. */
export interface Column<Row> {
  /** Its head where people read; a column without one stands in the CSV file only. */
  readonly title?: string;
  /** Its name in the CSV file; a column without one is for reading only. */
  readonly csv?: string;
  readonly of: (row: Row) => Cell | number | null | undefined;
  /** A number as people read it (default: all its digits). */
  readonly show?: (x: number) => string;
}

/**
 * A table from its columns, one row for each of `rows`. What is not known is a dash where people read, and empty in the
 * CSV file.
 *
 *   tableOf('Sizes', [{ title: 'mean atoms', csv: 'mean_atoms', of: ({ atoms }) => atoms, show: (x) => x.toFixed(1) }], sets)
 */
export function tableOf<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  const shown = columns.filter(({ title }) => title !== undefined);
  const written = columns.filter(({ csv }) => csv !== undefined);
  return {
    caption,
    header: columns.flatMap(({ title }) => title ?? []),
    rows: rows.map((row) =>
      shown.map(({ of, show = String }) => {
        const value = of(row) ?? '—';
        return typeof value === 'number' ? show(value) : value;
      }),
    ),
    csv: [
      columns.flatMap(({ csv }) => csv ?? []),
      ...rows.map((row) =>
        written.map(({ of }) => {
          const value = of(row);
          return typeof value === 'object' ? value?.text : value;
        }),
      ),
    ],
  };
}

/** The texts of a table, header first; bold ones as `bold` makes them. */
const texts = (
  { header, rows }: Table,
  plain: (text: string) => string,
  bold: (text: string) => string,
): string[][] => [
  header.map(plain),
  ...rows.map((cells) =>
    cells.map((cell) => {
      const { text, bold: isBold = false } = typeof cell === 'string' ? { text: cell } : cell;
      return isBold ? bold(plain(text)) : plain(text);
    }),
  ),
];

/** Text with all that Markdown would take for a mark. */
export const markdownEscaped = (text: string): string => text.replace(/[\\|*_~`<[\]]/g, '\\$&').replace(/\s+/g, ' ');

export function markdown(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [header, ...rows] = texts(table, markdownEscaped, (text) => `**${text}**`).map(line);
  const rule = line(table.header.map((_, c) => (c === 0 ? '---' : '---:')));
  return [markdownEscaped(table.caption), '', header, rule, ...rows, ''].join('\n');
}

/** Lines for a terminal, in columns; a star stands before what is bold. */
export function aligned(table: Table): string {
  const lines = texts(
    table,
    (text) => text,
    (text) => `*${text}`,
  );
  const widths = table.header.map((_, c) => lines.reduce((most, line) => Math.max(most, line[c].length), 0));
  return lines
    .map((line) => line.map((cell, c) => (c === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[c] + 2))).join(''))
    .join('\n');
}

const LATEX: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '−': '$-$',
  '—': '---',
  '×': '$\\times$',
  Å: '\\AA{}',
  '⁻': '\\textsuperscript{$-$}',
  ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((digit, k) => [digit, `\\textsuperscript{${k}}`])),
};

/** Text with all that LaTeX would take for a command. */
const latexText = (text: string): string =>
  text.replace(/[\\~^±−—×Å⁰¹²³⁴⁵⁶⁷⁸⁹⁻&%$#_{}]/g, (c) => LATEX[c] ?? `\\${c}`).replace(/\s+/g, ' ');

export function latex(table: Table): string {
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\`;
  const [header, ...rows] = texts(table, latexText, (text) => `\\textbf{${text}}`).map(line);
  return [
    '\\documentclass[border=4pt,varwidth=\\maxdimen]{standalone}',
    '\\begin{document}',
    `% ${latexText(table.caption)}`,
    `\\begin{tabular}{l${'r'.repeat(table.header.length - 1)}}`,
    '  \\hline',
    header,
    '  \\hline',
    ...rows,
    '  \\hline',
    '\\end{tabular}',
    '\\end{document}',
    '',
  ].join('\n');
}

/** Writes a text file, whole or not at all, and the folders above it. */
export async function writeText(path: string, text: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await writeAtomic(path, Buffer.from(text));
}

export const writeCsv = (path: string, rows: readonly (readonly Entry[])[]): Promise<void> =>
  writeText(path, rows.map((row) => `${csvRow(row.map((entry) => String(entry ?? '')))}\n`).join(''));

/** Writes PATH.md, PATH.csv and PATH.tex, each whole or not at all. */
export async function writeTable(path: string, table: Table): Promise<void> {
  const { length } = table.header;
  const odd = texts(table, String, String).find((row) => row.length !== length);
  if (odd) {
    throw new Error(`writeTable: row '${odd[0] ?? ''}' of ${path} has ${odd.length} cells, the header ${length}.`);
  }
  await writeText(`${path}.md`, markdown(table));
  await writeCsv(`${path}.csv`, table.csv);
  await writeText(`${path}.tex`, latex(table));
}
