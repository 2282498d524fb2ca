/**
 * Text in pictures: the font files, how wide a text is, and texts made to fit. Widths are measured with the renderer
 * of the PNGs, so that no label is cut.
 */
import { createRequire } from 'node:module';
import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';
import { largest } from '../data/lists.ts';
import { FONT_FAMILY, TEXT } from './style.ts';

/** Height of a line of text in a frame, and the pale ground that makes it readable over data. */
export const LINE = TEXT + 4;
export const HALO = {
  stroke: 'white',
  'stroke-width': 5,
  'stroke-linejoin': 'round',
  'paint-order': 'stroke',
} as const;

const require = createRequire(import.meta.url);
const file = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** Only the fonts that come with the program: a bare machine has none, and pictures are the same everywhere. */
export const fonts: NonNullable<ResvgRenderOptions['font']> = {
  loadSystemFonts: false,
  fontFiles: [file('DejaVuSans'), file('DejaVuSans-Bold')],
  defaultFontFamily: 'DejaVu Sans',
};

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** What XML 1.0 can hold: no control characters, no halves of pairs. */
export const clean = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  text.replace(LONE_SURROGATE, '\ufffd').replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]+/g, ' ');

const escaped = (text: string): string => clean(text).replace(/&/g, '&amp;').replace(/</g, '&lt;');
const widths = new Map<string, number>();

/** Width of `text` in pixels. */
export function textWidth(text: string, size = TEXT, bold = false): number {
  const key = `${size} ${bold} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    // Bars at both ends, so that spaces there count and the box starts where the text does.
    const box = (inner: string) =>
      new Resvg(
        `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text font-family="${FONT_FAMILY}" ` +
          `font-size="${size}" font-weight="${bold ? 700 : 400}">|${inner}|</text></svg>`,
        { font: fonts },
      ).getBBox()?.width ?? 0;
    width = Math.max(0, box(escaped(text)) - box(''));
    widths.set(key, width);
  }
  return width;
}

/** Width of the widest of `texts` in pixels; 0 without any. */
export const widest = (texts: readonly string[], size = TEXT, bold = false): number =>
  largest(
    texts.map((text) => textWidth(text, size, bold)),
    0,
  );

/** What is drawn and its unit, as in "energy (eV)"; a quantity without a unit stands alone. */
export const withUnit = (name: string, unit: string): string => name + (unit === '' ? '' : ` (${unit})`);

/** `text`, or as much of its beginning as fits into `width` pixels, with an ellipsis. */
export function shorten(text: string, width: number, size = TEXT, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const letters = [...text];
  let [fits, tooLong] = [0, letters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (textWidth(`${letters.slice(0, middle).join('')}…`, size, bold) <= width) fits = middle;
    else tooLong = middle;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}

/** `text` broken at spaces into at most `most` lines of at most `width` pixels; what is too long is shortened. */
export function wrap(text: string, width: number, most: number, size = TEXT, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size, bold) <= width) lines[lines.length - 1] = longer;
    else if (lines.length < most) lines.push(shorten(word, width, size, bold));
    else {
      lines[most - 1] = shorten(longer, width, size, bold);
      break;
    }
  }
  return lines;
}
