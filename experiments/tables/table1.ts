/**
 * `npm run table1`: the paper's Table 1, property sets beside those of the paper, and what networks are pre-trained on:
 * the data of a table that is asked for with the same flags. Nothing is trained.
 *
 *   npm run table1 -- --out runs/tables
 *   npm run table1 -- --datasets jdft2d phonons --strategies equal --seeds 1,2,3,4,5
 */
import { join } from 'node:path';
import { about } from '../../files/errors.ts';
import { script } from '../cli/options.ts';
import { runScript } from '../cli/run-script.ts';
import { PROPERTY_SETS } from '../datasets.ts';
import { type TableFlags, tableFrom, tableOptions } from './options.ts';
import { type FinetuneJob, tablePlan } from './plan.ts';
import { reportSets, setOf } from './sets.ts';
import { reportSources, sourcesOf } from './sources.ts';

const OF_THE_PAPER = PROPERTY_SETS.filter(({ paper }) => paper !== undefined).map(({ name }) => name);
const command = tableOptions(
  script('table1', 'Data of the tables: property sets beside those of the paper, and what pre-trainings learn from.'),
  OF_THE_PAPER,
);

runScript(async () => {
  const flags = command.parse().opts<TableFlags>();
  const { finetunings, pretrainings, seeds } = tablePlan(tableFrom(flags, 'cgcnn'));
  const path = join(flags.out, `table1-${flags.preset}`);
  const sets = [];
  for (const [{ dataset, config }] of finetunings as [FinetuneJob][]) {
    sets.push(await about(dataset.name, () => setOf(dataset, config, seeds)));
  }
  console.log(await reportSets(path, sets));
  if (pretrainings.length === 0) return;
  console.log(`\n${await reportSources(`${path}-pretraining`, await sourcesOf(pretrainings))}`);
});
