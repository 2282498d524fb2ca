/**
 * The safetensors format (github.com/huggingface/safetensors): named arrays behind a header of JSON, nothing
 * executable.
 *
 * A file holds the length of the header (8 bytes, little-endian), the header, and the data. Reading checks everything
 * that a damaged or hostile file could get wrong: lengths, bounds, overlaps, gaps, shapes, names that stand twice. What
 * is read never shares memory with the bytes that were given. Output bytes are deterministic.
 */
import { callerError } from '../tensor/errors.ts';
import { excerpt, excerptOf } from '../text/printable.ts';
import { parseStrictJson } from '../text/strict-json.ts';

const TYPES = {
  F64: { bytes: 8, view: Float64Array },
  F32: { bytes: 4, view: Float32Array },
  I32: { bytes: 4, view: Int32Array },
} as const;

export type SafetensorType = keyof typeof TYPES;

/** An array in a file. */
export interface SavedTensor {
  readonly dtype: SafetensorType;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array;
}

/** What a file holds. */
export interface Safetensors {
  readonly tensors: Record<string, SavedTensor>;
  readonly metadata: Record<string, string>;
}

/** In bytes; the reference implementation of the format has the same limit. */
const LONGEST_HEADER = 100_000_000;

const fail = (message: string): never => {
  throw callerError(`safetensors: ${message}`);
};

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** The header of a file, and where its data begin. */
function readHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) fail(`${name}: expected at least 8 bytes, got ${bytes.length}. Is the file cut short?`);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) {
    fail(
      `${name}: the header should be ${length} bytes long, but only ${bytes.length - 8} follow. Is the file cut short?`,
    );
  }
  if (length > LONGEST_HEADER) fail(`${name}: the header is ${length} bytes long, expected at most ${LONGEST_HEADER}.`);
  let header: unknown;
  try {
    header = parseStrictJson(new TextDecoder('utf8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    return fail(`${name}: the header is not JSON as expected (${(error as Error).message}).`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    fail(`${name}: the header is not a JSON object.`);
  return { header: header as Record<string, unknown>, start: 8 + length };
}

interface Entry {
  readonly dtype: SafetensorType;
  readonly shape: readonly number[];
  readonly count: number;
  /** Bytes after the header. */
  readonly from: number;
  readonly to: number;
}

/** The entry of a tensor, checked; `place` names file and tensor, `size` is how many bytes of data there are. */
function readEntry(entry: unknown, place: string, size: number): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    const found = typeof dtype === 'string' ? excerpt(dtype) : excerptOf(dtype);
    fail(`${place} has dtype ${found}; expected ${Object.keys(TYPES).join(', ')}.`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) fail(`${place} has shape ${excerptOf(shape)}.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    fail(`${place} has data_offsets ${excerptOf(offsets)}.`);
  const [from, to] = offsets as [number, number];
  const sizes = shape as number[];
  // A zero first: the others may be so large that their product is infinite.
  const count = sizes.includes(0) ? 0 : sizes.reduce((a, b) => a * b, 1);
  const each = TYPES[dtype as SafetensorType].bytes;
  if (from > to || to > size) fail(`${place} lies at bytes ${from} to ${to}, outside the ${size} bytes of data.`);
  if (to - from !== count * each)
    fail(`${place} of shape ${excerptOf(shape)} needs ${count * each} bytes, its offsets give ${to - from}.`);
  return { dtype: dtype as SafetensorType, shape: sizes, count, from, to };
}

/** Throws unless the tensors, together, use every byte of data once. */
function checkRanges(entries: readonly (readonly [string, Entry])[], size: number, name: string): void {
  const ranges = [...entries].sort(([, a], [, b]) => a.from - b.from || a.to - b.to);
  let at = 0;
  for (const [key, { from, to }] of ranges) {
    if (from < at) fail(`${name}: ${excerpt(key)} overlaps the tensor before it (byte ${from} is used twice).`);
    if (from > at) fail(`${name}: bytes ${at} to ${from} before ${excerpt(key)} belong to no tensor.`);
    at = to;
  }
  if (at !== size) fail(`${name}: ${size - at} bytes after the last tensor belong to no tensor.`);
}

/**
 * Parses a file's bytes; `name` stands for the file in messages. Types F64, F32 and I32 are read (half precision is
 * not: save such files as F32). The tensors have memory of their own. Throws for bytes that are cut short, damaged or
 * of another type.
 *
 * @example
 * const bytes = writeSafetensors({ w: { dtype: 'F64', shape: [2], data: Float64Array.of(1, 2) } });
 * readSafetensors(bytes).tensors.w.data;  // [1, 2]
 */
export function readSafetensors(bytes: Uint8Array, name = 'file'): Safetensors {
  const { header, start } = readHeader(bytes, name);
  const size = bytes.length - start;
  const { __metadata__: metadata = {}, ...described } = header;
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (!isObject || !Object.values(metadata).every((x) => typeof x === 'string'))
    fail(`${name}: __metadata__ is ${excerptOf(metadata)}; expected an object of texts.`);
  const entries = Object.entries(described).map(
    ([key, entry]) => [key, readEntry(entry, `${name}: ${excerpt(key)}`, size)] as const,
  );
  checkRanges(entries, size, name);
  const tensors = entries.map(([key, { dtype, shape, count, from, to }]): [string, SavedTensor] => {
    // Copied: data need not be aligned in the file, and `slice` of a Node Buffer is a view of the same memory.
    const copy = new Uint8Array(to - from);
    copy.set(bytes.subarray(start + from, start + to));
    return [key, { dtype, shape, data: new TYPES[dtype].view(copy.buffer, 0, count) }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

/**
 * The bytes of a file, with the tensors in the order of their names and the header padded to a multiple of 8 bytes; the
 * same tensors give the same bytes. Throws for an unknown type, a shape that does not fit its data, and a tensor named
 * `__metadata__`.
 *
 * @example
 * const bytes = writeSafetensors({ w: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } }, { note: 'mine' });
 * readSafetensors(bytes).metadata.note;  // mine
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, SavedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors).sort();
  let offset = 0;
  const entries = names.map((name) => {
    const { dtype, shape, data } = tensors[name];
    const count = shape.reduce((a, b) => a * b, 1);
    if (name === '__metadata__') fail('__metadata__ is the name of the notes; call the tensor something else.');
    if (!Object.hasOwn(TYPES, dtype)) fail(`${name} has dtype ${dtype}; expected ${Object.keys(TYPES).join(', ')}.`);
    if (count !== data.length) fail(`${name} of shape [${shape}] needs ${count} numbers, got ${data.length}.`);
    const end = offset + count * TYPES[dtype].bytes;
    const entry = [name, { dtype, shape, data_offsets: [offset, end] }] as const;
    offset = end;
    return entry;
  });
  const known = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : [];
  const json = JSON.stringify(Object.fromEntries<unknown>([...known, ...entries]));
  const text = new TextEncoder().encode(json);
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  const out = new Uint8Array(8 + header.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  let at = 8 + header.length;
  for (const name of names) {
    const { dtype, data } = tensors[name];
    const typed = TYPES[dtype].view.from(data as ArrayLike<number>);
    out.set(new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength), at);
    at += typed.byteLength;
  }
  return out;
}
