/**
 * `npm run record`: every finished run of a folder as one line of runs.jsonl.gz, which outlives the networks, and the
 * folders of the runs too.
 *
 *   npm run record -- runs/tables
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../files/errors.ts';
import { RECORD, writeRecord } from '../training/run-folder/record.ts';
import { runScript } from './terminal/run-script.ts';

const command = new Command('npm run record --')
  .description('Writes what every finished run of a folder was told and found, with the digest of its network.')
  .argument('<folder>', 'a folder with runs at any depth')
  .option('--forget', 'leave out runs whose folders are gone (default: their lines of the earlier record stay)');

runScript(async () => {
  command.parse();
  const folder = command.args[0];
  const records = await writeRecord(folder, command.opts<{ forget?: true }>());
  if (records.length === 0)
    throw new UserError(`${folder}: holds no finished run. Expected folders with a result.json.`);
  const gone = records.filter(({ run }) => !existsSync(join(folder, run))).length;
  const kept = gone === 0 ? '' : `; ${gone} of them are no longer there: their lines are those of the earlier record`;
  console.log(`${records.length} runs are told of in ${join(folder, RECORD)}${kept}`);
});
