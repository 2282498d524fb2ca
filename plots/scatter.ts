/**
 * Panels of points in the plane, coloured by group; groups.ts has the colours and one legend for several panels.
 *
 * Up to DOTS points are dots; more are small squares, each in the colour of the group that most of its points are of, so
 * that all are seen and the file stays small. Points far from the others are left out and counted.
 */
import * as Plot from '@observablehq/plot';
import { type Bin, binMarks, bins, type XY } from './density.ts';
import { bySize } from './groups.ts';
import { panel } from './panel.ts';
import { uncrowdedRange } from './range.ts';
import { count, drawable, GREY, linearTicks, PALE } from './style.ts';

export interface ScatterPoint extends XY {
  readonly group: string;
}

export interface ScatterOptions {
  readonly heading: string;
  readonly xLabel: string;
  readonly width: number;
  readonly colours: ReadonlyMap<string, string>;
}

/** More points than this are drawn as squares. */
export const DOTS = 2000;
/** Squares along an axis; some two pixels each. */
const ACROSS = 96;

/** The groups that most of the points of bins are of (the first in the alphabet of several). */
export const majorities = (all: readonly Bin<ScatterPoint>[]): string[] =>
  all.map(({ points }) => bySize(points.map(({ group }) => group))[0]);

/**
 * A square panel; both axes have ranges of their own.
 *
 *   const colours = groupColours(points.map(({ group }) => group));
 *   const panel = scatterPanel(points, { heading: 'untrained', xLabel: 'first component', width: 226, colours });
 *   await savePicture('embeddings', arrange([panel, legendPanel(colours, 226)], { title: 'Embeddings', columns: 2 }));
 */
export function scatterPanel(points: readonly ScatterPoint[], options: ScatterOptions): SVGSVGElement {
  const { heading, xLabel, width, colours } = options;
  const known = points.filter(({ x, y }) => drawable(x) && drawable(y));
  const xs = uncrowdedRange(known.map(({ x }) => x));
  const ys = uncrowdedRange(known.map(({ y }) => y));
  const shown = known.filter(({ x, y }) => x >= xs[0] && x <= xs[1] && y >= ys[0] && y <= ys[1]);
  const [xTicks, yTicks] = [linearTicks(...xs, 4), linearTicks(...ys, 4)];
  const tone = (group: string): string => colours.get(group) ?? GREY;
  const marks: Plot.Markish[] = [Plot.gridX(xTicks.values, { stroke: PALE, strokeOpacity: 1 })];
  if (shown.length > DOTS) {
    const filled = bins(shown, xs, ys, ACROSS);
    marks.push(binMarks(filled, majorities(filled).map(tone), 'squares'));
  } else {
    const fill = shown.map(({ group }) => tone(group));
    marks.push(Plot.dot(shown, { x: 'x', y: 'y', r: 1.6, fill, fillOpacity: 0.8, className: 'points' }));
  }
  if (known.length === 0) marks.push(Plot.text(['no data'], { frameAnchor: 'middle', fill: GREY }));
  marks.push(Plot.frame({ stroke: GREY }));
  return panel({
    width,
    height: 'square',
    heading,
    remark: shown.length < points.length ? `${count(points.length - shown.length)} outside` : '',
    xLabel,
    xTicks,
    yTicks,
    x: { domain: xs },
    y: { domain: ys },
    marks,
  });
}
