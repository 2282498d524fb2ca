/** PNG files: decoded again, they are the pixels that were given, exactly or nearly, and equal pixels give equal bytes. */
import { inflateSync } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodePng, type Pixels } from '../../files/png.ts';
import { parity } from '../../plots/parity.ts';
import { png, standalone } from '../../plots/picture.ts';
import { fonts } from '../../plots/text.ts';
import { check } from '../support/check.ts';
import { pngSize } from './checks.ts';

/** CRC-32 by its definition, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (rest ^ 0xffffffff) >>> 0;
}

/** The data of a file's parts by their names, their checksums checked. */
function partsOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const file = Buffer.from(bytes);
  const parts = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const named = file.subarray(at + 4, at + 8 + length);
    assert.is(file.readUInt32BE(at + 8 + length), crc32(named), 'checksum');
    parts.set(named.subarray(0, 4).toString('latin1'), named.subarray(4));
    at += 12 + length;
  }
  return parts;
}

/** Red, green and blue of every pixel of a PNG with a palette and without filters. */
function decoded(bytes: Uint8Array): Uint8Array {
  const { width, height } = pngSize(bytes);
  const parts = partsOf(bytes);
  assert.equal([...parts.keys()], ['IHDR', 'PLTE', 'IDAT', 'IEND']);
  assert.equal([...parts.get('IHDR')!.subarray(8)], [8, 3, 0, 0, 0]);
  const palette = parts.get('PLTE')!;
  const rows = inflateSync(parts.get('IDAT')!);
  assert.is(rows.length, (width + 1) * height);
  const result = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    assert.is(rows[y * (width + 1)], 0, 'no filter');
    for (let x = 0; x < width; x++) {
      const place = 3 * rows[y * (width + 1) + 1 + x];
      assert.ok(place < palette.length, 'in the palette');
      result.set(palette.subarray(place, place + 3), 3 * (y * width + x));
    }
  }
  return result;
}

/** The largest difference of a channel, and the mean over all pixels and channels. */
function difference({ width, height, pixels }: Pixels, shown: Uint8Array): { largest: number; mean: number } {
  let [most, sum] = [0, 0];
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) {
      const error = Math.abs(pixels[4 * k + c] - shown[3 * k + c]);
      most = Math.max(most, error);
      sum += error;
    }
  }
  return { largest: most, mean: sum / (3 * width * height) };
}

/** Pixels of random colours out of a list, or of any colour where there is no list. */
const pixelsOf = (most: number): fc.Arbitrary<Pixels> =>
  fc
    .record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      colours: fc.array(fc.nat(0xffffff), { minLength: 1, maxLength: most, size: 'max' }),
      step: fc.integer({ min: 1, max: 1000 }),
    })
    .map(({ width, height, colours, step }) => {
      const pixels = new Uint8Array(4 * width * height);
      for (let k = 0; k < width * height; k++) {
        const colour = colours[(k * step) % colours.length];
        pixels.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], 4 * k);
      }
      return { width, height, pixels };
    });

test('at most 256 colours are kept exactly', () =>
  check(
    pixelsOf(256),
    (picture) => {
      const bytes = encodePng(picture);
      assert.equal(pngSize(bytes), { width: picture.width, height: picture.height });
      assert.is(difference(picture, decoded(bytes)).largest, 0);
      assert.equal(encodePng({ ...picture, pixels: picture.pixels.slice() }), bytes, 'the same bytes twice');
    },
    60,
  ));

test('more colours are nearly kept, even where all are random, and areas of one colour exactly', () =>
  check(
    pixelsOf(2000),
    ({ width, height, pixels }) => {
      // The right half is white, as the ground of pictures is.
      const white = Array.from({ length: width * height }, (_, k) => 2 * (k % width) >= width);
      const picture = { width, height, pixels: pixels.map((v, k) => (white[k >> 2] ? 255 : v)) };
      const shown = decoded(encodePng(picture));
      // 256 boxes of even size have sides of at most 256 / 4.
      assert.ok(difference(picture, shown).largest <= 64);
      if (width * height > 100) white.forEach((is, k) => void (is && assert.is(shown[3 * k], 255)));
    },
    30,
  ));

test('a picture of many dots over each other is small, and differs from its rendering nowhere much', () => {
  const points = Array.from({ length: 3000 }, (_, k) => {
    const label = Math.sin(k * k) + Math.cos(7 * k);
    return { label, predicted: label + 0.3 * Math.sin(k ** 3), group: `seed ${k % 6}` };
  });
  const svg = standalone(parity(points, { title: 'Energies', quantity: 'energy', unit: 'eV' }));
  const options = { font: fonts, background: 'white', fitTo: { mode: 'zoom', value: 2 } } as const;
  const rendered = new Resvg(svg, options).render();
  const { width, height, pixels } = rendered;
  const colours = new Set(new Uint32Array(Uint8Array.from(pixels).buffer));
  assert.ok(colours.size > 256, `${colours.size} colours`);
  const bytes = png(svg);
  assert.ok(bytes.length < 150_000 && bytes.length < rendered.asPng().length / 2, `${bytes.length} bytes`);
  const { largest, mean } = difference({ width, height, pixels }, decoded(bytes));
  assert.ok(largest <= 48 && mean < 1, `largest difference ${largest}, mean ${mean}`);
});

test.run();
