/**
 * Pictures of results as SVG and PNG: arrays go in, files come out.
 *
 *   import { parity, savePicture } from './plots/index.ts';
 *   const points = [{ label: 1.2, predicted: 1.1 }, { label: 0.3, predicted: 0.4 }];
 *   await savePicture('out/parity', parity(points, { title: 'Band gaps', quantity: 'gap', unit: 'eV' }));
 *
 * writes out/parity.svg and out/parity.png. `lossCurves`, `parity` and `comparison` are whole pictures; functions whose
 * names end in Panel give parts of one, which `arrange` sets beside each other. Needs Node, for the fonts.
 */
export { Cloud } from './cloud.ts';
export { type ComparisonOptions, type ComparisonRow, comparison } from './comparison.ts';
export { type CurveOptions, lossCurves, type Quantity } from './curves.ts';
export { groupColours, legendPanel } from './groups.ts';
export { type HistogramOptions, histogramPanel } from './histogram.ts';
export { type Arrangement, arrange } from './panel.ts';
export {
  type ParityOf,
  type ParityOptions,
  type ParityPanel,
  type ParityPoint,
  parities,
  parity,
  parityPanel,
} from './parity.ts';
export { type Picture, png, savePicture, standalone } from './picture.ts';
export { type Agreement, agreement, finitePoints, parityRange, uncrowdedRange } from './range.ts';
export { type ScatterOptions, type ScatterPoint, scatterPanel } from './scatter.ts';
export type { MetricsRow } from './series.ts';
export { type Estimate, estimate, MEDIAN, showEstimate } from './statistics.ts';
export { COLOURS, colour, count, GREY, PANEL, significant } from './style.ts';
