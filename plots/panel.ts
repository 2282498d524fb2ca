/**
 * One coordinate system drawn by Plot, and several of them set into one picture under a title.
 *
 * A panel is cut out of the picture by nothing: what it draws beyond its size would be seen. Margins are made to fit
 * the tick labels, so give ticks as `xTicks` and `yTicks`, not through Plot's scales.
 */
import * as Plot from '@observablehq/plot';
import { largest } from '../data/index.ts';
import { GREY, PALE, TEXT, TITLE, type Ticks } from './style.ts';
import { blank, document, element } from './svg.ts';
import { clean, shorten, textWidth, widest, wrap } from './text.ts';

/** What a panel is higher than its frame. */
export const AROUND = 64;

/** A mark drawn by hand with Plot's scales. */
export type Drawing = Plot.RenderFunction;

/** Plot's picture without what only a browser with Plot's style sheet understands. */
export function plot(options: Plot.PlotOptions): SVGSVGElement {
  const drawn = Plot.plot({ ...options, document });
  if (drawn.tagName !== 'svg') {
    throw new Error(
      `Expected a plot that is one svg, got <${drawn.tagName}>: legends, captions and subtitles are HTML beside it. ` +
        'Draw labels with text marks instead.',
    );
  }
  const svg = drawn as unknown as SVGSVGElement;
  for (const style of [...svg.querySelectorAll('style')]) style.remove();
  for (const name of ['class', 'fill', 'font-family', 'font-size']) svg.removeAttribute(name);
  for (const node of [...svg.querySelectorAll('[fill^="var("], [stroke^="var("]')]) {
    for (const name of ['fill', 'stroke'])
      if (node.getAttribute(name)?.startsWith('var(')) node.setAttribute(name, 'white');
  }
  return svg;
}

/** Frames of panels one above the other are aligned unless their tick labels are wider than this. */
const LEAST_LEFT = 42;
const TOP = 28;
const BOTTOM = AROUND - TOP;

export interface PanelOptions extends Omit<Plot.PlotOptions, 'height'> {
  readonly width: number;
  /** Or what makes the frame square. */
  readonly height: number | 'square';
  /** Written above the frame, on the left, and on the right. */
  readonly heading: string;
  readonly remark?: string;
  readonly xTicks: Ticks;
  readonly yTicks: Ticks;
  readonly xLabel: string;
}

/** A panel with a pale grid, tick labels and a heading that names what is drawn upwards. */
export function panel(options: PanelOptions): SVGSVGElement {
  const { heading, remark = '', xTicks, yTicks, xLabel, height, marks = [], ...rest } = options;
  const widestOf = (ticks: Ticks): number => widest(ticks.values.map(ticks.text));
  const left = Math.max(LEAST_LEFT, rest.marginLeft ?? Math.ceil(widestOf(yTicks)) + 10);
  // Labels are centred at their ticks, and the last tick may be at the very end.
  const wide = widestOf(xTicks);
  const right = Math.max(rest.marginRight ?? 8, Math.ceil(wide / 2) - 4);
  const inner = rest.width - left - right;
  const every = Math.ceil((xTicks.values.length * (wide + 10)) / inner);
  const beside = remark === '' ? 0 : textWidth(remark) + 10;
  // The heading begins over the tick labels: it names them.
  const above = { frameAnchor: 'top', dy: -10, lineAnchor: 'bottom' } as const;
  return plot({
    ...rest,
    height: height === 'square' ? inner + AROUND : height,
    marginTop: TOP,
    marginBottom: BOTTOM,
    marginLeft: left,
    marginRight: right,
    marks: [
      Plot.gridY(yTicks.values, { stroke: PALE, strokeOpacity: 1 }),
      Plot.axisY(yTicks.values, { tickSize: 0, text: yTicks.text, label: null, fontSize: TEXT }),
      Plot.axisX(xTicks.values, {
        text: (v, k) => (k % every === 0 ? xTicks.text(v) : ''),
        label: null,
        fontSize: TEXT,
        tickSize: 4,
      }),
      Plot.frame({ anchor: 'bottom', stroke: GREY }),
      Plot.text([shorten(clean(heading), rest.width - beside, TEXT, true)], {
        ...above,
        frameAnchor: 'top-left',
        dx: -left,
        textAnchor: 'start',
        fontWeight: 700,
      }),
      Plot.text([remark], { ...above, frameAnchor: 'top-right', dx: right, textAnchor: 'end', fill: GREY }),
      Plot.text([shorten(clean(xLabel), inner)], { frameAnchor: 'bottom', dy: 32, lineAnchor: 'bottom' }),
      ...marks,
    ],
  });
}

/** Between panels, and around all. */
const GAP = 18;
const EDGE = 6;

export interface Arrangement {
  readonly title: string;
  /** Small print below. */
  readonly notes?: readonly string[];
  readonly columns?: number;
}

/**
 * Panels in rows of `columns`, lower edges aligned, with a title above and notes below, as one picture for savePicture.
 * The panels are emptied: draw them anew for another picture.
 *
 *   arrange([parityPanel(test, options), parityPanel(validation, options)], { title: 'Band gaps', columns: 2 })
 */
export function arrange(
  panels: readonly SVGSVGElement[],
  { title, notes = [], columns = 1 }: Arrangement,
): SVGSVGElement {
  const size = (svg: Element, name: string): number => Number(svg.getAttribute(name));
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, r) =>
    panels.slice(r * columns, (r + 1) * columns),
  );
  const inner = largest(rows.map((row) => row.reduce((sum, p) => sum + size(p, 'width') + GAP, -GAP)));
  const titles = wrap(clean(title), inner, 3, TITLE, true);
  const remarks = notes.flatMap((note) => wrap(clean(note), inner, 3));
  let y = titles.length === 0 ? EDGE : 12 + titles.length * (TITLE + 4);
  const parts: Element[] = titles.map((line, k) =>
    element('text', { x: EDGE, y: 18 + k * (TITLE + 4), 'font-size': TITLE, 'font-weight': 700 }, line),
  );
  for (const row of rows) {
    const height = largest(row.map((p) => size(p, 'height')));
    let x = EDGE;
    for (const svg of row) {
      const group = element('g', {
        transform: `translate(${x},${y + height - size(svg, 'height')})`,
        'text-anchor': 'middle',
      });
      group.append(...svg.childNodes);
      parts.push(group);
      x += size(svg, 'width') + GAP;
    }
    y += height + GAP;
  }
  remarks.forEach((line, k) => void parts.push(element('text', { x: EDGE, y: y + k * (TEXT + 4), fill: GREY }, line)));
  const height = y - GAP + EDGE + (remarks.length === 0 ? 0 : GAP - TEXT + remarks.length * (TEXT + 4));
  const picture = blank(inner + 2 * EDGE, height, title);
  picture.append(...parts);
  return picture;
}
