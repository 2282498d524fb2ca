/** Predictions of a property as a table and pictures in a run's folder, in the property's unit. */
import { type LabelledStructure, reducedFormula } from '../../data/index.ts';
import { tableFiles } from '../../files/table-files.ts';
import { Cloud, colour, count, parities, parity, savePicture } from '../../plots/index.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { drawCurves } from './curves.ts';

const TABLE = 'predictions/property.csv';

export interface PropertyPart {
  readonly name: string;
  readonly structures: readonly LabelledStructure[];
  readonly labels: readonly (number | undefined)[];
  readonly predicted: readonly number[];
}

function cloudOf(labels: readonly (number | undefined)[], predicted: readonly number[]): Cloud {
  const cloud = new Cloud();
  labels.forEach((label, k) => {
    if (label !== undefined) cloud.add({ label, predicted: predicted[k] });
  });
  return cloud;
}

/**
 * Predictions against labels: a panel for each part, the test part first, each with its own error, on axes of one range.
 * Undefined without labels.
 */
export function parityOfParts(parts: readonly PropertyPart[], target: string, unit: string): SVGSVGElement | undefined {
  const labelled = parts
    .map(({ name, labels, predicted }) => ({ name, cloud: cloudOf(labels, predicted) }))
    .filter(({ cloud }) => cloud.size > 0)
    .sort((a, b) => Number(b.name === 'test') - Number(a.name === 'test'));
  if (labelled.length === 0) return undefined;
  const [first] = labelled;
  if (labelled.length === 1) return parity(first.cloud, { title: target, quantity: target, unit });
  const plots = labelled.map(({ name, cloud }, k) => ({
    heading: `${name}, ${count(cloud.size)} structures`,
    cloud,
    colour: colour(k),
  }));
  const note =
    'The test error is the one that tables report. Validation chose the epoch, so its error may be too small.';
  return parities(plots, { title: target, quantity: target, unit, columns: 2, notes: [note] });
}

/** Writes predictions/property.csv, plots/parity.svg|png and, for runs that trained, plots/curves. */
export async function reportProperty(
  folder: RunFolder,
  parts: readonly PropertyPart[],
  target: string,
  unit: string,
): Promise<void> {
  const header = ['split', 'structure', 'formula', `label_${target}`, `predicted_${target}`, 'unit'];
  await tableFiles(folder, { [TABLE]: header }, async ({ add, flush }) => {
    for (const { name, structures, labels, predicted } of parts) {
      for (const [k, structure] of structures.entries()) {
        const label = labels[k] === undefined ? '' : String(labels[k]);
        add(TABLE, [name, structure.id, reducedFormula(structure.numbers), label, String(predicted[k]), unit]);
        await flush();
      }
    }
  });
  const picture = parityOfParts(parts, target, unit);
  if (picture) await savePicture(folder.file('plots', 'parity'), picture);
  await drawCurves(folder, {
    title: `Fine-tuning: ${target}`,
    training: { label: 'training loss (scaled)' },
    monitor: 'property',
    quantities: { property: { label: 'validation error', unit } },
  });
}
