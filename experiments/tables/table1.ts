/**
 * `npm run table1`: the paper's Table 1, its property sets beside what we have of them.
 *
 *   npm run table1 -- --out runs/tables
 *   npm run table1 -- --datasets jdft2d phonons
 */
import { join } from 'node:path';
import { script } from '../cli/options.ts';
import { PROPERTY_SETS, propertySet } from '../datasets.ts';
import { runScript } from '../run/user-error.ts';
import { reportSets, setOf } from './sets.ts';

const command = script('table1', 'Property sets: what they hold, and how they relate to those of the paper.')
  .option('--out <folder>', 'where the table goes', 'runs/tables')
  .option(
    '--datasets <names...>',
    'rows, files of your own among them',
    PROPERTY_SETS.filter(({ paper }) => paper !== undefined).map(({ name }) => name),
  )
  .allowExcessArguments(false);

runScript(async () => {
  const { out, datasets } = command.parse().opts<{ out: string; datasets: string[] }>();
  const sets = datasets.map(propertySet);
  const found = [];
  for (const set of sets) found.push(await setOf(set));
  console.log(await reportSets(join(out, 'table1'), found));
});
