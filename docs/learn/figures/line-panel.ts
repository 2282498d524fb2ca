/** Panels of curves and dots with names at their ends, and a way to keep only the PNG of a picture. */
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { writeAtomic } from '../../../files/atomic.ts';
import { type EndLabel, endLabels, labelWidth } from '../../../plots/end-labels.ts';
import { COLOURS, GREY, png, standalone } from '../../../plots/index.ts';
import { panel } from '../../../plots/panel.ts';
import { linearTicks, logTicks, padded } from '../../../plots/style.ts';

export interface Series {
  /** Written at the end of the curve; none for a series that needs no name. */
  readonly name?: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly colour?: string;
  /** A curve (default), or dots as of values that were measured. */
  readonly kind?: 'curve' | 'dots' | 'dashes';
  /** Radius of its dots (default 3). Dots with a radius of their own are rings, so that one may lie around another. */
  readonly radius?: number;
}

export interface LinePanel {
  readonly heading: string;
  readonly xLabel: string;
  readonly width?: number;
  readonly height?: number;
  /** Range upwards (default: that of the points). */
  readonly y?: readonly [number, number];
  /** Whether upwards every step multiplies. */
  readonly isLog?: boolean;
  /** Whether dots at the ends need room. */
  readonly isWide?: boolean;
  /** Where a fine line marks a height. */
  readonly rule?: number;
}

/** Curves and dots over one axis; curves of the same names in several panels have the same colours if given in one order. */
export function linePanel(series: readonly Series[], options: LinePanel): SVGSVGElement {
  const { heading, xLabel, width = 345, height = 220, isLog = false, rule } = options;
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const xEnds = padded(xs, options.isWide ? 0.03 : 0);
  const yEnds = options.y ?? (isLog ? logarithmic(ys) : padded(ys, 0.06));
  const coloured = series.map((one, k) => ({ ...one, colour: one.colour ?? COLOURS[k % COLOURS.length] }));
  const labels = coloured.flatMap(({ name, points, colour }): EndLabel[] =>
    name === undefined ? [] : [{ y: clipped(points.at(-1)![1], yEnds), lines: name.split('\n'), colour }],
  );
  return panel({
    heading,
    xLabel,
    width,
    height,
    marginRight: labels.length > 0 ? labelWidth(labels) : 8,
    xTicks: linearTicks(...xEnds, 5),
    yTicks: isLog ? logTicks(...yEnds) : linearTicks(...yEnds, 5),
    x: { domain: [...xEnds] },
    y: { domain: [...yEnds], type: isLog ? 'log' : 'linear', clamp: false },
    marks: [
      ...(rule === undefined ? [] : [Plot.ruleY([rule], { stroke: GREY, strokeWidth: 1 })]),
      ...coloured.map(({ points, colour, kind = 'curve', radius }) => {
        const seen = points.map(([x, y]) => ({ x, y: y < yEnds[0] || y > yEnds[1] ? Number.NaN : y }));
        return kind === 'dots'
          ? Plot.dot(seen, {
              x: 'x',
              y: 'y',
              stroke: colour,
              fill: radius === undefined ? 'white' : 'none',
              r: radius ?? 3,
              strokeWidth: 1.6,
            })
          : Plot.line(seen, {
              x: 'x',
              y: 'y',
              stroke: colour,
              strokeWidth: 1.8,
              ...(kind === 'dashes' && { strokeDasharray: '5 3' }),
            });
      }),
      endLabels(labels),
    ],
  });
}

const clipped = (y: number, [low, high]: readonly [number, number]): number => Math.min(high, Math.max(low, y));

function logarithmic(ys: readonly number[]): [number, number] {
  const [low, high] = padded(ys.map(Math.log10), 0.05);
  return [10 ** low, 10 ** high];
}

/** Numbers from `first` to `last`, at equal distances. */
export const evenly = (first: number, last: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => first + ((last - first) * k) / (count - 1));

/** Writes NAME.png beside the scripts. */
export async function savePng(name: string, picture: SVGSVGElement): Promise<void> {
  await writeAtomic(fileURLToPath(new URL(`${name}.png`, import.meta.url)), png(standalone(picture, name)));
}
