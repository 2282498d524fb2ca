/**
 * Whether a table of predictions tells of the structures that its run was tested on: of each once, with all atoms in
 * their order, and of no other. Rows are seen one by one, so that long tables need not be held.
 */
import { join } from 'node:path';
import { UserError } from '../../files/errors.ts';
import { readRecord } from '../../files/read.ts';
import type { Row } from '../../files/table-rows.ts';
import { excerpt } from '../../text/printable.ts';
import { dataSchema } from '../repeats/read.ts';

interface TestPart {
  /** Throws UserError if this row cannot follow those before it. */
  see(row: Row): void;
  /** Throws UserError if structures are missing after the last row. */
  end(): void;
}

/** For the rows of the test part in the table at `path`, of the run in `folder`. */
function testPart(folder: string, path: string): TestPart {
  const { split } = readRecord(join(folder, 'data.json'), dataSchema, 'the data of a run');
  const left = new Set(split.test);
  let current: string | undefined;
  let atoms = 0;
  return {
    see({ structure = '', atom }) {
      if (atom !== undefined && structure === current && atom === String(atoms)) {
        atoms++;
        return;
      }
      const begins = left.delete(structure) && (atom === undefined || atom === '0');
      if (!begins) {
        const what = atom === undefined ? '' : `atom ${excerpt(atom)} of `;
        throw new UserError(
          `${path}: a row of ${what}${excerpt(structure)} is out of place: it stands twice or in another order, or was ` +
            'not tested. Is the file damaged, or that of another run?',
        );
      }
      current = structure;
      atoms = 1;
    },
    end() {
      if (left.size === 0) return;
      throw new UserError(
        `${path}: tells of ${split.test.length - left.size} structures, but ${split.test.length} were tested. Is the file cut short?`,
      );
    },
  };
}

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
  const { see, end } = testPart(folder, path);
  for await (const row of rows) {
    if (counts(row)) see(row);
    yield row;
  }
  end();
}
