/**
 * Many points in bins, their counts as colours on a logarithmic scale, and the legend of that scale.
 *
 * The sizes of bins depend on the ranges alone, so that equal points give equal pictures. Empty bins are not drawn.
 */
import * as Plot from '@observablehq/plot';
import type { Drawing } from './panel.ts';
import { count, INK, logTicks, TEXT } from './style.ts';
import { element } from './svg.ts';
import { textWidth, widest } from './text.ts';

export interface XY {
  readonly x: number;
  readonly y: number;
}

/** A part of a rectangle, and the points in it. */
export interface Bin<Point> {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly points: readonly Point[];
}

export type Range = readonly [low: number, high: number];

/** The points within both ranges in `across` times `across` bins, row by row, upper edges included. */
export function bins<Point extends XY>(points: readonly Point[], xs: Range, ys: Range, across: number): Bin<Point>[] {
  const found = new Map<number, Point[]>();
  const isWithin = (v: number, [low, high]: Range) => v >= low && v <= high;
  const place = (v: number, [low, high]: Range) =>
    Math.min(across - 1, Math.floor(((v - low) / (high - low)) * across));
  for (const point of points) {
    if (!isWithin(point.x, xs) || !isWithin(point.y, ys)) continue;
    const k = place(point.y, ys) * across + place(point.x, xs);
    const known = found.get(k);
    if (known) known.push(point);
    else found.set(k, [point]);
  }
  const edge = (k: number, [low, high]: Range) => low + ((high - low) * k) / across;
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([k, points]) => {
      const [i, j] = [k % across, Math.floor(k / across)];
      return { x1: edge(i, xs), x2: edge(i + 1, xs), y1: edge(j, ys), y2: edge(j + 1, ys), points };
    });
}

/** Bins as a mark, in these colours. */
export const binMarks = (all: readonly Bin<unknown>[], fill: readonly string[], className: string): Plot.Markish =>
  Plot.rect(all, {
    ...{ x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', inset: 0 },
    ...{ fill: fill as string[], shapeRendering: 'crispEdges', className },
  });

/** Viridis (van der Walt and Smith 2015), from its blue on: single points must stand out from white, many from few. */
const STOPS = ['#b8c9e8', '#6f97cf', '#31688e', '#21918c', '#35b779', '#a5d12f', '#fde725'];
const channels = (hex: string): number[] => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

/** The colour of a share of the scale, 0 to 1. */
export function shade(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const k = Math.min(STOPS.length - 2, Math.floor(at));
  const [a, b] = [channels(STOPS[k]), channels(STOPS[k + 1])];
  return `#${a
    .map((v, c) =>
      Math.round(v + (at - k) * (b[c] - v))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

/** The share of the scale that a count has where `most` is the largest. */
export const shareOf = (n: number, most: number): number => (most <= 1 ? 0 : Math.log(n) / Math.log(most));

const BAR = { width: 9, height: 72 };

/** The scale in the lower right corner of the frame. */
export function densityLegend(most: number): Drawing {
  return (_index, _scales, _values, { width, height, marginRight, marginBottom }) => {
    const ticks = most <= 1 ? [1] : logTicks(1, most).values.filter(Number.isInteger);
    const room = Math.max(textWidth('points'), BAR.width + 6 + widest(ticks.map(count)));
    const x = width - marginRight - room - 8;
    const y = height - marginBottom - BAR.height - 8;
    const steps = 36;
    const step = BAR.height / steps;
    const bar = Array.from({ length: steps }, (_, k) =>
      element('rect', {
        x,
        y: y + BAR.height - (k + 1) * step,
        width: BAR.width,
        height: step,
        fill: shade((k + 0.5) / steps),
        'shape-rendering': 'crispEdges',
      }),
    );
    const texts = ticks.map((v) =>
      element('text', { x: x + BAR.width + 5, y: y + BAR.height * (1 - shareOf(v, most)) + 3.6 }, count(v)),
    );
    const ground = { x: x - 5, y: y - TEXT - 13, width: room + 10, height: BAR.height + TEXT + 20 };
    return element(
      'g',
      { class: 'legend', 'text-anchor': 'start', fill: INK },
      element('rect', { ...ground, fill: 'white', 'fill-opacity': 0.85 }),
      element('text', { x, y: y - 9 }, 'points'),
      ...bar,
      ...texts,
    );
  };
}
