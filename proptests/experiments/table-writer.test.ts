/**
 * Tables as Markdown and LaTeX: whatever a cell holds comes back when the escapes are undone, no cell breaks a row, and
 * nothing of a cell is taken for a command.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvParseRows } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aligned, type Cell, latex, markdown, type Table, tableOf, writeTable } from '../../files/tables.ts';
import { check } from '../support/check.ts';

/** Words with all that Markdown or LaTeX could take for something else. */
const word = fc
  .array(fc.constantFrom(...'ab1.,:/()[]<>|*_`\\&%$#{}~^±−—×Å²⁷⁻'), { minLength: 1, maxLength: 8 })
  .map((letters) => letters.join(''));
const text = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const cell: fc.Arbitrary<Cell> = fc.oneof(text, fc.record({ text, bold: fc.boolean() }));
const whole = (cell: Cell) => (typeof cell === 'string' ? { text: cell, bold: false } : cell);

const table: fc.Arbitrary<Table> = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.record({
    caption: text,
    header: fc.array(text, { minLength: columns, maxLength: columns }),
    rows: fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 4 }),
    csv: fc.constant([['a', 'b,"c"']]),
  }),
);

/** Splits at a mark that is not escaped. */
const parts = (line: string, mark: '|' | '&'): string[] =>
  line.split(mark === '|' ? /(?<=(?<!\\)(?:\\\\)*)\|/ : /(?<!\\)&/).map((part) => part.trim());
/** Undoes the escapes of Markdown: a backslash before a mark. */
const unmarked = (part: string): string => part.replace(/\\([\\|*_~`<[\]])/g, '$1');
const COMMANDS: readonly (readonly [string, string])[] = [
  ['\\textbackslash{}', '\\'],
  ['\\textasciitilde{}', '~'],
  ['\\textasciicircum{}', '^'],
  ['$\\pm$', '±'],
  ['$-$', '−'],
  ['---', '—'],
  ['$\\times$', '×'],
  ['\\AA{}', 'Å'],
  ['\\textsuperscript{2}', '²'],
  ['\\textsuperscript{7}', '⁷'],
  ['\\textsuperscript{$-$}', '⁻'],
];

/** Undoes the escapes of LaTeX from left to right; throws at anything that is neither text nor an escape. */
function untexed(part: string): string {
  let rest = part;
  let out = '';
  while (rest !== '') {
    const command = COMMANDS.find(([name]) => rest.startsWith(name));
    const escaped = /^\\([&%$#_{}])/.exec(rest);
    if (command) [out, rest] = [out + command[1], rest.slice(command[0].length)];
    else if (escaped) [out, rest] = [out + escaped[1], rest.slice(2)];
    else {
      assert.not.match(rest[0], /[\\&%$#_{}~^±−—×Å²⁷⁻]/, `not escaped: ${rest}`);
      [out, rest] = [out + rest[0], rest.slice(1)];
    }
  }
  return out;
}

test('Markdown: cells come back, bold ones bold', async () => {
  await check(
    table,
    (made) => {
      const lines = markdown(made).trimEnd().split('\n');
      assert.is(lines.length, 4 + made.rows.length);
      assert.is(unmarked(lines[0]), made.caption);
      const rows = [lines[2], ...lines.slice(4)].map((line) => parts(line, '|').slice(1, -1));
      assert.equal(rows[0].map(unmarked), [...made.header]);
      made.rows.forEach((cells, r) => {
        assert.is(rows[r + 1].length, cells.length, lines[r + 4]);
        cells.map(whole).forEach(({ text, bold }, c) => {
          const found = rows[r + 1][c];
          const strong = /^\*\*(.*)\*\*$/.exec(found);
          assert.is(strong !== null, bold, found);
          assert.is(unmarked(strong ? strong[1] : found), text);
        });
      });
    },
    100,
  );
});

test('LaTeX: one document, cells come back, bold ones bold', async () => {
  await check(
    table,
    (made) => {
      const tex = latex(made);
      const body = /\\begin\{tabular\}\{(l?r*)\}\n([\s\S]*)\\end\{tabular\}/.exec(tex)!;
      assert.is(body[1].length, made.header.length);
      for (const part of ['\\documentclass', '\\begin{document}', '\\end{document}']) {
        assert.is(tex.split(part).length, 2, `${part} once`);
      }
      const lines = body[2].split('\n').filter((line) => line.trim() !== '' && line.trim() !== '\\hline');
      assert.is(lines.length, 1 + made.rows.length);
      const all = lines.map((line) => parts(/^\s*(.*) \\\\$/.exec(line)![1], '&'));
      assert.equal(all[0].map(untexed), [...made.header]);
      made.rows.forEach((cells, r) => {
        assert.is(all[r + 1].length, cells.length);
        cells.map(whole).forEach(({ text, bold }, c) => {
          const found = all[r + 1][c];
          const strong = /^\\textbf\{(.*)\}$/.exec(found);
          assert.is(strong !== null, bold, found);
          assert.is(untexed(strong ? strong[1] : found), text);
        });
      });
    },
    100,
  );
});

test('columns are read, computed with, or both; what is not known is a dash or empty', () => {
  const table = tableOf<{ name: string; size?: number }>(
    'sizes',
    [
      { title: 'name', csv: 'id', of: ({ name }) => name },
      { csv: 'exact', of: ({ size }) => size },
      { title: 'about', csv: 'size', of: ({ size }) => size, show: (x) => x.toFixed(1) },
      { title: 'large', of: ({ size = 0 }) => ({ text: size > 1 ? 'yes' : 'no', bold: size > 1 }) },
    ],
    [{ name: 'one', size: 1.25 }, { name: 'none' }],
  );
  assert.equal(table.header, ['name', 'about', 'large']);
  assert.equal(table.csv, [
    ['id', 'exact', 'size'],
    ['one', 1.25, 1.25],
    ['none', undefined, undefined],
  ]);
  assert.is(aligned(table), ['name  about  large', 'one     1.3   *yes', 'none      —     no'].join('\n'));
});

test('three files, and nothing else; a row of another length is refused before any is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lattigrad-table-'));
  try {
    const one: Table = {
      caption: 'errors',
      header: ['start', 'mae'],
      rows: [['none', { text: '1.0 ± 0.1', bold: true }]],
      csv: [
        ['start', 'mae'],
        ['none, "so called"', '1'],
      ],
    };
    const short = { ...one, rows: [['only']] };
    let message = '';
    await writeTable(join(folder, 'below', 'table'), short).catch((error: Error) => {
      message = error.message;
    });
    assert.match(message, /'only'.*1 cells, the header 2/);
    assert.equal(readdirSync(folder), []);
    await writeTable(join(folder, 'below', 'table'), one);
    assert.equal(readdirSync(join(folder, 'below')).sort(), ['table.csv', 'table.md', 'table.tex']);
    const read = (ending: string) => readFileSync(join(folder, 'below', `table.${ending}`), 'utf8');
    assert.equal(csvParseRows(read('csv')), one.csv);
    assert.match(read('md'), '**1.0 ± 0.1**');
    assert.match(read('tex'), '\\textbf{1.0 $\\pm$ 0.1}');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
