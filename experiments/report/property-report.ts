/** Predictions of a property as a table and pictures in a run's folder, in the property's unit. */
import { mkdirSync } from 'node:fs';
import { csvFormatRows } from 'd3-dsv';
import { type LabelledStructure, reducedFormula } from '../../data/index.ts';
import type { RunFolder } from '../run/folder.ts';
import { drawCurves } from './metrics.ts';
import { arrange } from './panel.ts';
import { parity, parityPanel } from './parity.ts';
import { savePicture } from './picture.ts';
import { finitePoints, parityRange } from './range.ts';
import { colour, count } from './style.ts';

export interface PropertyPart {
  readonly name: string;
  readonly structures: readonly LabelledStructure[];
  readonly labels: readonly (number | undefined)[];
  readonly predicted: readonly number[];
}

/**
 * Predictions against labels: a panel for each part, the test part first, each with its own error, on axes of one range.
 * Undefined without labels.
 */
export function parityOfParts(parts: readonly PropertyPart[], target: string, unit: string): SVGSVGElement | undefined {
  const labelled = parts
    .map(({ name, labels, predicted }) => ({
      name,
      points: labels.flatMap((label, k) => (label === undefined ? [] : [{ label, predicted: predicted[k]! }])),
    }))
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => Number(b.name === 'test') - Number(a.name === 'test'));
  if (labelled.length === 0) return undefined;
  const [first] = labelled;
  if (labelled.length === 1) return parity(first!.points, { title: target, quantity: target, unit });
  const range = parityRange(labelled.flatMap(({ points }) => finitePoints(points)));
  const panels = labelled.map(({ name, points }, k) =>
    parityPanel(points, {
      quantity: target,
      unit,
      heading: `${name}, ${count(points.length)} structures`,
      range,
      colour: colour(k),
    }),
  );
  return arrange(panels, {
    title: `${target}: predicted (upwards) against labelled`,
    columns: 2,
    notes: ['The test error is the one that tables report. Validation chose the epoch, so its error may be too small.'],
  });
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
  const picture = parityOfParts(parts, target, unit);
  if (picture) await savePicture(folder.file('plots', 'parity'), picture);
  if (folder.has('metrics.jsonl')) {
    await drawCurves(folder, {
      title: `Fine-tuning: ${target}`,
      training: { label: 'training loss (scaled)' },
      monitor: 'property',
      quantities: { property: { label: 'validation error', unit } },
    });
  }
}
