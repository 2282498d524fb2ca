/**
 * Saving a picture: a standalone SVG and a PNG of it, twice as fine, on white.
 *
 * Equal pictures give equal bytes; each file is there completely or not at all. Not a place for drawing.
 */
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { PlotOptions } from '@observablehq/plot';
import { Resvg } from '@resvg/resvg-js';
import { writeAtomic } from '../files/atomic.ts';
import { encodePng } from '../files/png.ts';
import { arrange, plot } from './panel.ts';
import { svgText } from './svg.ts';
import { fonts } from './text.ts';

export type Picture = PlotOptions | SVGSVGElement;

const isElement = (picture: Picture): picture is SVGSVGElement => 'outerHTML' in picture;

/** The text of the SVG; `name` is the title of a picture that has none. */
export function standalone(picture: Picture, name = 'picture'): string {
  if (isElement(picture)) return svgText(picture);
  const { title, caption, ...options } = picture;
  const text = (part: unknown): string => (typeof part === 'string' ? part : '');
  return svgText(arrange([plot(options)], { title: text(title) || name, notes: [text(caption)] }));
}

/** The text of an SVG as the bytes of a PNG, two pixels for each of its own, on white. */
export const png = (svg: string): Uint8Array =>
  encodePng(new Resvg(svg, { font: fonts, background: 'white', fitTo: { mode: 'zoom', value: 2 } }).render());

/**
 * Writes `path`.svg and `path`.png, and the folders above them. Of a specification of Observable Plot, title and caption
 * (strings) are drawn into the picture; one with a legend is refused, since Plot draws legends in HTML.
 *
 *   await savePicture('out/line', { title: 'A line', marks: [Plot.line([[0, 1], [1, 3]])] });
 */
export async function savePicture(path: string, picture: Picture): Promise<void> {
  const svg = standalone(picture, basename(path));
  const image = png(svg);
  await mkdir(dirname(path), { recursive: true });
  await writeAtomic(`${path}.svg`, new TextEncoder().encode(svg));
  await writeAtomic(`${path}.png`, image);
}
