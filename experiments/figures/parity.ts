/**
 * What pre-trained networks predict against the labels of their test parts, as in the paper's Appendix C: a picture for
 * each quantity with a panel for each network, and their errors beside those of predicting zero.
 *
 *   npm run parity                       the rows of the tables, pre-trained if they are not yet
 *   npm run parity -- --runs runs/forces runs/denoising --out runs/figures
 */
import { join } from 'node:path';
import { script } from '../cli/options.ts';
import { arrange } from '../report/panel.ts';
import { parityPanel } from '../report/parity.ts';
import { savePicture } from '../report/picture.ts';
import { finitePoints, uncrowdedRange } from '../report/range.ts';
import { PANEL } from '../report/style.ts';
import { runScript, UserError } from '../run/user-error.ts';
import { writeTable } from '../tables/write.ts';
import { errorTables } from './error-tables.ts';
import { predictions, QUANTITIES, type Quantity } from './predictions.ts';
import { type PretrainedRun, type RunFlags, runOptions, runsFrom } from './runs.ts';

const command = runOptions(
  script('parity', 'Predictions of pre-trained networks against the labels of their test parts.'),
);

/**
 * The labels and half their range at each end: energies that were never learnt may lie anywhere, and must not squash the
 * others. What lies outside is counted.
 */
function rangeOf(labels: readonly number[]): [number, number] {
  const [low, high] = uncrowdedRange(labels);
  return [low - (high - low) / 2, high + (high - low) / 2];
}

/** A picture of the networks that predict a quantity, on axes of one range; undefined if none does. */
function picture(runs: readonly PretrainedRun[], quantity: Quantity): SVGSVGElement | undefined {
  const { name, unit } = QUANTITIES[quantity];
  const drawn = runs.flatMap(({ path, title }) => {
    const points = predictions(path, quantity);
    return points === undefined || points.length === 0 ? [] : [{ title, points }];
  });
  if (drawn.length === 0) return undefined;
  const range = rangeOf(drawn.flatMap(({ points }) => finitePoints(points).map(({ label }) => label)));
  const columns = Math.min(3, drawn.length);
  const width = columns < 3 ? PANEL : 300;
  const panels = drawn.map(({ title, points }) =>
    parityPanel(points, { quantity: name, unit, heading: title, width, range }),
  );
  return arrange(panels, {
    title: `${name[0]!.toUpperCase()}${name.slice(1)}: predicted (upwards) against labelled`,
    columns,
  });
}

runScript(async () => {
  const flags = command.parse().opts<RunFlags>();
  const runs = await runsFrom(flags);
  if (!runs) return;
  const { out } = flags;
  const written: string[] = [];
  for (const quantity of Object.keys(QUANTITIES) as Quantity[]) {
    const drawn = picture(runs, quantity);
    if (!drawn) continue;
    await savePicture(join(out, `parity-${quantity}`), drawn);
    written.push(`parity-${quantity}`);
  }
  if (written.length === 0)
    throw new UserError(`None of ${runs.map(({ path }) => path).join(', ')} holds predictions (predictions/*.csv).`);
  for (const [name, table] of errorTables(runs)) {
    await writeTable(join(out, `parity-${name}`), table);
    written.push(`parity-${name}`);
  }
  console.log(`In ${out}: ${written.join(', ')}`);
});
