/** Predictions of a property as a table and pictures in a run's folder, in the property's unit. */

import { type LabelledStructure, reducedFormula } from '../../data/index.ts';
import { tableFiles } from '../../files/table-files.ts';
import type { RunFolder } from '../run-folder/folder.ts';
import { drawCurves } from './curves.ts';

const TABLE = 'predictions/property.csv';

export interface PropertyPart {
  readonly name: string;
  readonly structures: readonly LabelledStructure[];
  readonly labels: readonly (number | undefined)[];
  readonly predicted: readonly number[];
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
  await folder.pictures.parityOfParts(folder.file('plots', 'parity'), parts, target, unit);
  await drawCurves(folder, {
    title: `Fine-tuning: ${target}`,
    training: { label: 'training loss (scaled)' },
    monitor: 'property',
    quantities: { property: { label: 'validation error', unit } },
  });
}
