/** Predicted displacements as a table and pictures in a run's folder, in Angstrom. */
import { type LabelledStructure, symbolOf } from '../../data/index.ts';
import { tableFiles } from '../../files/table-files.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { type DenoisedStructure, noiseErrors } from '../tasks/noise-errors.ts';
import { drawCurves } from './curves.ts';

const AXES = ['x', 'y', 'z'];
const TABLE = 'predictions/noise.csv';
const HEADER = [
  ...['split', 'source', 'structure', 'atom', 'element'],
  ...AXES.map((a) => `noise_${a}_A`),
  ...AXES.map((a) => `predicted_${a}_A`),
];

/** Writes predictions/noise.csv while the predictions come, then plots/parity-noise and plots/curves. Gives the errors. */
export async function reportNoise(
  folder: RunFolder,
  structures: readonly LabelledStructure[],
  sources: readonly string[],
  tested: AsyncIterable<DenoisedStructure> | Iterable<DenoisedStructure>,
): Promise<ReturnType<typeof noiseErrors>> {
  const errors = noiseErrors();
  const points = folder.pictures.cloud();
  const several = new Set(sources).size > 1;
  await tableFiles(folder, { [TABLE]: HEADER }, async ({ add, flush }) => {
    for await (const { structure: k, noise, predicted } of tested) {
      const { id, numbers } = structures[k];
      errors.add(sources[k], { noise: [noise, predicted] });
      numbers.forEach((number, atom) => {
        const of = (list: Float64Array) => AXES.map((_, c) => String(list[3 * atom + c]));
        add(TABLE, ['test', sources[k], id, String(atom), symbolOf(number), ...of(noise), ...of(predicted)]);
      });
      const group = several ? { group: sources[k] } : {};
      noise.forEach((label, c) => void points.add({ label, predicted: predicted[c], ...group }));
      await flush();
    }
  });
  if (points.size > 0) {
    const words = { title: 'displacement, test', quantity: 'displacement', unit: 'Å' };
    await folder.pictures.parity(folder.file('plots', 'parity-noise'), points, words);
  }
  await drawCurves(folder, {
    title: 'Pre-training by denoising',
    monitor: 'noise',
    quantities: { noise: { label: 'validation error', unit: 'Å' } },
  });
  return errors;
}
