/**
 * Whether a table of predictions tells of the structures that its run was tested on: of each once, with all atoms in
 * their order, and of no other. Rows are seen one by one, so that long tables need not be held.
 */
import { join } from 'node:path';
import { UserError } from '../../files/errors.ts';
import { readRecord } from '../../files/read.ts';
import type { Row } from '../../files/table-rows.ts';
import { excerpt } from '../../text/printable.ts';
import { dataSchema } from '../seeds/read.ts';

/**
 * All `rows`, as they come, of the table at `path`; throws UserError where those that `counts` (default: every row) do not
 * tell of the structures of the test part of the run in `folder`.
 */
export async function* tested(
  rows: AsyncIterable<Row>,
  folder: string,
  path: string,
  counts: (row: Row) => boolean = () => true,
): AsyncGenerator<Row> {
  const { split } = readRecord(join(folder, 'data.json'), dataSchema, 'the data of a run');
  const left = new Set(split.test);
  let current: string | undefined;
  let atoms = 0;
  for await (const row of rows) {
    if (counts(row)) {
      const { structure = '', atom } = row;
      const goesOn = atom !== undefined && structure === current && atom === String(atoms);
      const begins = !goesOn && left.delete(structure) && (atom === undefined || atom === '0');
      if (!goesOn && !begins) {
        const what = atom === undefined ? '' : `atom ${excerpt(atom)} of `;
        throw new UserError(
          `${path}: a row of ${what}${excerpt(structure)} is out of place: it stands twice or in another order, or was ` +
            'not tested. Is the file damaged, or that of another run?',
        );
      }
      current = structure;
      atoms = begins ? 1 : atoms + 1;
    }
    yield row;
  }
  if (left.size === 0) return;
  throw new UserError(
    `${path}: tells of ${split.test.length - left.size} structures, but ${split.test.length} were tested. Is the file cut short?`,
  );
}
