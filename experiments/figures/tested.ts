/** Whether a table of predictions tells of the structures that its run was tested on: each of them, and no other. */
import { join } from 'node:path';
import { dataSchema } from '../repeats.ts';
import { readRecord } from '../run/read.ts';
import type { Row } from '../run/table-rows.ts';
import { UserError } from '../run/user-error.ts';

/**
 * All `rows`, as they come. After the last one it throws UserError unless those that `counts` (default: every row) tell of
 * the structures of the test part, as the run in `folder` recorded it; `path` is the table.
 */
export async function* tested(
  rows: AsyncIterable<Row>,
  folder: string,
  path: string,
  counts: (row: Row) => boolean = () => true,
): AsyncGenerator<Row> {
  const found = new Set<string>();
  for await (const row of rows) {
    if (counts(row)) found.add(row.structure ?? '');
    yield row;
  }
  const { split } = readRecord(join(folder, 'data.json'), dataSchema, 'the data of a run');
  const wanted = new Set(split.test);
  const missing = [...wanted].filter((id) => !found.has(id)).length;
  if (missing === 0 && found.size === wanted.size) return;
  throw new UserError(
    `${path}: tells of ${found.size} structures, ${wanted.size - missing} of the ${wanted.size} that were tested. ` +
      'Is the file cut short, or that of another run?',
  );
}
