/**
 * `npm run record`: every finished run of a folder as one line of runs.jsonl.gz, which outlives the networks.
 *
 *   npm run record -- runs/tables
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../files/errors.ts';
import { RECORD, writeRecord } from '../training/run/record.ts';
import { runScript } from './terminal/run-script.ts';

const command = new Command('npm run record --')
  .description('Writes what every finished run of a folder was told and found, with the digest of its network.')
  .argument('<folder>', 'a folder with runs at any depth');

runScript(async () => {
  command.parse();
  const folder = command.args[0];
  const runs = await writeRecord(folder);
  if (runs === 0) throw new UserError(`${folder}: holds no finished run. Expected folders with a result.json.`);
  console.log(`${runs} runs are told of in ${join(folder, RECORD)}`);
});
