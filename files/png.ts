/**
 * Pixels as a PNG file with a palette: a table of at most 256 colours, and one byte for each pixel that points into it.
 *
 * Pictures of at most 256 colours are kept exactly. More of them come from smooth edges and from dots over each other;
 * similar ones are merged then (see palette.ts). The format is that of https://www.w3.org/TR/png-3/. Equal pixels give
 * equal bytes.
 */
import { deflateSync } from 'node:zlib';
import { type Counts, channel, medianCut, SHIFTS } from './palette.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of every pixel, 0 to 255, row by row from the top. The opacity is not read. */
  readonly pixels: Uint8Array;
}

/** The palette is halved, but not below FEWEST colours, while the compressed pixels take more bytes than this. */
const MOST_BYTES = 149_000;
const MOST_COLOURS = 256;
const FEWEST = 64;

const colourAt = (pixels: Uint8Array, k: number): number =>
  (pixels[4 * k] << 16) | (pixels[4 * k + 1] << 8) | pixels[4 * k + 2];

/** A palette of at most `size` colours, and the compressed rows of pixels in it. */
function indexed({ width, height, pixels }: Pixels, counts: Counts, size: number) {
  // Neighbours in brightness are neighbours in the palette: the rows then compress a little better.
  const brightness = (c: number) => 299 * channel(c, 16) + 587 * channel(c, 8) + 114 * channel(c, 0);
  const entries = medianCut(counts, size)
    .map(({ colours, colour }) => ({ colours, colour }))
    .sort((a, b) => brightness(b.colour) - brightness(a.colour) || a.colour - b.colour);
  const places = new Map(entries.flatMap(({ colours }, place) => colours.map((colour) => [colour, place] as const)));
  // Every row begins with the number of its filter; 0, none, is the best for palettes.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = places.get(colourAt(pixels, y * width + x))!;
  }
  const palette = Uint8Array.from(entries.flatMap(({ colour }) => SHIFTS.map((shift) => channel(colour, shift))));
  // Less memory makes shorter blocks, whose codes fit drawings better.
  return { palette, data: deflateSync(rows, { level: 9, memLevel: 6 }) };
}

/** What single bytes leave over in the checksum CRC-32. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});
const crc32 = (bytes: Uint8Array): number =>
  ~bytes.reduce((rest, byte) => REMAINDERS[(rest ^ byte) & 255] ^ (rest >>> 8), ~0) >>> 0;

/** A part of the file: the length of its data, its name of four letters, the data, and the checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

/** The bytes of a PNG file of opaque pixels. */
export function encodePng({ width, height, pixels }: Pixels): Uint8Array {
  const counts = new Map<number, number>();
  for (let k = 0; k < width * height; k++) {
    const colour = colourAt(pixels, k);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  let size = MOST_COLOURS;
  let { palette, data } = indexed({ width, height, pixels }, counts, size);
  while (data.length > MOST_BYTES && counts.size > size && size > FEWEST) {
    size /= 2;
    ({ palette, data } = indexed({ width, height, pixels }, counts, size));
  }
  // Eight bits a pixel, of colour type 3 (palette), and the only compression, filters and order without interlacing.
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const parts = [chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}
