/** Predicted displacements as a table and pictures in a run's folder, in Angstrom. */
import { mkdirSync } from 'node:fs';
import { csvFormatRows } from 'd3-dsv';
import { type LabelledStructure, symbolOf } from '../../data/index.ts';
import type { DenoisedStructure } from '../learn/noise-errors.ts';
import type { RunFolder } from '../run/folder.ts';
import { drawCurves } from './metrics.ts';
import { type ParityPoint, parity } from './parity.ts';
import { savePicture } from './picture.ts';

const AXES = ['x', 'y', 'z'];

/** Writes predictions/noise.csv, plots/parity-noise and plots/curves. */
export async function reportNoise(
  folder: RunFolder,
  structures: readonly LabelledStructure[],
  sources: readonly string[],
  tested: readonly DenoisedStructure[],
): Promise<void> {
  const header = ['split', 'source', 'structure', 'atom', 'element'];
  const table = [[...header, ...AXES.map((a) => `noise_${a}_A`), ...AXES.map((a) => `predicted_${a}_A`)]];
  const points: ParityPoint[] = [];
  const several = new Set(sources).size > 1;
  for (const { structure: k, noise, predicted } of tested) {
    const { id, numbers } = structures[k]!;
    numbers.forEach((number, atom) => {
      const of = (list: Float64Array) => AXES.map((_, c) => String(list[3 * atom + c]));
      table.push(['test', sources[k]!, id, String(atom), symbolOf(number), ...of(noise), ...of(predicted)]);
    });
    noise.forEach((label, c) => {
      points.push({ label, predicted: predicted[c]!, ...(several ? { group: sources[k]! } : {}) });
    });
  }
  await folder.writeText('predictions/noise.csv', `${csvFormatRows(table)}\n`);
  mkdirSync(folder.file('plots'), { recursive: true });
  if (points.length > 0) {
    const options = { title: 'displacement, test', quantity: 'displacement', unit: 'Å' };
    await savePicture(folder.file('plots', 'parity-noise'), parity(points, options));
  }
  await drawCurves(folder, {
    title: 'Pre-training by denoising',
    training: { label: 'training loss' },
    monitor: 'noise',
    quantities: { noise: { label: 'validation error', unit: 'Å' } },
  });
}
