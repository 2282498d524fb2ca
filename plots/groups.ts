/**
 * Colours of groups of points, and what tells which is which: names inside a frame, or a legend beside it.
 *
 * The largest groups have the colours that there are; those that are left over are grey, and are only counted.
 */
import type { Drawing } from './panel.ts';
import { COLOURS, GREY, TEXT } from './style.ts';
import { element } from './svg.ts';
import { clean, HALO, LINE, shorten } from './text.ts';

const WIDEST_NAME = 110;
const LEGEND_LINE = TEXT + 8;

/** The different names, the most frequent first; of equal ones the first in the alphabet. */
export function bySize(names: readonly string[]): string[] {
  const sizes = new Map<string, number>();
  for (const name of names) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  return [...sizes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
}

/**
 * The colour of each group, given the group of every point; groups are in order of size. Points without a group are in
 * the group ''.
 *
 *   groupColours(['Cu', 'Ag', 'Cu'])  // Map { 'Cu' => '#0072B2', 'Ag' => '#D55E00' }
 */
export function groupColours(groups: readonly (string | undefined)[]): Map<string, string> {
  const ordered = bySize(groups.map((group) => group ?? ''));
  const all = ordered.length <= COLOURS.length ? COLOURS : COLOURS.slice(0, -1);
  return new Map(ordered.map((name, k) => [name, all[k] ?? GREY]));
}

/** Names with their colours, and how many groups have no colour of their own. */
function named(colours: ReadonlyMap<string, string>): (readonly [name: string, tone: string])[] {
  const own = [...colours].filter(([, tone]) => tone !== GREY);
  const rest = colours.size - own.length;
  return rest === 0 ? own : [...own, [`${rest} others`, GREY]];
}

/** The names of groups in their colours, in the lower right corner of a frame. */
export function groupNames(colours: ReadonlyMap<string, string>): Drawing {
  const lines = named(colours);
  return (_index, _scales, _values, { width, height, marginRight, marginBottom }) => {
    const texts = lines.map(([name, fill], k) => {
      const at = { x: width - marginRight - 8, y: height - marginBottom - 8 - (lines.length - 1 - k) * LINE, fill };
      return element('text', at, shorten(clean(name || 'no group'), WIDEST_NAME, TEXT, true));
    });
    return element('g', { class: 'groups', 'text-anchor': 'end', 'font-weight': 700, ...HALO }, ...texts);
  };
}

/** Names of groups beside their colours, as a panel of its own, `width` pixels wide, in one or more columns. */
export function legendPanel(colours: ReadonlyMap<string, string>, width: number, columns = 1): SVGSVGElement {
  const lines = named(colours);
  const rows = Math.ceil(lines.length / columns);
  const parts = lines.flatMap(([name, tone], k) => {
    const [x, y] = [14 + Math.floor(k / rows) * (width / columns), 8 + (k % rows) * LEGEND_LINE];
    return [
      element('rect', { x, y, width: 10, height: 10, fill: tone }),
      element('text', { x: x + 17, y: y + 9, 'text-anchor': 'start' }, name),
    ];
  });
  return element('svg', { width, height: rows * LEGEND_LINE + 10 }, ...parts);
}
