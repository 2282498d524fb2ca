/**
 * `npm run table1` to `npm run table5`: the tables of the paper, beside its numbers.
 *
 * Table 1 looks at data alone: property sets beside those of the paper, and what networks are pre-trained on by a table
 * that is asked for with the same flags. The others run what is missing, and write the table.
 *
 *   npm run table1 -- --datasets jdft2d phonons --strategies equal --seeds 1,2,3,4,5
 *   npm run table2 -- --out runs/tables
 */
import { join } from 'node:path';
import { about, UserError } from '../files/errors.ts';
import { modelOf, USUAL_ARCHITECTURE } from '../nn/index.ts';
import { finetunePreset } from '../training/presets.ts';
import { strategyOf } from '../training/tasks/index.ts';
import { PROPERTY_SETS } from './datasets.ts';
import { makeRuns } from './tables/execute.ts';
import { type TableFlags, tableFrom, tableOptions } from './tables/options.ts';
import { type FinetuneJob, type TableOptions, type TablePlan, tablePlan } from './tables/plan.ts';
import { reportTable } from './tables/report.ts';
import { reportSets, setOf } from './tables/sets.ts';
import { reportSources, sourcesOf } from './tables/sources.ts';
import { type PaperTable, TABLES } from './tables/tables.ts';
import { script } from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';

const [name = '', ...words] = process.argv.slice(2);
const table = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
const OF_THE_PAPER = PROPERTY_SETS.filter(({ paper }) => paper !== undefined).map(({ name }) => name);
const ABOUT_DATA = 'Data of the tables: property sets beside those of the paper, and what pre-trainings learn from.';

/** What was done, in one sentence. */
function caption({ architecture, preset, sources, relaxed, pool }: TableOptions, plan: TablePlan): string {
  const { config } = plan.finetunings[0][0];
  const trained = plan.pretrainings.map((job) => job.config);
  const epochs = [...new Set(trained.map((one) => one.training.epochs))].sort((a, b) => a - b);
  const needsRest = trained.some((one) => strategyOf(one).learnsFrom === 'relaxed structures');
  const labels = config.most === null ? 'all labels' : `at most ${config.most} labels a set`;
  const pooling = (pool ?? finetunePreset(preset).pool) === 'mean' ? 'mean' : 'sum';
  return [
    `${modelOf({ architecture }).title}, preset ${preset}, cutoff ${config.model.cutoff} Å, ${pooling} over atoms`,
    ...(trained.length === 0
      ? []
      : [
          `pre-trained for ${epochs.join(', ')} epochs on ${sources.join(', ')}` +
            (needsRest ? ` (strategies without labels: on ${relaxed.join(', ')})` : ''),
        ]),
    `fine-tuned for ${config.training.epochs} epochs on ${labels}`,
  ].join('; ');
}

/** Runs what a table lacks, and writes it. */
async function makeTable({ options, paper }: PaperTable, flags: TableFlags): Promise<void> {
  const asked = options(flags);
  const plan = tablePlan(asked);
  if (!(await makeRuns(plan, flags))) return;
  const text = { name: `${name}-${asked.preset}`, caption: caption(asked, plan), paper };
  console.log(`\n${await reportTable(asked.out, plan, text)}`);
}

/** Writes what there is to know of the data of a table. Nothing is trained. */
async function describeData(flags: TableFlags): Promise<void> {
  const { finetunings, pretrainings, seeds } = tablePlan(tableFrom(flags, USUAL_ARCHITECTURE));
  const path = join(flags.out, `table1-${flags.preset}`);
  const sets = [];
  for (const [{ dataset, config }] of finetunings as [FinetuneJob][]) {
    sets.push(await about(dataset.name, () => setOf(dataset, config, seeds)));
  }
  console.log(await reportSets(path, sets));
  if (pretrainings.length === 0) return;
  console.log(`\n${await reportSources(`${path}-pretraining`, await sourcesOf(pretrainings))}`);
}

const command = table
  ? tableOptions(script(name, table.description))
  : tableOptions(script('table1', ABOUT_DATA), OF_THE_PAPER);

runScript(async () => {
  if (!table && name !== 'table1') throw new UserError(`There is no table '${name}'. Known are table1 to table5.`);
  const flags = command.parse(words, { from: 'user' }).opts<TableFlags>();
  await (table ? makeTable(table, flags) : describeData(flags));
});
