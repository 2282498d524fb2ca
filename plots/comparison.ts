/**
 * Strategies compared: means with standard errors, one panel per dataset with its unit.
 *
 * A strategy keeps its row and colour in all panels, in the order of first appearance; where it has no (finite) value
 * the row says so. Bars are one standard error to either side; axes need not begin at zero: read the numbers. What is no
 * network is grey; where it lies so far off that networks would not be told apart, an arrow stands for it.
 */
import * as Plot from '@observablehq/plot';
import { AROUND, arrange, panel } from './panel.ts';
import { showEstimate } from './statistics.ts';
import { colour, drawable, GREY, INK, linearTicks, PANEL, padded, TEXT } from './style.ts';
import { clean, shorten, widest, withUnit } from './text.ts';

export interface ComparisonRow {
  readonly dataset: string;
  readonly strategy: string;
  readonly mean: number;
  /** Of the mean, over seeds or folds; null (or not finite) where there is one value only. */
  readonly standardError: number | null;
  readonly unit: string;
  /** false: a predictor that has learnt nothing, such as always the median, to measure networks by (default true). */
  readonly isNetwork?: boolean;
}

export interface ComparisonOptions {
  readonly title?: string;
}

const ROW = 22;
const WIDEST_NAME = 150;

interface Cell {
  readonly y: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
  readonly tone: string;
}

/** The axis grows at most so many times for what is no network. */
const FAR = 3;
const LEFT = '← ';
const RIGHT = '→ ';
const isBeyond = ({ text }: Cell): boolean => text.startsWith(LEFT) || text.startsWith(RIGHT);

/** A dataset's row for each strategy; the mean is NaN where there is none. */
function cellsOf(dataset: string, strategies: readonly string[], rows: readonly ComparisonRow[]): Cell[] {
  const units = new Set(rows.map((row) => row.unit));
  if (units.size > 1) throw new Error(`${dataset}: expected one unit, got ${[...units].join(', ')}; convert the rows.`);
  return strategies.map((strategy, y) => {
    const found = rows.filter((row) => row.strategy === strategy);
    if (found.length > 1) {
      throw new Error(`${dataset}, ${strategy}: expected one row, got ${found.length}; average them first.`);
    }
    const { mean = Number.NaN, standardError = Number.NaN, isNetwork = true } = found[0] ?? {};
    const half = standardError !== null && drawable(standardError) ? Math.abs(standardError) : 0;
    const text = drawable(mean) ? showEstimate({ mean, standardError: half }) : 'no value';
    return { y, mean, low: mean - half, high: mean + half, text, tone: isNetwork ? colour(y) : GREY };
  });
}

const ends = (cells: readonly Cell[]): number[] => cells.flatMap(({ low, high }) => [low, high]);

/** The range of an axis, and the cells with an arrow for each that is no network and lies too far off. */
function placed(cells: readonly Cell[]): { domain: [number, number]; cells: Cell[] } {
  const known = cells.filter(({ mean }) => drawable(mean));
  const all = padded(ends(known), 0.08);
  const own = padded(ends(known.filter(({ tone }) => tone !== GREY)), 0.08);
  const networks = known.filter(({ tone }) => tone !== GREY).length;
  if (networks < 2 || all[1] - all[0] <= FAR * (own[1] - own[0])) return { domain: all, cells: [...cells] };
  const arrow = (cell: Cell) => {
    if (cell.tone !== GREY || !drawable(cell.mean) || (cell.low >= own[0] && cell.high <= own[1])) return cell;
    return { ...cell, text: (cell.mean > own[0] ? RIGHT : LEFT) + cell.text };
  };
  return { domain: own, cells: cells.map(arrow) };
}

/** What a panel shows: the cells of a dataset, and the range of its axis. */
interface Content {
  readonly dataset: string;
  readonly unit: string;
  readonly domain: [number, number];
  readonly cells: readonly Cell[];
}

/** Bars with ends, dots at the means, and the numbers right of the frame. */
function marksOf(cells: readonly Cell[]): Plot.Markish[] {
  const known = cells.filter((cell) => drawable(cell.mean) && !isBeyond(cell));
  const bars = known.filter(({ low, high }) => high > low);
  const line = { stroke: bars.map(({ tone }) => tone), strokeWidth: 1.5 };
  const end = { y1: bars.map(({ y }) => y - 0.2), y2: bars.map(({ y }) => y + 0.2), ...line, className: 'ends' };
  return [
    Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'y', ...line, className: 'errors' }),
    Plot.ruleX(bars, { ...end, x: 'low' }),
    Plot.ruleX(bars, { ...end, x: 'high' }),
    Plot.dot(known, { x: 'mean', y: 'y', r: 3.5, fill: known.map(({ tone }) => tone), className: 'means' }),
    Plot.text(cells, {
      y: 'y',
      text: 'text',
      frameAnchor: 'right',
      textAnchor: 'start',
      dx: 8,
      fill: cells.map(({ mean }) => (drawable(mean) ? INK : GREY)),
      fontSize: TEXT,
    }),
  ];
}

/** What bars and arrows are, where there are any. */
function notesOf(cells: readonly Cell[]): string[] {
  const notes: string[] = [];
  if (cells.some(({ low, high }) => high > low)) notes.push('Bars: one standard error to either side.');
  if (cells.some(isBeyond)) notes.push('Arrows: further off than the axis reaches.');
  return notes;
}

/**
 * Means of strategies on datasets as a picture for savePicture. Throws where a dataset has several units, or a strategy
 * several rows of one dataset.
 *
 *   const row = { dataset: 'phonons', unit: '1/cm', strategy: 'pre-trained', mean: 41.2, standardError: 0.9 };
 *   await savePicture('compared', comparison([row], { title: 'Fine-tuning' }));
 */
export function comparison(
  rows: readonly ComparisonRow[],
  { title = 'Comparison' }: ComparisonOptions = {},
): SVGSVGElement {
  const strategies = [...new Set(rows.map((row) => row.strategy))];
  const datasets = rows.length === 0 ? ['no data'] : [...new Set(rows.map((row) => row.dataset))];
  const names = strategies.map((name) => shorten(clean(name), WIDEST_NAME));
  const contents = datasets.map((dataset): Content => {
    const own = rows.filter((row) => row.dataset === dataset);
    return { dataset, unit: own[0]?.unit ?? '', ...placed(cellsOf(dataset, strategies, own)) };
  });
  const all = contents.flatMap(({ cells }) => cells);
  const lines = Math.max(1, strategies.length);
  const panels = contents.map(({ dataset, unit, domain, cells }) =>
    panel({
      width: PANEL,
      height: AROUND + ROW * lines,
      marginLeft: Math.ceil(widest(names)) + 12,
      marginRight: Math.ceil(widest(all.map(({ text }) => text))) + 10,
      heading: dataset,
      xLabel: withUnit('MAE', unit),
      xTicks: linearTicks(...domain, 3),
      yTicks: { values: cells.map(({ y }) => y), text: (y) => names[y] },
      x: { domain },
      y: { domain: [lines - 0.5, -0.5] },
      marks: marksOf(cells),
    }),
  );
  return arrange(panels, { title, columns: Math.min(2, panels.length), notes: notesOf(all) });
}
