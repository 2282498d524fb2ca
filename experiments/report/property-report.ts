/** Predictions of a property as a table and pictures in a run's folder, in the property's unit. */
import { mkdirSync } from 'node:fs';
import { csvFormatRows } from 'd3-dsv';
import { type LabelledStructure, reducedFormula } from '../../data/index.ts';
import type { RunFolder } from '../run/folder.ts';
import { drawCurves } from './metrics.ts';
import { parity } from './parity.ts';
import { savePicture } from './picture.ts';

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
  const table = [['split', 'structure', 'formula', `label_${target}`, `predicted_${target}`, 'unit']];
  for (const { name, structures, labels, predicted } of parts) {
    structures.forEach((structure, k) => {
      const label = labels[k] === undefined ? '' : String(labels[k]);
      table.push([name, structure.id, reducedFormula(structure.numbers), label, String(predicted[k]), unit]);
    });
  }
  await folder.writeText('predictions/property.csv', `${csvFormatRows(table)}\n`);
  mkdirSync(folder.file('plots'), { recursive: true });
  const several = parts.length > 1;
  const points = parts.flatMap(({ name, labels, predicted }) =>
    labels.flatMap((label, k) =>
      label === undefined ? [] : [{ label, predicted: predicted[k]!, ...(several ? { group: name } : {}) }],
    ),
  );
  if (points.length > 0) {
    await savePicture(folder.file('plots', 'parity'), parity(points, { title: target, quantity: target, unit }));
  }
  if (folder.has('metrics.jsonl')) {
    await drawCurves(folder, {
      title: `Fine-tuning: ${target}`,
      training: { label: 'training loss (scaled)' },
      monitor: 'property',
      quantities: { property: { label: 'validation error', unit } },
    });
  }
}
