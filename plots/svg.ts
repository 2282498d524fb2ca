/**
 * SVG without a browser: the document that Plot draws into, elements, and the text of a standalone file.
 *
 * Not for the screen: no style sheet, no script, nothing outside the one svg element. Equal pictures give equal text.
 */
import { DOMParser } from 'linkedom';
import { FONT_FAMILY, INK, TEXT } from './style.ts';
import { clean } from './text.ts';

const NAMESPACE = 'http://www.w3.org/2000/svg';

export const document = new DOMParser().parseFromString(
  `<svg xmlns="${NAMESPACE}"/>`,
  'image/svg+xml',
) as unknown as Document;

export type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element with attributes and children; strings become text. */
export function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, typeof value === 'number' ? String(Math.round(value * 100) / 100) : value);
  }
  for (const child of children) {
    node.appendChild(typeof child === 'string' ? document.createTextNode(clean(child)) : child);
  }
  return node;
}

/** An empty picture of `width` by `height` pixels; `title` is its name for those who cannot see it. */
export function blank(width: number, height: number, title: string): SVGSVGElement {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return element(
    'svg',
    {
      viewBox: `0 0 ${w} ${h}`,
      width: w,
      height: h,
      'font-family': FONT_FAMILY,
      'font-size': TEXT,
      fill: INK,
      color: INK,
    },
    element('title', {}, title),
  );
}

/** The text of a file. Identifiers (Plot counts its clip paths on and on) are numbered anew in their order. */
export function svgText(svg: SVGSVGElement): string {
  svg.setAttribute('xmlns', NAMESPACE);
  const text = svg.outerHTML;
  const names = new Map<string, string>();
  for (const [, id] of text.matchAll(/\sid="([^"]+)"/g)) if (!names.has(id)) names.set(id, `id-${names.size + 1}`);
  const renamed = text.replace(/(\sid="|url\(#|href="#)([^")]+)/g, (whole, before: string, id: string) =>
    names.has(id) ? before + names.get(id) : whole,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renamed}\n`;
}
