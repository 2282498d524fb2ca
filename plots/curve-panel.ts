/**
 * One panel of curves against the epoch: lines, dots where there are few, the best epoch, names at the ends.
 *
 * Without a single finite value it says "no data" instead. Curves are drawn in the order given.
 */
import * as Plot from '@observablehq/plot';
import { type EndLabel, endLabels } from './end-labels.ts';
import { panel } from './panel.ts';
import type { Point } from './series.ts';
import { drawable, GREY, linearTicks, logTicks, padded, SMALLEST, significant, TEXT } from './style.ts';
import { clean, withUnit, wrap } from './text.ts';

export interface Curve {
  readonly label: string;
  readonly points: readonly Point[];
  readonly colour: string;
  /** Epoch to be marked. */
  readonly best: number | undefined;
}

export interface CurvePanel {
  readonly width: number;
  readonly height: number;
  readonly marginRight: number;
  readonly unit: string;
  readonly xEnds: readonly [number, number];
  /** A learning rate: linear, without dots. */
  readonly plain?: boolean;
}

/** A curve of at most so many values shows them as dots. */
const FEW = 20;
const WIDEST_NAME = 100;

const isPoint = ({ x, y }: Point): boolean => drawable(x) && drawable(y);

/** The value of a curve at its best epoch, if it has one there. */
const bestOf = ({ points, best }: Curve): Point | undefined => points.find((p) => p.x === best && isPoint(p));

/** The names of curves, where there are several. */
export const curveNames = (curves: readonly Curve[]): EndLabel[] =>
  (curves.length > 1 ? curves : []).map(({ points, colour, label }) => ({
    y: points.filter(isPoint).at(-1)?.y ?? Number.NaN,
    lines: wrap(clean(label), WIDEST_NAME, 2, TEXT, true),
    colour,
  }));

/** The range of an axis: from zero where that costs at most half of it. */
function range(ys: readonly number[], plain: boolean): { domain: [number, number]; log: boolean } {
  const [low, high] = padded(ys, 0);
  const [small, large] = padded(ys, 0.05);
  if (low > SMALLEST && high / low >= 10 && !plain) {
    const [a, b] = padded(ys.map(Math.log10), 0.05);
    return { domain: [10 ** a, 10 ** b], log: true };
  }
  return { domain: [low >= 0 && low < high / 2 ? 0 : small, large], log: false };
}

const xy = { x: 'x', y: 'y' } as const;

/** A curve as marks: its line, dots where they are needed, and a circle at its best epoch. */
function marksOf(curve: Curve, plain: boolean): Plot.Markish[] {
  const { points, colour } = curve;
  // A value between gaps is not seen as a line.
  const near = (k: number) => points[k] !== undefined && isPoint(points[k]);
  const all = points.length <= FEW && !plain;
  const dots = points.filter((p, k) => isPoint(p) && (all || !(near(k - 1) || near(k + 1))));
  const marks: Plot.Markish[] = [
    Plot.line(points, { ...xy, stroke: colour, strokeWidth: 1.6 }),
    Plot.dot(dots, { ...xy, fill: colour, r: 2, className: 'values' }),
  ];
  const best = bestOf(curve);
  const circle = { ...xy, r: 4, stroke: colour, fill: 'white', strokeWidth: 2, className: 'best' };
  if (best) marks.push(Plot.dot([best], circle));
  return marks;
}

/** The curves as a panel of a picture. */
export function curvePanel(curves: readonly Curve[], options: CurvePanel): SVGSVGElement {
  const { unit, xEnds, plain = false, ...size } = options;
  const labels = curves.map((curve) => curve.label);
  const ys = curves.flatMap(({ points }) => points.filter(isPoint).map((p) => p.y));
  const { domain, log } = range(ys, plain);
  const [first, end] = xEnds[0] === xEnds[1] ? [xEnds[0] - 0.5, xEnds[1] + 0.5] : xEnds;
  const epochs = linearTicks(first, end, 5).values.filter(Number.isInteger);
  const marks = curves.flatMap((curve) => marksOf(curve, plain));
  if (ys.length === 0) marks.push(Plot.text(['no data'], { frameAnchor: 'middle', fill: GREY, stroke: 'white' }));
  marks.push(endLabels(curveNames(curves)));
  const best = curves.length === 1 ? bestOf(curves[0]) : undefined;
  return panel({
    ...size,
    heading: withUnit(labels.join(', '), unit),
    remark: best ? `${significant(best.y)} at best epoch ${best.x}` : '',
    xTicks: { values: epochs, text: (v) => v.toFixed(0) },
    yTicks: log ? logTicks(...domain) : linearTicks(...domain, size.height / 40),
    xLabel: 'epoch',
    x: { domain: [first, end] },
    y: { domain, type: log ? 'log' : 'linear' },
    marks,
  });
}
