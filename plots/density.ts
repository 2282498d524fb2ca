/**
 * Many points as counts in square bins, coloured on a logarithmic scale, and the legend of that scale.
 *
 * The sizes of bins depend on the range alone, so that equal points give equal pictures. Empty bins are not drawn.
 */
import { largest } from '../data/index.ts';
import type { Drawing } from './panel.ts';
import { count, INK, logTicks, TEXT } from './style.ts';
import { element } from './svg.ts';
import { textWidth } from './text.ts';

export interface Bin {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly count: number;
}

export interface XY {
  readonly x: number;
  readonly y: number;
}

/** Counts of the points within [low, high]^2 in `across` times `across` bins, the upper edges included. */
export function bins(points: readonly XY[], [low, high]: readonly [number, number], across: number): Bin[] {
  const size = (high - low) / across;
  const counts = new Map<number, number>();
  for (const { x, y } of points) {
    if (!(x >= low && x <= high && y >= low && y <= high)) continue;
    const [i, j] = [x, y].map((v) => Math.min(across - 1, Math.floor((v - low) / size))) as [number, number];
    counts.set(j * across + i, (counts.get(j * across + i) ?? 0) + 1);
  }
  const edge = (k: number): number => (k === across ? high : low + k * size);
  return [...counts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([k, n]) => {
      const [i, j] = [k % across, Math.floor(k / across)];
      return { x1: edge(i), x2: edge(i + 1), y1: edge(j), y2: edge(j + 1), count: n };
    });
}

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
    const room = Math.max(textWidth('points'), BAR.width + 6 + largest(ticks.map((v) => textWidth(count(v)))));
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
