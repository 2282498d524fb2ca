/**
 * What pre-trained networks predict against the labels of their test parts, as in the paper's Appendix C: a picture for
 * each quantity with a panel for each network, and their errors beside those of predicting zero. Of property sets that
 * are named, the same of the networks fine-tuned on them; their errors are in the tables.
 *
 *   npm run parity                       the rows of the tables, pre-trained if they are not yet
 *   npm run parity -- --datasets jdft2d phonons --seeds 1,2,3
 *   npm run parity -- --runs runs/forces runs/denoising --out runs/figures
 */
import { join } from 'node:path';
import { UserError } from '../files/errors.ts';
import { writeTable } from '../files/tables.ts';
import { type ParityOf, type ParityPoint, parities, savePicture, uncrowdedRange } from '../plots/index.ts';
import { ERROR_TABLES, errorTables } from './figures/error-tables.ts';
import { predictions, QUANTITIES, type Quantity } from './figures/predictions.ts';
import { propertyParity } from './figures/properties.ts';
import { type PretrainedRun, type RunFlags, readRuns, runOptions, runsOf } from './figures/runs.ts';
import { type TableFlags, tableFrom, tableOptions } from './tables/options.ts';
import { type TablePlan, tablePlan } from './tables/plan.ts';
import { script } from './terminal/options.ts';
import { runScript } from './terminal/run-script.ts';

const command = runOptions(
  tableOptions(script('parity', 'Predictions of networks against the labels of their test parts.'), []),
);
type Flags = TableFlags & RunFlags;

type Range = readonly [number, number];

/**
 * Of pre-trained networks: the labels and half their range at each end. Energies that were never learnt may lie anywhere,
 * and must not squash the others. What lies outside is counted.
 */
function aroundLabels(points: readonly ParityPoint[]): Range {
  const [low, high] = uncrowdedRange(Float64Array.from(points, ({ label }) => label));
  return [low - (high - low) / 2, high + (high - low) / 2];
}

/** A picture with a panel for each network; the name of the quantity begins its title. */
function picture(
  quantity: string,
  unit: string,
  networks: readonly ParityOf[],
  rangeOf?: (points: readonly ParityPoint[]) => Range,
): SVGSVGElement {
  const title = `${quantity[0].toUpperCase()}${quantity.slice(1)}`;
  return parities(networks, { title, quantity, unit, columns: Math.min(3, networks.length) }, rangeOf);
}

/** Pictures of what pre-trained networks predict, and tables of their errors, by the endings of their names. */
async function reportPretrainings(out: string, runs: readonly PretrainedRun[]): Promise<string[]> {
  const written: string[] = [];
  for (const quantity of Object.keys(QUANTITIES) as Quantity[]) {
    const networks: ParityOf[] = [];
    for (const { path, title } of runs) {
      const cloud = await predictions(path, quantity);
      if (cloud && cloud.size > 0) networks.push({ heading: title, cloud });
    }
    if (networks.length === 0) continue;
    const { name, unit } = QUANTITIES[quantity];
    await savePicture(join(out, `parity-${quantity}`), picture(name, unit, networks, aroundLabels));
    written.push(`parity-${quantity}`);
  }
  for (const [name, table] of errorTables(runs)) {
    await writeTable(join(out, `parity-${name}`), table);
    written.push(`parity-${name}`);
  }
  return written;
}

/** What pictures and tables of pre-trainings are called. */
const TAKEN: ReadonlySet<string> = new Set([...Object.keys(QUANTITIES), ...ERROR_TABLES]);

async function reportProperties(out: string, { finetunings, seeds }: TablePlan): Promise<string[]> {
  const written: string[] = [];
  for (const jobs of finetunings) {
    const found = await propertyParity(jobs, seeds);
    if (!found) continue;
    const { dataset, property, unit, networks } = found;
    const shown = picture(property, unit === 'dimensionless' ? '' : unit, networks);
    const name = `parity-${TAKEN.has(dataset) ? 'property-' : ''}${dataset}`;
    await savePicture(join(out, name), shown);
    written.push(name);
  }
  return written;
}

runScript(async () => {
  const flags = command.parse().opts<Flags>();
  if (flags.runs && flags.datasets.length > 0) {
    throw new UserError('--runs names pre-trainings, --datasets the fine-tunings of a table: expected one of them.');
  }
  const plan = flags.runs ? undefined : tablePlan(tableFrom(flags, flags.model));
  const runs = flags.runs ? readRuns(flags.runs) : await runsOf(plan!, flags);
  if (!runs) return;
  const { out } = flags;
  const written = [...(await reportPretrainings(out, runs)), ...(plan ? await reportProperties(out, plan) : [])];
  if (written.length === 0) {
    throw new UserError(`No predictions to draw (predictions/*.csv)${runs.map(({ path }) => `, ${path}`).join('')}.`);
  }
  console.log(`In ${out}: ${written.join(', ')}`);
});
