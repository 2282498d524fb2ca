/**
 * Names written at the right ends of curves, in their colours, instead of a legend.
 *
 * Names that would lie over each other are pushed apart; none leaves the height of the frame while there is room.
 */
import type { Drawing } from './panel.ts';
import { TEXT } from './style.ts';
import { element } from './svg.ts';
import { widest } from './text.ts';

export interface EndLabel {
  /** Value of the curve where it ends; labels of NaN are not written. */
  readonly y: number;
  readonly lines: readonly string[];
  readonly colour: string;
}

const LINE = TEXT + 2;
/** Between the frame and the labels. */
const SPACE = 7;

/**
 * Centres nearest to `wanted`, in the same order, of boxes `heights` high that do not overlap, within [low, high] while
 * they fit, else from low on.
 */
export function spread(wanted: readonly number[], heights: readonly number[], low: number, high: number): number[] {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const result = new Array<number>(wanted.length);
  let free = low;
  for (const k of order) {
    result[k] = Math.max(wanted[k], free + heights[k] / 2);
    free = result[k] + heights[k] / 2;
  }
  free = Math.max(high, low + heights.reduce((a, b) => a + b, 0));
  for (const k of order.reverse()) {
    result[k] = Math.min(result[k], free - heights[k] / 2);
    free = result[k] - heights[k] / 2;
  }
  return result;
}

/** The labels as a mark. */
export function endLabels(labels: readonly EndLabel[]): Drawing {
  return (_index, { y }, _values, { marginTop, marginRight, marginBottom, width, height }) => {
    const shown = labels.filter((label) => Number.isFinite(label.y));
    const centres = spread(
      shown.map((label) => Number(y!(label.y))),
      shown.map(({ lines }) => lines.length * LINE + 2),
      marginTop,
      height - marginBottom,
    );
    const texts = shown.flatMap(({ lines, colour }, k) =>
      lines.map((line, l) => {
        const middle = centres[k] + (l - (lines.length - 1) / 2) * LINE;
        return element(
          'text',
          { x: width - marginRight + SPACE, y: middle + 3.6, fill: colour, 'font-weight': 700 },
          line,
        );
      }),
    );
    return element('g', { class: 'names', 'text-anchor': 'start' }, ...texts);
  };
}

/** The width that labels need right of the frame, in pixels. */
export function labelWidth(labels: readonly EndLabel[]): number {
  const lines = labels.flatMap((label) => label.lines);
  return lines.length === 0 ? 0 : Math.ceil(widest(lines, TEXT, true)) + SPACE;
}

/** The height that labels need beside the frame, in pixels. */
export const labelHeight = (labels: readonly EndLabel[]): number =>
  labels.reduce((sum, { lines }) => sum + lines.length * LINE + 2, 0);
