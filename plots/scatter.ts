/**
 * Panels of points in the plane, coloured by group; groups.ts has the colours and one legend for several panels.
 *
 * Up to DOTS points are dots; more are small squares, each in the colour of the group that most of its points are of, so
 * that all are seen and the file stays small. Points far from the others are left out and counted.
 */
import * as Plot from '@observablehq/plot';
import { panel } from './panel.ts';
import { uncrowdedRange } from './range.ts';
import { count, drawable, GREY, linearTicks, PALE } from './style.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
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

interface Square {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly group: string;
}

/** Squares with points in them, and the group of most of their points (the first in the alphabet of several). */
export function squares(
  points: readonly ScatterPoint[],
  [left, right]: readonly [number, number],
  [low, high]: readonly [number, number],
  across: number,
): Square[] {
  const counts = new Map<number, Map<string, number>>();
  const place = (v: number, a: number, b: number) => Math.min(across - 1, Math.floor(((v - a) / (b - a)) * across));
  for (const { x, y, group } of points) {
    if (!(x >= left && x <= right && y >= low && y <= high)) continue;
    const k = place(y, low, high) * across + place(x, left, right);
    const own = counts.get(k) ?? new Map<string, number>();
    counts.set(k, own.set(group, (own.get(group) ?? 0) + 1));
  }
  const edge = (k: number, a: number, b: number) => a + ((b - a) * k) / across;
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([k, own]) => {
      const [i, j] = [k % across, Math.floor(k / across)];
      const [group] = [...own].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0];
      return {
        x1: edge(i, left, right),
        x2: edge(i + 1, left, right),
        y1: edge(j, low, high),
        y2: edge(j + 1, low, high),
        group,
      };
    });
}

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
  const tone = ({ group }: { readonly group: string }): string => colours.get(group) ?? GREY;
  const marks: Plot.Markish[] = [Plot.gridX(xTicks.values, { stroke: PALE, strokeOpacity: 1 })];
  if (shown.length > DOTS) {
    const filled = squares(shown, xs, ys, ACROSS);
    const corners = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', inset: 0 } as const;
    const fill = filled.map(tone);
    marks.push(Plot.rect(filled, { ...corners, fill, shapeRendering: 'crispEdges', className: 'squares' }));
  } else {
    const fill = shown.map(tone);
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
