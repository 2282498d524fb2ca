/**
 * Writes WebAssembly: functions are built instruction by instruction as bytes, then assembled into a module.
 *
 * This file knows the binary format (core specification 2.0, chapter 5) and nothing about tensors.
 */
import { type Instruction, OPCODES } from './instructions.ts';
import { f32Bytes, f64Bytes, leb, signedLeb, signedLeb64 } from './leb128.ts';

/** Types of values, as the binary format writes them. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F32 | typeof F64 | typeof V128;
/** The type of a block that leaves nothing on the stack. */
const NOTHING = 0x40;

/** One function under construction. Parameters are locals 0, 1, ...; `local` adds more. */
export class FunctionBuilder {
  readonly code: number[] = [];
  private readonly locals: ValueType[] = [];

  constructor(
    readonly params: readonly ValueType[],
    readonly results: readonly ValueType[] = [],
  ) {}

  /** A function of so many 32-bit integers (addresses, counts) without a result. */
  static ofIntegers(count: number): FunctionBuilder {
    return new FunctionBuilder(new Array<ValueType>(count).fill(I32));
  }

  local(type: ValueType): number {
    return this.params.length + this.locals.push(type) - 1;
  }

  /** `count` new locals, to be taken apart: `const [x, y] = f.newLocals(2, V128)`. */
  newLocals(count: number, type: ValueType): number[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  private bytes(bytes: readonly number[]): this {
    for (let k = 0; k < bytes.length; k++) this.code.push(bytes[k]);
    return this;
  }

  /** Instructions without immediate operands. */
  op(...instructions: readonly Instruction[]): this {
    for (const instruction of instructions) this.bytes(OPCODES[instruction]);
    return this;
  }

  /** An instruction and its immediate operands. */
  private with(instruction: Instruction, operands: readonly number[]): this {
    return this.bytes(OPCODES[instruction]).bytes(operands);
  }

  get = (local: number): this => this.with('local.get', leb(local));
  set = (local: number): this => this.with('local.set', leb(local));
  tee = (local: number): this => this.with('local.tee', leb(local));
  i32 = (value: number): this => this.with('i32.const', signedLeb(value));
  f32 = (value: number): this => this.with('f32.const', f32Bytes(value));
  f64 = (value: number): this => this.with('f64.const', f64Bytes(value));
  call = (index: number): this => this.with('call', leb(index));
  /** An instruction on one lane of a vector. */
  lane = (instruction: `${'f32x4' | 'f64x2'}.${'extract' | 'replace'}_lane`, lane: number): this =>
    this.with(instruction, [lane]);
  /** The 16 bytes at these places of two vectors. */
  shuffle = (places: readonly number[]): this => this.with('i8x16.shuffle', places);
  /** A load or store with its alignment hint (the logarithm to base 2) and constant offset. */
  memory = (instruction: Instruction, align: number, offset: number): this =>
    this.with(instruction, [align, ...leb(offset)]);
  i32Load = (offset: number): this => this.memory('i32.load', 2, offset);
  /** A vector of two equal 64-bit integers. */
  v128i64 = (value: bigint): this => this.with('i64.const', signedLeb64(value)).op('i64x2.splat');
  /** A vector of four, and of two, equal numbers. */
  v128f32 = (value: number): this => this.with('v128.const', new Array(4).fill(f32Bytes(value)).flat());
  v128f64 = (value: number): this => this.with('v128.const', new Array(2).fill(f64Bytes(value)).flat());

  /** Pushes first + step * floor((end - first) / step): where the last whole step from local `first` ends. */
  wholeSteps(first: number, end: number, step: number): this {
    this.get(first).get(end).get(first).op('i32.sub').i32(step).op('i32.div_s');
    return this.i32(step).op('i32.mul', 'i32.add');
  }

  /** `for (counter = start; counter < end; counter += step) body()`; start and end push an i32. */
  loop(counter: number, start: () => void, end: () => void, step: number, body: () => void): this {
    start();
    this.set(counter);
    this.with('block', [NOTHING]).with('loop', [NOTHING]).get(counter);
    end();
    this.op('i32.ge_s').with('br_if', [1]);
    body();
    this.get(counter).i32(step).op('i32.add').set(counter);
    return this.with('br', [0]).op('end', 'end');
  }

  /** Runs one of two bodies by the i32 on the stack. */
  ifElse(then: () => void, otherwise: () => void): this {
    this.with('if', [NOTHING]);
    then();
    this.op('else');
    otherwise();
    return this.op('end');
  }

  /** The function as the code section holds it: its length, its locals, its instructions. */
  assemble(): number[] {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = groups[groups.length - 1];
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const declarations = [...leb(groups.length), ...groups.flatMap(({ type, count }) => [...leb(count), type])];
    const body = declarations.concat(this.code, OPCODES.end);
    return leb(body.length).concat(body);
  }
}

export interface ImportedFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Limits of the memory that a module imports, in pages of 64 KiB. */
export interface ImportedMemory {
  readonly minPages: number;
  readonly maxPages: number;
  readonly shared: boolean;
}

/** Numbers of the sections of a module. */
const SECTIONS = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
/** What an import or export is, and marks of a function type and of memories with a maximum. */
const KINDS = { function: 0, memory: 2 } as const;
const FUNCTION_TYPE = 0x60;
const LIMITS = { own: 1, shared: 3 } as const;
/** The bytes "\0asm" and the version 1. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...leb(bytes.length), ...bytes];
};

const section = (name: keyof typeof SECTIONS, items: readonly (readonly number[])[]): number[] => {
  const content = leb(items.length).concat(...items);
  return [SECTIONS[name], ...leb(content.length)].concat(content);
};

const typeOf = ({ params, results }: Pick<ImportedFunction, 'params' | 'results'>): number[] => [
  FUNCTION_TYPE,
  ...leb(params.length),
  ...params,
  ...leb(results.length),
  ...results,
];

/** A module that imports `env.memory` and functions, and exports its functions as f0, f1, ... */
export function assembleModule(
  imports: readonly ImportedFunction[],
  functions: readonly FunctionBuilder[],
  { minPages, maxPages, shared }: ImportedMemory,
): Uint8Array<ArrayBuffer> {
  const limits = [shared ? LIMITS.shared : LIMITS.own, ...leb(minPages), ...leb(maxPages)];
  const numberOf = (k: number): number[] => leb(imports.length + k);
  const parts = [
    HEADER,
    section('type', [...imports, ...functions].map(typeOf)),
    section('import', [
      [...text('env'), ...text('memory'), KINDS.memory, ...limits],
      ...imports.map((f, k) => [...text('env'), ...text(f.name), KINDS.function, ...leb(k)]),
    ]),
    section(
      'function',
      functions.map((_, k) => numberOf(k)),
    ),
    section(
      'export',
      functions.map((_, k) => [...text(`f${k}`), KINDS.function, ...numberOf(k)]),
    ),
    section(
      'code',
      functions.map((f) => f.assemble()),
    ),
  ];
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
