/**
 * Tables of a run's folder written row by row, as what they hold is computed: memory keeps the last rows only.
 *
 * All of them appear, complete, when the last row is there; if anything fails before, none does.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { csvRow } from '../text/csv.ts';
import { type AtomicFile, atomicFile } from './atomic.ts';

/** Characters that are kept before they are written. */
const KEPT = 2 ** 20;

export interface TableFiles<Name extends string> {
  add(table: Name, row: readonly string[]): void;
  /** Writes what has gathered; to be awaited after every structure. */
  flush(): Promise<void>;
}

/**
 * Writes CSV files with these headers, by their paths in the folder; `fill` adds the rows. Gives what `fill` gives.
 *
 *   await tableFiles(folder, { 'predictions/energy.csv': ['structure', 'eV'] }, async ({ add, flush }) => ...)
 */
export async function tableFiles<Name extends string, T>(
  folder: { file(name: string): string },
  headers: Readonly<Record<Name, readonly string[]>>,
  fill: (tables: TableFiles<Name>) => Promise<T>,
): Promise<T> {
  const names = Object.keys(headers) as Name[];
  const files = new Map<Name, AtomicFile>();
  const texts = new Map<Name, string>();
  const add = (name: Name, row: readonly string[]) => void texts.set(name, `${texts.get(name) ?? ''}${csvRow(row)}\n`);
  const write = async (least: number) => {
    for (const name of names) {
      const text = texts.get(name)!;
      if (text.length < least) continue;
      texts.set(name, '');
      await files.get(name)!.write(Buffer.from(text));
    }
  };
  try {
    for (const name of names) {
      mkdirSync(dirname(folder.file(name)), { recursive: true });
      files.set(name, await atomicFile(folder.file(name)));
      add(name, headers[name]);
    }
    const filled = await fill({ add, flush: () => write(KEPT) });
    await write(0);
    for (const file of files.values()) await file.done();
    return filled;
  } catch (error) {
    for (const file of files.values()) await file.abandon();
    throw error;
  }
}
