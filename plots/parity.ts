/**
 * Predicted against labelled values on equal axes, with the diagonal and the errors written inside.
 *
 * Up to DOTS points are dots, coloured by group; more are drawn as a density, where groups are not told apart. Points
 * that are not finite are left out and counted; few outliers that would squash the rest are too (see parityRange).
 * Where the points are a sample of too many (see cloud.ts), the picture says so, and the errors are those of all.
 */
import * as Plot from '@observablehq/plot';
import { largest } from '../data/index.ts';
import { Cloud } from './cloud.ts';
import { binMarks, bins, densityLegend, shade, shareOf } from './density.ts';
import { groupColours, groupNames } from './groups.ts';
import { arrange, type Drawing, panel } from './panel.ts';
import { type Agreement, agreement, finitePoints, type ParityPoint, parityRange } from './range.ts';
import { count, GREY, linearTicks, PALE, PANEL, significant, TEXT } from './style.ts';
import { element } from './svg.ts';
import { clean, HALO, LINE, shorten, withUnit } from './text.ts';

export type { ParityPoint };

export interface ParityOptions {
  readonly title: string;
  /** As in "energy". */
  readonly quantity: string;
  /** Unit of the points, e.g. eV/atom. */
  readonly unit: string;
}

/** More points than this are drawn as a density. */
export const DOTS = 3000;
/** Bins along an axis; some four pixels each. */
const ACROSS = 72;

/** Near 1 the differences are in the fourth decimal. */
const written = (r2: number): string => (r2 < -100 ? significant(r2) : r2.toFixed(r2 > 0.99 ? 4 : 3).replace('-', '−'));

export interface ParityPanel extends Omit<ParityOptions, 'title'> {
  readonly width?: number;
  /** Above the frame (default: the quantity and its unit). */
  readonly heading?: string;
  /** Of both axes (default: what fits the points). */
  readonly range?: readonly [number, number];
  /** The error to write, in the unit of the points (default: their own): a mean over seeds need not be that of all points. */
  readonly mae?: number;
  /** Of dots without groups. */
  readonly colour?: string;
  /** What all points say, if those given are a sample of them. */
  readonly all?: Agreement | undefined;
}

/** `lines` in the upper left corner, the first one bold. */
function cornerText(lines: readonly string[]): Drawing {
  return (_index, _scales, _values, { marginLeft, marginTop, marginRight, width }) => {
    const texts = lines.map((line, k) => {
      const weight = k === 0 ? 700 : 400;
      const at = { x: marginLeft + 9, y: marginTop + 18 + k * LINE, 'font-weight': weight };
      return element('text', at, shorten(clean(line), width - marginLeft - marginRight - 18, TEXT, k === 0));
    });
    return element('g', { class: 'statistics', 'text-anchor': 'start', ...HALO }, ...texts);
  };
}

/**
 * A parity plot as a picture for savePicture.
 *
 *   const points = [{ label: -3.51, predicted: -3.48, group: 'Cu' }];
 *   await savePicture('parity', parity(points, { title: 'Test part', quantity: 'energy', unit: 'eV/atom' }));
 */
export function parity(given: readonly ParityPoint[] | Cloud, options: ParityOptions): SVGSVGElement {
  const { points, all } = given instanceof Cloud ? given : { points: given, all: undefined };
  return arrange([parityPanel(points, { ...options, all })], { title: options.title });
}

/** One of several parity plots: a network, or a part of the data. */
export interface ParityOf extends Pick<ParityPanel, 'mae' | 'colour'> {
  readonly heading: string;
  readonly cloud: Cloud;
}

/** Parity plots side by side, on axes of one range, as a picture for savePicture. `rangeOf` has all finite points. */
export function parities(
  plots: readonly ParityOf[],
  { title, columns, notes, ...shown }: ParityOptions & { readonly columns: number; readonly notes?: readonly string[] },
  rangeOf: (points: readonly ParityPoint[]) => readonly [number, number] = parityRange,
): SVGSVGElement {
  const range = rangeOf(plots.flatMap(({ cloud }) => finitePoints(cloud.points)));
  const width = columns < 3 ? PANEL : 300;
  const panels = plots.map(({ cloud: { points, all }, ...own }) =>
    parityPanel(points, { ...shown, width, range, all, ...own }),
  );
  return arrange(panels, { title: `${title}: predicted (upwards) against labelled`, columns, notes: notes ?? [] });
}

/** A parity plot as a panel of a picture. */
export function parityPanel(points: readonly ParityPoint[], options: ParityPanel): SVGSVGElement {
  const { quantity, unit, width = PANEL } = options;
  const known = finitePoints(points);
  const { count: n, notFinite, r2, ...own } = options.all ?? agreement(points);
  const mae = options.mae ?? own.mae;
  const range = options.range ?? parityRange(known);
  const within = ({ predicted, label }: ParityPoint) => [predicted, label].every((v) => v >= range[0] && v <= range[1]);
  const shown = known.filter(within);

  const lines = n === 0 ? ['no data'] : [`MAE ${significant(mae)} ${unit}`];
  if (Number.isFinite(r2)) lines.push(`R² ${written(r2)}`);
  if (n > 0) lines.push(`${count(n)} point${n === 1 ? '' : 's'}`);
  if (options.all) lines.push(`${count(known.length)} of them drawn`);
  if (shown.length < known.length) lines.push(`${count(known.length - shown.length)} outside the frame`);
  if (notFinite > 0) lines.push(`${count(notFinite)} not finite`);

  const ticks = linearTicks(...range, 5);
  const ends = { x1: '0', y1: '0', x2: '1', y2: '1' } as const;
  const marks: Plot.Markish[] = [
    Plot.gridX(ticks.values, { stroke: PALE, strokeOpacity: 1 }),
    Plot.link([range], { ...ends, stroke: GREY, strokeDasharray: '4 3', className: 'diagonal' }),
  ];
  if (shown.length > DOTS) {
    const xy = shown.map(({ label, predicted }) => ({ x: label, y: predicted }));
    const filled = bins(xy, range, range, ACROSS);
    const most = largest(filled.map((bin) => bin.points.length));
    const fill = filled.map((bin) => shade(shareOf(bin.points.length, most)));
    marks.splice(1, 0, binMarks(filled, fill, 'density'));
    marks.push(densityLegend(most));
  } else {
    const tones = groupColours(known.map(({ group }) => group));
    const fill = shown.map(({ group }) => (tones.size > 1 ? undefined : options.colour) ?? tones.get(group ?? '')!);
    marks.push(Plot.dot(shown, { x: 'label', y: 'predicted', r: 2, fill, fillOpacity: 0.6, className: 'points' }));
    if (tones.size > 1) marks.push(groupNames(tones));
  }
  marks.push(Plot.frame({ stroke: GREY }), cornerText(lines));
  return panel({
    width,
    height: 'square',
    marginRight: 8,
    heading: options.heading ?? withUnit(`${quantity}, predicted`, unit),
    xLabel: withUnit(`${quantity}, labelled`, unit),
    xTicks: ticks,
    yTicks: ticks,
    x: { domain: range },
    y: { domain: range },
    marks,
  });
}
