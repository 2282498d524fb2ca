/**
 * The loss curves: an SVG with one curve for each engine, drawn anew at every frame in which something came.
 *
 * Thin: the loss of each batch. Thick: its mean over the last steps, since batches differ. Colours and text
 * come from style.css (`curve cpu`, `axis`, ...).
 */
import { linearTicks, logTicks } from '../plots/style.ts';
import { ENGINES, type EngineName } from './messages.ts';

export type Losses = Readonly<Partial<Record<EngineName, readonly number[]>>>;

/** Steps over which losses are averaged, in a run of `steps`. */
export const windowOf = (steps: number): number => Math.max(20, Math.ceil(steps / 50));
const [WIDTH, HEIGHT] = [860, 360];
const MARGIN = { left: 58, right: 84, top: 14, bottom: 40 };
/** More points than this would not be seen. */
const MOST_POINTS = 1500;
/** Labels at the ends of curves keep this distance. */
const LINE = 16;

/** Mean of the last `window` values (or of all, if there are fewer) at every place. */
export function runningMean(values: readonly number[], window: number): number[] {
  let sum = 0;
  return values.map((value, k) => {
    sum += value - (k >= window ? values[k - window] : 0);
    return sum / Math.min(k + 1, window);
  });
}

const node = (tag: string, attributes: Readonly<Record<string, string | number>>, text = ''): string =>
  `<${tag} ${Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ')}>${text}</${tag}>`;

interface Scales {
  readonly x: (step: number) => number;
  readonly y: (loss: number) => number;
}

function path(values: readonly number[], { x, y }: Scales): string {
  const every = Math.ceil(values.length / MOST_POINTS);
  const points = values.flatMap((value, k) =>
    k % every === 0 || k === values.length - 1 ? [`${x(k + 1).toFixed(1)},${y(value).toFixed(1)}`] : [],
  );
  return `M${points.join('L')}`;
}

function axes(low: number, high: number, steps: number, { x, y }: Scales): string {
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const powers = logTicks(low, high);
  // Little has changed yet: no round number of a logarithm is in sight.
  const losses = powers.values.length < 2 ? linearTicks(low, high, 4) : powers;
  const rows = losses.values.map(
    (value) =>
      node('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }) +
      node('text', { class: 'tick', x: MARGIN.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, losses.text(value)),
  );
  const ticks = linearTicks(0, steps, 6);
  const columns = ticks.values.map((value) =>
    node('text', { class: 'tick', x: x(value), y: bottom + 18, 'text-anchor': 'middle' }, ticks.text(value)),
  );
  return [
    ...rows,
    ...columns,
    node('line', { class: 'axis', x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }),
    node('text', { class: 'title', x: (MARGIN.left + right) / 2, y: HEIGHT - 4, 'text-anchor': 'middle' }, 'step'),
    node(
      'text',
      { class: 'title', transform: `translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' },
      'loss: mean errors in eV/atom + eV/Å + eV/Å³',
    ),
  ].join('');
}

/** The inside of the SVG: axes for `steps` steps, and all curves. */
export function drawLosses(losses: Losses, steps: number): string {
  const curves = (Object.keys(ENGINES) as EngineName[]).flatMap((engine) => {
    const values = losses[engine] ?? [];
    return values.length === 0 ? [] : [{ engine, values, means: runningMean(values, windowOf(steps)) }];
  });
  const all = curves.flatMap(({ values }) => values);
  const [low, high] =
    all.length === 0 ? [0.2, 1] : [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const [bottom, top] = [Math.log(low / 1.15), Math.log(high * 1.15)];
  const longest = Math.max(steps, ...curves.map(({ values }) => values.length));
  const scales: Scales = {
    x: (step) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * step) / longest,
    y: (loss) =>
      HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * (Math.log(loss) - bottom)) / (top - bottom),
  };
  const lines = curves.map(
    ({ engine, values, means }) =>
      node('path', { class: `batch ${engine}`, d: path(values, scales) }) +
      node('path', { class: `curve ${engine}`, d: path(means, scales) }),
  );
  // Names at the ends of curves, pushed apart where they would overlap.
  const ends = curves.map(({ engine, means }) => ({
    engine,
    x: scales.x(means.length) + 7,
    y: scales.y(means[means.length - 1]) + 4,
  }));
  ends.sort((a, b) => a.y - b.y);
  ends.forEach((end, k) => {
    if (k > 0) end.y = Math.max(end.y, ends[k - 1].y + LINE);
  });
  const names = ends.map(({ engine, x, y }) => node('text', { class: `name ${engine}`, x, y }, ENGINES[engine]));
  return axes(Math.exp(bottom), Math.exp(top), longest, scales) + lines.join('') + names.join('');
}

export const VIEW = `0 0 ${WIDTH} ${HEIGHT}`;
