/**
 * Safetensors: what is written is read back bit for bit; whatever is damaged is one clear error, never numbers.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors, type SavedTensor, writeSafetensors } from '../../nn/safetensors.ts';
import { check } from '../support/check.ts';
import { goldens, needs } from '../support/folders.ts';
import { drawer, identical } from '../tensor/support.ts';

const makers = { F64: Float64Array, F32: Float32Array, I32: Int32Array };
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const saved = fc
  .tuple(fc.constantFrom('F64', 'F32', 'I32' as const), shapes, fc.integer({ min: 0, max: 2 ** 31 }))
  .map(([dtype, shape, seed]): SavedTensor => {
    const special = dtype === 'I32' ? [-(2 ** 31), 2 ** 31 - 1] : [Number.NaN, -0, Infinity, -Infinity, 5e-324, 1e-40];
    const draw = drawer(seed);
    const count = shape.reduce((a, b) => a * b, 1);
    const numbers = draw
      .reals(count, -1000, 1000)
      .map((x, k) => (draw.integer(0, 3) ? x : special[k % special.length]));
    return { dtype, shape, data: makers[dtype].from(numbers) };
  });
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('weight', 'conv_list.0.lin_f.weight', '1', '10', '2', '__proto__', 'constructor', 'ä"\\'),
);
const files = fc
  .dictionary(name, saved, { maxKeys: 6, noNullPrototype: false })
  .filter((tensors) => !Object.hasOwn(tensors, '__metadata__'));
const metadata = fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 20 }), { maxKeys: 3 });

test('what is written is read back, bit for bit, wherever the bytes lie in memory', () =>
  check(
    fc.tuple(files, metadata, fc.integer({ min: 0, max: 9 })),
    ([tensors, notes, shift]) => {
      const bytes = writeSafetensors(tensors, notes);
      const moved = new Uint8Array(bytes.length + shift + 3);
      moved.set(bytes, shift);
      const found = readSafetensors(moved.subarray(shift, shift + bytes.length));
      assert.equal(Object.keys(found.tensors).sort(), Object.keys(tensors).sort());
      for (const [key, { dtype, shape, data }] of Object.entries(tensors)) {
        const entry = found.tensors[key];
        assert.is(entry.dtype, dtype);
        assert.equal(entry.shape, shape);
        assert.is(entry.data.constructor, makers[dtype]);
        identical(entry.data, data, key);
      }
      assert.equal({ ...found.metadata }, { ...notes });
      identical(writeSafetensors(found.tensors, found.metadata), bytes, 'written again');
    },
    100,
  ));

/** The file with a header that ends after `spaces` spaces, wherever its data then begin. */
function repadded(bytes: Uint8Array, spaces: number): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd() + ' '.repeat(spaces);
  const header = new TextEncoder().encode(text);
  const out = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  out.set(bytes.subarray(8 + length), 8 + header.length);
  return out;
}

test('headers of any length, in arrays and in Buffers of the pool; what is read is not the memory of the caller', () =>
  check(
    fc.tuple(files, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), fc.boolean()),
    ([tensors, spaces, shift, asBuffer]) => {
      const whole = repadded(writeSafetensors(tensors, {}), spaces);
      const memory = Buffer.allocUnsafe(whole.length + shift);
      memory.set(whole, shift);
      const part = memory.subarray(shift);
      const given = asBuffer ? part : new Uint8Array(part.buffer, part.byteOffset, part.length);
      const found = readSafetensors(given);
      given.fill(0xff);
      for (const [key, { data }] of Object.entries(tensors)) identical(found.tensors[key].data, data, key);
      for (const { data } of Object.values(found.tensors)) data.fill(1);
      assert.ok(
        given.every((byte) => byte === 0xff),
        'writing to tensors changes nothing of the caller',
      );
    },
    100,
  ));

test('data begin at a multiple of 8 and the order of names does not matter', () =>
  check(files, (tensors) => {
    const bytes = writeSafetensors(tensors);
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.is((8 + header) % 8, 0);
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    identical(writeSafetensors(reversed), bytes, 'bytes');
  }));

/** Asserts one error of ours that names the file; returns its message. */
function refused(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes, 'model.safetensors');
  } catch (error) {
    const { message } = error as Error;
    assert.ok(message.startsWith('safetensors: model.safetensors:'), `not an error of ours: ${message}`);
    return message;
  }
  return assert.unreachable('a damaged file was read') as never;
}

/** A file with this header (an object or text) and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

test('a file cut short at any byte is refused, and so is one with bytes too many', () =>
  check(
    files.filter((tensors) => Object.values(tensors).some(({ data }) => data.length > 0)),
    (tensors) => {
      const bytes = writeSafetensors(tensors);
      for (let length = 0; length < bytes.length; length += 1 + (length >> 6)) refused(bytes.slice(0, length));
      refused(bytes.slice(0, -1));
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      assert.match(refused(longer), /belong to no tensor/);
    },
    20,
  ));

const entry = (from: number, to: number, shape: unknown = [(to - from) / 4], dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

test('damaged headers are refused, each with its reason', () => {
  const cases: [string, unknown, number, RegExp][] = [
    ['overlap', { a: entry(0, 8), b: entry(4, 12) }, 12, /b overlaps .*byte 4/],
    ['the same bytes twice', { a: entry(0, 8), b: entry(0, 8) }, 8, /overlaps/],
    ['one inside another', { a: entry(0, 16), b: entry(4, 8) }, 16, /overlaps/],
    ['gap', { a: entry(0, 4), b: entry(8, 12) }, 12, /bytes 4 to 8 before b belong to no tensor/],
    ['gap at the start', { a: entry(4, 8) }, 8, /bytes 0 to 4/],
    ['gap at the end', { a: entry(0, 4) }, 12, /8 bytes after the last tensor/],
    ['data without tensors', {}, 4, /4 bytes/],
    ['beyond the end', { a: entry(0, 16) }, 8, /0 to 16, outside the 8 bytes/],
    ['far beyond the end', { a: entry(2 ** 40, 2 ** 40 + 8) }, 8, /outside/],
    ['backwards', { a: entry(8, 4, [1]) }, 8, /8 to 4/],
    ['negative offset', { a: entry(-4, 4, [2]) }, 8, /data_offsets \[-4,4\]/],
    ['fractional offset', { a: entry(0.5, 4.5, [1]) }, 8, /data_offsets/],
    ['three offsets', { a: { ...entry(0, 8), data_offsets: [0, 4, 8] } }, 8, /data_offsets/],
    ['offsets as text', { a: { ...entry(0, 8), data_offsets: '08' } }, 8, /data_offsets/],
    ['no offsets', { a: { dtype: 'F32', shape: [2] } }, 8, /data_offsets/],
    ['shape too large', { a: entry(0, 8, [3]) }, 8, /needs 12 bytes, its offsets give 8/],
    ['shape too small', { a: entry(0, 8, [1]) }, 8, /needs 4 bytes/],
    ['shape that overflows', { a: entry(0, 8, [2 ** 31, 2 ** 31, 2 ** 31]) }, 8, /needs/],
    [
      'shape of no numbers that overflows',
      { a: entry(0, 8, [...Array(30).fill(2 ** 52), 0]) },
      8,
      /needs 0 bytes, its offsets give 8/,
    ],
    [
      'a name twice',
      '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      0,
      /'a' stands twice/,
    ],
    ['nested deep', `{"__metadata__":{"x":${'['.repeat(9999)}${']'.repeat(9999)}}}`, 0, /nested more than 64 deep/],
    ['control bytes in a name', { '\u001b[31m': { dtype: 'F16' } }, 0, /\\x1b\[31m has dtype F16/],
    ['negative shape', { a: entry(0, 8, [-1, -2]) }, 8, /shape \[-1,-2\]/],
    ['shape as text', { a: entry(0, 8, '2') }, 8, /shape "2"/],
    ['no shape', { a: { dtype: 'F32', data_offsets: [0, 8] } }, 8, /shape/],
    ['wrong width', { a: entry(0, 8, [2], 'F64') }, 8, /needs 16 bytes/],
    ['unknown dtype', { a: entry(0, 4, [2], 'BF16') }, 4, /a has dtype BF16; expected F64, F32, I32/],
    ['dtype of a prototype', { a: entry(0, 4, [2], 'constructor') }, 4, /dtype constructor/],
    ['dtype that is no text', { a: entry(0, 4, [1], 4) }, 4, /dtype 4/],
    ['entry null', { a: null }, 0, /a has dtype undefined/],
    ['entry a number', { a: 3 }, 0, /a has dtype/],
    ['header a list', [], 0, /not a JSON object/],
    ['header null', 'null', 0, /not a JSON object/],
    ['header a number', '12', 0, /not a JSON object/],
    ['header cut', '{"a": {"dtype"', 0, /not JSON/],
    ['header empty', '', 0, /not JSON/],
    ['metadata a number', { __metadata__: 5 }, 0, /__metadata__/],
    ['metadata a list', { __metadata__: ['x'] }, 0, /__metadata__/],
    ['metadata null', { __metadata__: null }, 0, /__metadata__/],
    ['metadata with numbers', { __metadata__: { step: 5 } }, 0, /__metadata__/],
  ];
  for (const [what, header, size, reason] of cases) assert.match(refused(fileOf(header, size)), reason, what);
});

test('a header length beyond the file, or beyond all numbers, is refused', () => {
  for (const length of [9n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    const bytes = fileOf('{}', 0);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    assert.match(refused(bytes), /header should be .* Is the file cut short/);
  }
});

test('a header that is not UTF-8 is refused', () => {
  const bytes = fileOf('{"a":1}', 0);
  bytes[10] = 0xff;
  assert.match(refused(bytes), /not JSON/);
});

test('a changed byte in the header gives an error of ours or a file of the same size, never anything else', () =>
  check(
    fc.tuple(files, fc.nat(), fc.integer({ min: 0, max: 255 })),
    ([tensors, at, byte]) => {
      const bytes = writeSafetensors(tensors);
      const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      bytes[at % (8 + header)] = byte;
      try {
        const found = readSafetensors(bytes, 'damaged');
        for (const { dtype, shape, data } of Object.values(found.tensors)) {
          assert.is(data.constructor, makers[dtype]);
          assert.is(
            data.length,
            shape.reduce((a, b) => a * b, 1),
          );
        }
      } catch (error) {
        assert.ok((error as Error).message.startsWith('safetensors: damaged:'), (error as Error).message);
      }
    },
    300,
  ));

test('writing refuses what could not be read', () => {
  const good = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } as const;
  assert.throws(() => writeSafetensors({ a: { ...good, shape: [3] } }), /a of shape \[3\] needs 3 numbers, got 2/);
  assert.throws(() => writeSafetensors({ a: { ...good, dtype: 'F16' as 'F32' } }), /dtype F16/);
  assert.throws(() => writeSafetensors({ a: { ...good, dtype: 'toString' as 'F32' } }), /dtype toString/);
  assert.throws(() => writeSafetensors({ __metadata__: good }), /__metadata__/);
});

const model = resolve(goldens, 'models/cgcnn_small/weights.safetensors');
needs(model, test, 'a file of another program is read, and written again it holds the same', () => {
  const bytes = new Uint8Array(readFileSync(model));
  const found = readSafetensors(bytes, model);
  assert.ok(Object.keys(found.tensors).length > 5);
  const again = readSafetensors(writeSafetensors(found.tensors, found.metadata));
  for (const [key, { dtype, shape, data }] of Object.entries(found.tensors)) {
    assert.equal([again.tensors[key].dtype, again.tensors[key].shape], [dtype, shape]);
    identical(again.tensors[key].data, data, key);
    assert.ok(data.every(Number.isFinite));
  }
});

test.run();
