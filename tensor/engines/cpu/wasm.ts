/**
 * A streaming WebAssembly emitter: functions are written as bytes, then assembled into a module.
 *
 * It knows the binary format and nothing about tensors. Section and opcode numbers follow the WebAssembly
 * core specification 2.0 with fixed-width SIMD.
 */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

/** Signed LEB128 of a 64-bit integer. */
function signedLeb64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

const scratch = new DataView(new ArrayBuffer(8));
const f32Bytes = (value: number): number[] => {
  scratch.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((k) => scratch.getUint8(k));
};
const f64Bytes = (value: number): number[] => {
  scratch.setFloat64(0, value, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((k) => scratch.getUint8(k));
};

/** A SIMD opcode. */
export const simd = (code: number): number[] => [0xfd, ...leb(code)];

/** One function under construction. Parameters are locals 0, 1, ...; `local` adds more. */
export class FunctionBuilder {
  readonly code: number[] = [];
  private readonly locals: ValueType[] = [];

  constructor(
    readonly params: readonly ValueType[],
    readonly results: readonly ValueType[] = [],
  ) {}

  local(type: ValueType): number {
    return this.params.length + this.locals.push(type) - 1;
  }

  op(...bytes: readonly number[]): this {
    for (let k = 0; k < bytes.length; k++) this.code.push(bytes[k]);
    return this;
  }

  /** An instruction with an index: most fit into one byte, and these are most of all code. */
  private indexed(opcode: number, index: number): this {
    if (index < 128) {
      this.code.push(opcode, index);
      return this;
    }
    return this.op(opcode, ...leb(index));
  }

  get = (local: number): this => this.indexed(0x20, local);
  set = (local: number): this => this.indexed(0x21, local);
  tee = (local: number): this => this.indexed(0x22, local);
  i32 = (value: number): this => this.op(0x41, ...signedLeb(value));
  f32 = (value: number): this => this.op(0x43, ...f32Bytes(value));
  f64 = (value: number): this => this.op(0x44, ...f64Bytes(value));
  add = (): this => this.op(0x6a);
  sub = (): this => this.op(0x6b);
  mul = (): this => this.op(0x6c);
  call = (index: number): this => this.op(0x10, ...leb(index));
  i32Load = (offset: number): this => this.op(0x28, 2, ...leb(offset));
  /** A memory instruction with its alignment hint (log2) and constant offset. */
  memory = (opcode: readonly number[], align: number, offset: number): this =>
    this.op(...opcode, align, ...leb(offset));
  /** Both 64-bit lanes. */
  v128i64 = (value: bigint): this => this.op(0x42, ...signedLeb64(value), ...simd(0x12));
  v128f32 = (value: number): this => {
    const bytes = f32Bytes(value);
    return this.op(0xfd, 12)
      .op(...bytes)
      .op(...bytes)
      .op(...bytes)
      .op(...bytes);
  };
  v128f64 = (value: number): this => {
    const bytes = f64Bytes(value);
    return this.op(0xfd, 12)
      .op(...bytes)
      .op(...bytes);
  };

  /** `for (counter = start; counter < end; counter += step) body()`; start, end push an i32. */
  loop(counter: number, start: () => void, end: () => void, step: number, body: () => void): this {
    start();
    this.set(counter);
    this.op(0x02, 0x40, 0x03, 0x40).get(counter);
    end();
    this.op(0x4e, 0x0d, 1); // i32.ge_s, br_if out
    body();
    return this.get(counter).i32(step).add().set(counter).op(0x0c, 0, 0x0b, 0x0b);
  }

  /** Runs one of two bodies by the i32 on the stack. */
  ifElse(then: () => void, otherwise: () => void): this {
    this.op(0x04, 0x40);
    then();
    this.op(0x05);
    otherwise();
    return this.op(0x0b);
  }

  /** The function body as the code section holds it. */
  assemble(): number[] {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = groups[groups.length - 1];
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const declarations = [...leb(groups.length), ...groups.flatMap(({ type, count }) => [...leb(count), type])];
    const body = declarations.concat(this.code, [0x0b]);
    return leb(body.length).concat(body);
  }
}

export interface ImportedFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...leb(bytes.length), ...bytes];
};

const section = (id: number, items: readonly (readonly number[])[]): number[] => {
  const content = leb(items.length).concat(...items);
  return [id, ...leb(content.length)].concat(content);
};

/** A module that imports `env.memory` and functions, and exports its functions as f0, f1, ... */
export function assembleModule(
  imports: readonly ImportedFunction[],
  functions: readonly FunctionBuilder[],
  memory: { readonly minPages: number; readonly maxPages: number; readonly shared: boolean },
): Uint8Array<ArrayBuffer> {
  const type = ({ params, results }: { params: readonly number[]; results: readonly number[] }) => [
    0x60,
    ...leb(params.length),
    ...params,
    ...leb(results.length),
    ...results,
  ];
  const types = section(1, [...imports.map(type), ...functions.map(type)]);
  const importSection = section(2, [
    [...text('env'), ...text('memory'), 2, memory.shared ? 3 : 1, ...leb(memory.minPages), ...leb(memory.maxPages)],
    ...imports.map((f, k) => [...text('env'), ...text(f.name), 0, ...leb(k)]),
  ]);
  const declared = section(
    3,
    functions.map((_, k) => leb(imports.length + k)),
  );
  const exported = section(
    7,
    functions.map((_, k) => [...text(`f${k}`), 0, ...leb(imports.length + k)]),
  );
  const code = section(
    10,
    functions.map((f) => f.assemble()),
  );
  const parts = [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], types, importSection, declared, exported, code];
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
