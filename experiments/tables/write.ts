/**
 * One table as Markdown to read, CSV to compute with, and LaTeX to print. Texts are Unicode; a LaTeX file stands alone.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { csvFormatRows } from 'd3-dsv';
import { writeAtomic } from '../../data/index.ts';
import { markdownEscaped as escaped } from '../../plots/text.ts';

export interface Cell {
  readonly text: string;
  readonly bold?: boolean;
}

export interface Table {
  readonly caption: string;
  /** The first column is flush left, others flush right. */
  readonly header: readonly string[];
  readonly rows: readonly { readonly cells: readonly Cell[] }[];
  /** Plain numbers, with a header of their own. */
  readonly csv: readonly string[][];
}

export function markdown({ caption, header, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    escaped(caption),
    '',
    line(header.map(escaped)),
    line(header.map((_, c) => (c === 0 ? '---' : '---:'))),
    ...rows.map(({ cells }) => line(cells.map(({ text, bold }) => (bold ? `**${escaped(text)}**` : escaped(text))))),
    '',
  ].join('\n');
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
};
for (const [k, digit] of [...'⁰¹²³⁴⁵⁶⁷⁸⁹'].entries()) LATEX[digit] = `\\textsuperscript{${k}}`;
LATEX['⁻'] = '\\textsuperscript{$-$}';

/** Text with all that LaTeX would take for a command. */
const latexText = (text: string): string =>
  text.replace(/[\\~^±−—×Å⁰¹²³⁴⁵⁶⁷⁸⁹⁻&%$#_{}]/g, (c) => LATEX[c] ?? `\\${c}`).replace(/\s+/g, ' ');

export function latex({ caption, header, rows }: Table): string {
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\`;
  return [
    '\\documentclass[border=4pt,varwidth=\\maxdimen]{standalone}',
    '\\begin{document}',
    `% ${latexText(caption)}`,
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '  \\hline',
    line(header.map(latexText)),
    '  \\hline',
    ...rows.map(({ cells }) =>
      line(cells.map(({ text, bold }) => (bold ? `\\textbf{${latexText(text)}}` : latexText(text)))),
    ),
    '  \\hline',
    '\\end{tabular}',
    '\\end{document}',
    '',
  ].join('\n');
}

/** Writes PATH.md, PATH.csv and PATH.tex, each whole or not at all. */
export async function writeTable(path: string, table: Table): Promise<void> {
  const odd = table.rows.find(({ cells }) => cells.length !== table.header.length);
  if (odd) {
    const row = odd.cells[0]?.text ?? '';
    throw new Error(
      `writeTable: row '${row}' of ${path} has ${odd.cells.length} cells, the header ${table.header.length}.`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  const write = (ending: string, text: string) => writeAtomic(`${path}.${ending}`, Buffer.from(text));
  await write('md', markdown(table));
  await write('csv', `${csvFormatRows(table.csv)}\n`);
  await write('tex', latex(table));
}
