/** Tables as text: what is written is read again, and another program's CSV agrees in both directions. */
import { csvFormatRows, csvParseRows } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { csvRow, csvRows } from '../../text/csv.ts';
import { check } from '../support/check.ts';

/** Texts in which what has a meaning in CSV is frequent. */
const entry = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', ',', '"', '\n', '\r', '7') });
const rows = fc.array(fc.array(entry, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
const written = (table: readonly (readonly string[])[]): string => table.map((row) => `${csvRow(row)}\n`).join('');

test('what is written is read again', () => check(rows, (table) => assert.equal(csvRows(written(table)), table)));

test('d3-dsv writes the same text', () =>
  check(rows, (table) => assert.is(table.map(csvRow).join('\n'), csvFormatRows(table))));

test('d3-dsv reads the same rows, whatever ends a line', () =>
  check(fc.tuple(rows, fc.constantFrom('\n', '\r\n', '\r')), ([table, end]) => {
    // An empty text, and a last row of one empty entry, mean nothing to one of the two.
    const text = table.map((row) => `${csvRow(['x', ...row])}${end}`).join('');
    assert.equal(csvRows(text), csvParseRows(text));
  }));

test('a quotation mark that is not closed, or after which an entry goes on, is refused', () => {
  for (const text of ['"a', 'b,"a\n', '"a"b\n']) assert.throws(() => csvRows(text), /row 1: a quotation mark/);
});

test.run();
