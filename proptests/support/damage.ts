/**
 * The damages that files suffer, made on purpose: cut, garbled, turned around, replaced by something that is no file.
 *
 * Not a test file. Each damage changes the one file that it is given and is told apart by its name. A changed digit is
 * not among them: the files of runs carry no checksums, so that one other number is as good as another.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { canLink, hasPipes } from './system.ts';

export interface Damage {
  readonly name: string;
  /** Places in the file are shares of its length, from 0 to 1. */
  readonly apply: (path: string) => void;
}

const changed = (name: string, change: (bytes: Buffer) => Uint8Array | string): Damage => ({
  name,
  apply(path) {
    const after = change(readFileSync(path));
    // A link to it, or a name of it elsewhere, is not what is damaged.
    rmSync(path);
    writeFileSync(path, after);
  },
});
const instead = (name: string, put: (path: string) => void): Damage => ({
  name,
  apply(path) {
    rmSync(path, { recursive: true });
    put(path);
  },
});

const aPipe = instead('a pipe', (path) => void execFileSync('mkfifo', [path]));
const deadLinks = [
  instead('a link to nothing', (path) => symlinkSync(`${path}-nowhere`, path)),
  instead('a link to itself', (path) => symlinkSync(path, path)),
];

/** What stands in the place of the file, or nothing. */
export const REPLACEMENTS: readonly Damage[] = [
  instead('deleted', () => {}),
  instead('a folder', (path) => mkdirSync(path)),
  ...(hasPipes('pipes in the place of files') ? [aPipe] : []),
  ...(canLink('links in the place of files') ? deadLinks : []),
  changed('empty', () => ''),
];

/** A link to a whole file of the same name that belongs to another run. */
export const linked = (other: string): Damage => instead('a link to another', (path) => symlinkSync(other, path));

const share = fc.noBias(fc.integer({ min: 0, max: 9999 })).map((k) => k / 1e4);
const at = (length: number, place: number) => Math.min(length - 1, Math.floor(place * length));

const cut = share.map((place) => changed(`cut at ${place}`, (bytes) => bytes.subarray(0, at(bytes.length, place))));
/** Bytes that no text holds. */
const garbled = fc.tuple(share, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([place, noise]) =>
  changed(`garbled at ${place}`, (bytes) => {
    const copy = Buffer.from(bytes);
    for (const [k, byte] of noise.entries()) copy[(at(copy.length, place) + k) % copy.length] = byte % 2 ? 0xff : 0x1b;
    return copy;
  }),
);
const turned = share.map((place) =>
  changed(`turned around at ${place}`, (bytes) => {
    const middle = Math.max(1, at(bytes.length, place));
    return Buffer.concat([bytes.subarray(middle), bytes.subarray(0, middle)]);
  }),
);
const byteOrderMark = changed('with a byte order mark', (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]));
const windows = changed('with CRLF', (bytes) => bytes.toString('latin1').replaceAll('\n', '\r\n'));

/** Damages of any text. */
export const ofText: fc.Arbitrary<Damage> = fc.oneof(cut, garbled, turned, fc.constantFrom(byteOrderMark, windows));

const lines = (name: string, change: (lines: string[], k: number) => void) =>
  share.map((place) =>
    changed(`${name} at ${place}`, (bytes) => {
      const all = bytes.toString().split('\n');
      change(all, at(all.length - 1, place));
      return all.join('\n');
    }),
  );
/** Damages of a text of lines that each say something of their own. */
export const ofLines: fc.Arbitrary<Damage> = fc.oneof(
  ofText,
  lines('a line lost', (all, k) => void all.splice(k, 1)),
  lines('a line twice', (all, k) => void all.splice(k, 0, all[k])),
  lines('a line of text', (all, k) => (all[k] = 'nan, ***, {}')),
);

const DEEP = 20_000;
const wholes = ['{}', '[]', 'null', '3', '"text"', 'true', '[null]', '{"config":null,"seeds":3}', 'NaN'].map((text) =>
  changed(`the JSON ${text}`, () => text),
);
const deep = ['[', '{"a":'].map((open) =>
  changed(`nested ${DEEP} deep`, () => `${open.repeat(DEEP)}1${(open === '[' ? ']' : '}').repeat(DEEP)}`),
);
/** The value with one of its leaves replaced. */
function withLeaf(value: unknown, place: number, leaf: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return leaf;
  const entries = Object.entries(value);
  const k = at(entries.length, place);
  entries[k] = [entries[k][0], withLeaf(entries[k][1], (place * entries.length) % 1, leaf)];
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}
const wrongType = fc
  .tuple(share, fc.constantFrom<unknown>({ damaged: [] }, [[['damaged']]]))
  .map(([place, leaf]) =>
    changed(`a wrong type at ${place}`, (bytes) =>
      JSON.stringify(withLeaf(JSON.parse(bytes.toString()), place, leaf), null, 2),
    ),
  );
const twice = changed('a key twice', (bytes) => bytes.toString().replace(/"([^"]+)":/, '"$1": 0, "$1":'));
const prototype = changed('a key __proto__', (bytes) => bytes.toString().replace('{', '{"__proto__": {"seed": 9},'));

/** Damages of a JSON file. */
export const ofJson: fc.Arbitrary<Damage> = fc.oneof(
  ofText,
  wrongType,
  fc.constantFrom(...wholes, ...deep, twice, prototype),
);

const headerOf = (bytes: Buffer) => Number(bytes.readBigUInt64LE(0));
/** The header changed as text, and its length with it. */
const header = (name: string, change: (text: string) => string): Damage =>
  changed(name, (bytes) => {
    const length = headerOf(bytes);
    const text = Buffer.from(change(bytes.subarray(8, 8 + length).toString()));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([size, text, bytes.subarray(8 + length)]);
  });
const number = fc.tuple(share, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -Infinity)).map(([place, value]) =>
  changed(`the number ${value} at ${place}`, (bytes) => {
    const copy = Buffer.from(bytes);
    const start = 8 + headerOf(bytes);
    // Tensors are in single precision throughout in the runs of tests.
    copy.writeFloatLE(value, start + 4 * at((copy.length - start) / 4, place));
    return copy;
  }),
);
const garbledHeader = fc.tuple(share, fc.integer({ min: 0, max: 255 })).map(([place, byte]) =>
  changed(`the byte ${byte} at ${place} of the header`, (bytes) => {
    const copy = Buffer.from(bytes);
    const text = bytes.subarray(0, 8 + headerOf(bytes)).toString('latin1');
    let k = at(text.length, place);
    // Digits are numbers of the state, one as good as another; the spaces at the end say nothing.
    while (/[\d ]/.test(text[k]) || k < 8) k = (k + 1) % text.length;
    copy[k] = /[\d.\-+ \n\t]/.test(String.fromCharCode(byte)) ? 0xff : byte;
    return copy;
  }),
);
const notes = [
  ['nested deep', `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`],
  ['empty', '{}'],
  ['null', 'null'],
  ['cut', '{"task":'],
].map(([name, note]) =>
  header(`notes ${name}`, (text) => {
    const { __metadata__: metadata, ...tensors } = JSON.parse(text) as Record<string, object>;
    const all = Object.fromEntries(Object.keys(metadata ?? {}).map((key) => [key, note]));
    return JSON.stringify({ __metadata__: all, ...tensors });
  }),
);
const names = header('a tensor renamed', (text) => text.replace(/"([a-z_]+[.\d]*[a-z_.]*weight)"/, '"\\u001b[31m$1"'));
const shapes = header('a shape turned around', (text) =>
  text.replace(/"shape":\[(\d+),(\d+)\]/g, (whole, a, b) => (a === b ? whole : `"shape":[${b},${a}]`)),
);
const padding = header('a header of an odd length', (text) => `${text.trimEnd()} `);

/** Damages of a checkpoint in the safetensors format. */
export const ofCheckpoint: fc.Arbitrary<Damage> = fc.oneof(
  cut,
  turned,
  number,
  garbledHeader,
  fc.constantFrom(byteOrderMark, names, shapes, padding, ...notes),
);

/** What a path is and holds, for comparing before and after; undefined if nothing is there. */
export function look(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isSymbolicLink()) return 'a link';
  if (!found.isFile()) return found.isDirectory() ? 'a folder' : 'a pipe';
  return readFileSync(path, 'latin1');
}
