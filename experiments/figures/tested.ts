/** Whether a table of predictions tells of the structures that its run was tested on: each of them, and no other. */
import { join } from 'node:path';
import { dataSchema } from '../repeats.ts';
import { readRecord } from '../run/read.ts';
import { UserError } from '../run/user-error.ts';

/** Throws UserError unless `ids` are those of the test part, as the run in `folder` recorded it; `path` is the table. */
export function insistOnTested(ids: Iterable<string>, folder: string, path: string): void {
  const { split } = readRecord(join(folder, 'data.json'), dataSchema, 'the data of a run');
  const [found, wanted] = [new Set(ids), new Set(split.test)];
  const missing = [...wanted].filter((id) => !found.has(id)).length;
  if (missing === 0 && found.size === wanted.size) return;
  throw new UserError(
    `${path}: tells of ${found.size} structures, ${wanted.size - missing} of the ${wanted.size} that were tested. ` +
      'Is the file cut short, or that of another run?',
  );
}
