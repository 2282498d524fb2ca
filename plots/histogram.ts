/**
 * How often values occur: bars over equal steps of a linear or logarithmic axis, the median as a line.
 *
 * Values far from the others are left out of the frame and counted in the remark (see uncrowdedRange); so are values
 * that a logarithm does not have.
 */
import * as Plot from '@observablehq/plot';

import { largest } from '../data/lists.ts';
import { medianOfSorted, sorted } from '../data/statistics.ts';
import { panel } from './panel.ts';
import { uncrowdedRange } from './range.ts';
import { colour, count, drawable, GREY, linearTicks, logTicks, PANEL, padded, significant } from './style.ts';
import { withUnit } from './text.ts';

export interface HistogramOptions {
  /** What was counted, as in "structures". */
  readonly counted: string;
  readonly quantity: string;
  readonly unit: string;
  /** Default linear. */
  readonly scale?: 'linear' | 'log';
  readonly width?: number;
  readonly height?: number;
  /** Written above the frame instead of what was counted. */
  readonly heading?: string;
}

const MOST_BINS = 40;

/** Bins between `low` and `high`: of whole numbers no narrower than 1. */
function edgesOf(low: number, high: number, whole: boolean): Float64Array {
  if (!whole) return Float64Array.from({ length: MOST_BINS + 1 }, (_, k) => low + ((high - low) * k) / MOST_BINS);
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  const step = Math.ceil((last - first + 1) / MOST_BINS);
  const bins = Math.ceil((last - first + 1) / step);
  return Float64Array.from({ length: bins + 1 }, (_, k) => first - 0.5 + k * step);
}

/** How many values are in each bin, the last edge included. */
export function counted(values: Iterable<number>, edges: Float64Array): Int32Array {
  const bins = new Int32Array(edges.length - 1);
  const [low, high] = [edges[0], edges.at(-1)!];
  for (const v of values) {
    if (!(v >= low && v <= high)) continue;
    let k = Math.min(bins.length - 1, Math.floor(((v - low) / (high - low)) * bins.length));
    // Rounding may put a value next to an edge on its other side.
    while (k > 0 && v < edges[k]) k--;
    while (k < bins.length - 1 && v >= edges[k + 1]) k++;
    bins[k]++;
  }
  return bins;
}

/**
 * A histogram as a panel for `arrange`. Values that are not finite are counted as outside.
 *
 *   const panel = histogramPanel([1.2, 0.3, 0.7], { counted: 'structures', quantity: 'gap', unit: 'eV' });
 *   await savePicture('gaps', arrange([panel], { title: 'Band gaps' }));
 */
export function histogramPanel(given: ArrayLike<number>, options: HistogramOptions): SVGSVGElement {
  const { counted: what, quantity, unit, scale = 'linear', width = PANEL, height = 200, heading = what } = options;
  const log = scale === 'log';
  const values = Float64Array.from(given);
  const known = values.filter((v) => drawable(v) && (!log || v > 0));
  const onAxis = log ? known.map(Math.log10) : known;
  const whole = !log && known.every(Number.isInteger);
  const [low, high] = known.length === 0 ? [0, 1] : uncrowdedRange(onAxis);
  const edges = edgesOf(low, high, whole);
  const bins = counted(onAxis, edges);
  const at = (x: number): number => (log ? 10 ** x : x);
  const bars = [...bins].flatMap((n, k) => (n === 0 ? [] : [{ x1: at(edges[k]), x2: at(edges[k + 1]), n }]));
  const inside = bins.reduce((sum, n) => sum + n, 0);
  const domain = [at(edges[0]), at(edges.at(-1)!)] as [number, number];
  const middle = medianOfSorted(sorted(values.filter(drawable)));
  const highest = padded([0, largest(bins, 1)], 0)[1] * 1.05;
  const remarks =
    known.length === 0 ? ['no data'] : [`median ${Number.isInteger(middle) ? count(middle) : significant(middle)}`];
  if (inside < values.length) remarks.push(`${count(values.length - inside)} outside`);
  const counts = linearTicks(0, highest, height / 50);
  return panel({
    width,
    height,
    marginRight: 8,
    heading,
    remark: remarks.join(', '),
    xLabel: withUnit(quantity, unit),
    xTicks: log ? logTicks(...domain) : linearTicks(...domain, width / 70),
    yTicks: { values: counts.values.filter(Number.isInteger), text: count },
    x: { domain, type: log ? 'log' : 'linear' },
    y: { domain: [0, highest] },
    marks: [
      Plot.rect(bars, { x1: 'x1', x2: 'x2', y1: 0, y2: 'n', fill: colour(4), inset: 0.4, className: 'bars' }),
      ...(middle >= domain[0] && middle <= domain[1]
        ? [Plot.ruleX([middle], { stroke: colour(1), strokeWidth: 1.5, className: 'median' })]
        : []),
      Plot.frame({ anchor: 'bottom', stroke: GREY }),
    ],
  });
}
