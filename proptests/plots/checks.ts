/**
 * What every picture must be: strict XML that needs no other file, within its own edges, the same bytes each time, and
 * a PNG of twice its size. Not a test file; the tests of pictures call `wellMade`.
 */
import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { png, standalone } from '../../plots/picture.ts';
import { fonts } from '../../plots/text.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Width and height of an SVG's text. */
export function sizeOf(svg: string): Size {
  const [, width, height] = svg.match(/<svg[^>]*viewBox="0 0 (\d+) (\d+)"/) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** The two numbers of a PNG's header. */
export function pngSize(bytes: Uint8Array): Size {
  assert.equal([...bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'signature of PNG');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Draws twice and checks the rules; returns the text of the SVG. */
export function wellMade(draw: () => SVGSVGElement, image = false): string {
  const svg = standalone(draw());
  assert.is(standalone(draw()), svg, 'the same bytes twice');
  const [head] = svg.match(/<svg [^>]*>/)!;
  const { width, height } = sizeOf(svg);
  for (const part of ['xmlns="http://www.w3.org/2000/svg"', `width="${width}"`, `height="${height}"`]) {
    assert.ok(head.includes(part), `${part} in ${head}`);
  }
  assert.match(svg, /<title>[^<]*<\/title>/);
  assert.is(svg.split('<svg').length, 2, 'one svg');
  assert.not.match(svg, /<(style|script|foreignObject|image|link|use)\b|@import|var\(|\shref=/);
  for (const [, attribute] of svg.matchAll(/ ([\w-]+="[^"]*\b(?:NaN|Infinity|undefined|null)\b[^"]*")/g)) {
    assert.unreachable(attribute);
  }
  for (const [, id] of svg.matchAll(/url\(([^)]*)\)/g)) assert.ok(svg.includes(` id="${id.slice(1)}"`), `no ${id}`);
  // resvg reads XML strictly: it throws where a browser would say "XML Parsing Error".
  const box = new Resvg(svg, { font: fonts }).getBBox()!;
  const say = `${[box.x, box.y, box.width, box.height].join(' ')} in ${width} x ${height}`;
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, say);
  if (image) assert.equal(pngSize(png(svg)), { width: 2 * width, height: 2 * height });
  return svg;
}

/** The elements `name` in all groups of class `group`. */
export const marks = (svg: string, group: string, name: string): string[] =>
  svg.split(/(?=<g\b)/).flatMap((_, k, parts) => {
    if (!parts[k].split('>', 1)[0].includes(`class="${group}"`)) return [];
    // Up to where the group is closed again.
    let depth = 0;
    for (const { 0: tag, index } of parts
      .slice(k)
      .join('')
      .matchAll(/<\/?g\b[^>]*>/g)) {
      depth += tag.startsWith('</') ? -1 : 1;
      const inside = parts.slice(k).join('').slice(0, index);
      if (depth === 0) return inside.match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? [];
    }
    return [];
  });

/** What is written, without its marking up. */
export const words = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text.replace(/&lt;/g, '<').replace(/&amp;/g, '&'));

/** A number that `significant` or a tick wrote. */
export function written(text: string): number {
  const full = text.replace(/^10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])/, '1×10').replace(/−/g, '-');
  const plain = full.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (c) => String('⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c)));
  return Number(plain.replace('×10⁻', 'e-').replace('×10', 'e'));
}

/** Any number that a run may log, and some that it should not. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 1e-9, max: 1e9, noNaN: true }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1e12, 5e-324, Number.MAX_VALUE) },
);

/** Any text that a user may give as a name, with what XML cannot hold. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', ' ', '<b>&amp;</b>', 'W'.repeat(200), 'a "quoted" \u0000 name', '\ud800', 'many '.repeat(60)),
);
