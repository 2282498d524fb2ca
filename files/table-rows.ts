/**
 * Tables (CSV) of runs read back row by row, however long they are: memory holds a piece of the text at a time.
 *
 * Text is UTF-8, entries may be quoted, and every row has as many of them as the first, which names the columns.
 */
import { createReadStream } from 'node:fs';
import { csvRows } from '../text/csv.ts';
import { excerpt, excerptOf } from '../text/printable.ts';
import { systemReason, UserError } from './errors.ts';
import { kindOf } from './read.ts';

export type Row = Readonly<Record<string, string>>;

export interface TableRows {
  readonly columns: readonly string[];
  /** To be read once, from the first to the last. */
  readonly rows: AsyncIterable<Row>;
}

/** Bytes read at once. */
const PIECE = 2 ** 20;
/** No row is longer than this; where one seems to be, a quotation mark has lost its partner. */
const LONGEST = 2 ** 26;

/** Where the last whole row of a text ends: after a line break that is not inside quotation marks. */
function endOfRows(text: string): number {
  let [end, quoted] = [0, false];
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code === 34) quoted = !quoted;
    else if (code === 10 && !quoted) end = k + 1;
  }
  return end;
}

/** Pieces of the text that are whole rows. */
async function* wholeRows(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const bytes of createReadStream(path, { highWaterMark: PIECE })) {
    rest += decoder.decode(bytes as Buffer, { stream: true });
    const end = endOfRows(rest);
    if (end > 0) yield rest.slice(0, end);
    rest = rest.slice(end);
    if (rest.length > LONGEST) throw new UserError(`${path}: a quotation mark is not closed. Is the file damaged?`);
  }
  if (rest + decoder.decode() !== '') {
    throw new UserError(`${path}: does not end with a line break. Is the file cut short?`);
  }
}

async function* records(path: string): AsyncGenerator<string[]> {
  const kind = kindOf(path) ?? 'not there';
  // A pipe would wait for ever.
  if (kind !== 'a file') throw new UserError(`${path}: cannot be read (it is ${kind}). Expected a table (CSV).`);
  try {
    for await (const text of wholeRows(path)) yield* csvRows(text);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path}: cannot be read (${systemReason(error) ?? (error as Error).message}). Expected a table (CSV).`,
    );
  }
}

/** Opens a table: the names of its columns, and its rows by these names. Throws UserError where it is damaged. */
export async function tableRows(path: string): Promise<TableRows> {
  const all = records(path);
  const { value: columns = [] as string[] } = (await all.next()) as IteratorResult<string[], undefined>;
  if (new Set(columns).size < columns.length) throw new UserError(`${path}: a column stands twice in line 1.`);
  async function* rows(): AsyncGenerator<Row> {
    let number = 0;
    for await (const row of all) {
      number++;
      if (row.length !== columns.length) {
        throw new UserError(
          `${path}: row ${number} has ${row.length} entries, expected ${columns.length}. Is the file damaged?`,
        );
      }
      yield Object.fromEntries(row.map((entry, k) => [columns[k], entry]));
    }
  }
  return { columns, rows: rows() };
}

/** A number of a row, undefined where there is none; `place` stands for the file in messages. */
export function numberIn(row: Row, column: string, place: string): number | undefined {
  const text = Object.hasOwn(row, column) ? row[column] : undefined;
  if (text === undefined)
    throw new UserError(`${place}: expected a column ${excerpt(column)}. Is it a table of this run?`);
  if (text === '') return undefined;
  const number = Number(text);
  // What diverged is written as NaN or Infinity.
  if (text.trim() !== '' && (!Number.isNaN(number) || text === 'NaN')) return number;
  throw new UserError(
    `${place}: expected a number in column ${excerpt(column)}, got ${excerptOf(text)}. Is the file damaged?`,
  );
}
