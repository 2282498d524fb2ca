/**
 * The safetensors format: named arrays behind a JSON header, nothing executable.
 *
 * Layout: 8 bytes little-endian header length, the header, the data. Reading checks everything that a damaged or
 * hostile file could get wrong: lengths, bounds, overlaps, gaps, shapes. Output bytes are deterministic.
 */
const TYPES = {
  F64: { bytes: 8, view: Float64Array },
  F32: { bytes: 4, view: Float32Array },
  I32: { bytes: 4, view: Int32Array },
} as const;

export type SafetensorType = keyof typeof TYPES;

export interface SavedTensor {
  readonly dtype: SafetensorType;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array;
}

export interface Safetensors {
  readonly tensors: Record<string, SavedTensor>;
  readonly metadata: Record<string, string>;
}

const fail = (message: string): never => {
  throw new Error(`safetensors: ${message}`);
};

/** Parses a file's bytes. `name` stands for the file in messages. */
export function readSafetensors(bytes: Uint8Array, name = 'file'): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) fail(`${name}: expected at least 8 bytes, got ${bytes.length}. Is the file cut short?`);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) {
    fail(
      `${name}: the header should be ${headerLength} bytes long, but only ${bytes.length - 8} follow. Is the file cut short?`,
    );
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    return fail(`${name}: the header is not JSON (${(error as Error).message}).`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    fail(`${name}: the header is not a JSON object.`);
  const start = 8 + headerLength;
  const size = bytes.length - start;
  const { __metadata__: metadata = {}, ...entries } = header;
  const isText = (x: unknown) => typeof x === 'string';
  if (
    typeof metadata !== 'object' ||
    metadata === null ||
    Array.isArray(metadata) ||
    !Object.values(metadata).every(isText)
  )
    fail(`${name}: __metadata__ is ${JSON.stringify(metadata)}; expected an object of texts.`);
  const ranges: { key: string; from: number; to: number }[] = [];
  const tensors = Object.fromEntries(
    Object.entries(entries).map(([key, entry]): [string, SavedTensor] => {
      const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
      if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype))
        fail(`${name}: ${key} has dtype ${dtype}; expected ${Object.keys(TYPES).join(', ')}.`);
      const { bytes: each, view: View } = TYPES[dtype as SafetensorType];
      const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
      if (!Array.isArray(shape) || !shape.every(isCount)) fail(`${name}: ${key} has shape ${JSON.stringify(shape)}.`);
      if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
        fail(`${name}: ${key} has data_offsets ${JSON.stringify(offsets)}.`);
      const [from, to] = offsets as [number, number];
      const count = (shape as number[]).reduce((a, b) => a * b, 1);
      if (from > to || to > size)
        fail(`${name}: ${key} lies at bytes ${from} to ${to}, outside the ${size} bytes of data.`);
      if (to - from !== count * each)
        fail(`${name}: ${key} of shape [${shape}] needs ${count * each} bytes, its offsets give ${to - from}.`);
      ranges.push({ key, from, to });
      // Copied: the data need not be aligned in the file.
      const copy = bytes.slice(start + from, start + to);
      return [
        key,
        {
          dtype: dtype as SafetensorType,
          shape: shape as number[],
          data: new View(copy.buffer, copy.byteOffset, count),
        },
      ];
    }),
  );
  ranges.sort((a, b) => a.from - b.from || a.to - b.to);
  let at = 0;
  for (const { key, from, to } of ranges) {
    if (from < at) fail(`${name}: ${key} overlaps the tensor before it (byte ${from} is used twice).`);
    if (from > at) fail(`${name}: bytes ${at} to ${from} before ${key} belong to no tensor.`);
    at = to;
  }
  if (at !== size) fail(`${name}: ${size - at} bytes after the last tensor belong to no tensor.`);
  return { tensors, metadata: metadata as Record<string, string> };
}

/** The bytes of a file: tensors in order of their names, header padded to a multiple of 8. */
export function writeSafetensors(
  tensors: Readonly<Record<string, SavedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors).sort();
  let offset = 0;
  const entries = names.map((name) => {
    const { dtype, shape, data } = tensors[name]!;
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
    const { dtype, data } = tensors[name]!;
    const typed = TYPES[dtype].view.from(data as ArrayLike<number>);
    out.set(new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength), at);
    at += typed.byteLength;
  }
  return out;
}
