/**
 * Words inside the frame of a scatter plot: lines of numbers at the upper left, names of groups at the lower right.
 *
 * They lie over the data, on a pale halo; the corners off the diagonal are the emptiest.
 */
import type { Drawing } from './panel.ts';
import { COLOURS, GREY, TEXT } from './style.ts';
import { element } from './svg.ts';
import { clean, shorten } from './text.ts';

const LINE = TEXT + 4;
const WIDEST_NAME = 110;
const halo = { stroke: 'white', 'stroke-width': 5, 'stroke-linejoin': 'round', 'paint-order': 'stroke' } as const;

/** `lines` in the upper left corner, the first one bold. */
export function statistics(lines: readonly string[]): Drawing {
  return (_index, _scales, _values, { marginLeft, marginTop, marginRight, width }) => {
    const texts = lines.map((line, k) => {
      const weight = k === 0 ? 700 : 400;
      const at = { x: marginLeft + 9, y: marginTop + 18 + k * LINE, 'font-weight': weight };
      return element('text', at, shorten(clean(line), width - marginLeft - marginRight - 18, TEXT, k === 0));
    });
    return element('g', { class: 'statistics', 'text-anchor': 'start', ...halo }, ...texts);
  };
}

/** A colour for each group, by size; the smallest share grey where colours run out. Groups are in order of size. */
export function groupColours(groups: readonly (string | undefined)[]): Map<string, string> {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group ?? '', (sizes.get(group ?? '') ?? 0) + 1);
  const ordered = [...sizes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
  const all = ordered.length <= COLOURS.length ? COLOURS : COLOURS.slice(0, -1);
  return new Map(ordered.map((name, k) => [name, all[k] ?? GREY]));
}

/** The names of groups in their colours in the lower right corner. */
export function groupNames(colours: ReadonlyMap<string, string>): Drawing {
  const named = [...colours]
    .filter(([, tone]) => tone !== GREY)
    .map(([name, tone]) => [name || 'no group', tone] as const);
  const rest = colours.size - named.length;
  const lines = rest === 0 ? named : [...named, [`${rest} others`, GREY] as const];
  return (_index, _scales, _values, { width, height, marginRight, marginBottom }) => {
    const texts = lines.map(([name, fill], k) => {
      const at = { x: width - marginRight - 8, y: height - marginBottom - 8 - (lines.length - 1 - k) * LINE, fill };
      return element('text', at, shorten(clean(name), WIDEST_NAME, TEXT, true));
    });
    return element('g', { class: 'groups', 'text-anchor': 'end', 'font-weight': 700, ...halo }, ...texts);
  };
}
