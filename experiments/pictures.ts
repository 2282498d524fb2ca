/** How the commands draw the pictures of runs (training/pictures.ts): with plots/, as SVG and PNG. */

import { Cloud, colour, count, lossCurves, parities, parity, savePicture } from '../plots/index.ts';
import type { Pictures } from '../training/pictures.ts';
import type { PropertyPart } from '../training/report/property.ts';

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

export const PICTURES: Pictures = {
  cloud: () => new Cloud(),
  // Whatever comes here was made by `cloud`.
  parity: (path, cloud, words) => savePicture(path, parity(cloud as Cloud, words)),
  async parityOfParts(path, parts, target, unit) {
    const picture = parityOfParts(parts, target, unit);
    if (picture) await savePicture(path, picture);
  },
  curves: (path, lines, words) => savePicture(path, lossCurves(lines, words)),
};
