/**
 * WebAssembly as text: the instructions of a function that the CPU engine has built, a line each, indented by blocks.
 *
 * It knows the instructions that the engine emits (tensor/engines/cpu/instructions.ts) and no others.
 */
import { type Instruction, OPCODES } from '../../../tensor/engines/cpu/instructions.ts';
import type { FunctionBuilder } from '../../../tensor/engines/cpu/wasm.ts';

const NAMES = new Map(Object.entries(OPCODES).map(([name, bytes]) => [bytes.join(), name as Instruction]));

/** Reads bytes one after another. */
class Reader {
  at = 0;
  constructor(readonly bytes: readonly number[]) {}

  take(count: number): DataView {
    const part = Uint8Array.from(this.bytes.slice(this.at, this.at + count));
    this.at += count;
    return new DataView(part.buffer);
  }

  /** A whole number in LEB128: seven bits a byte, lowest first; the last byte is below 128. */
  leb(isSigned = false): number {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte >= 128);
    return isSigned && (byte & 64) !== 0 ? value - 2 ** shift : value;
  }

  instruction(): Instruction {
    for (let length = 1; length <= 3; length++) {
      const name = NAMES.get(this.bytes.slice(this.at, this.at + length).join());
      if (name === undefined) continue;
      this.at += length;
      return name;
    }
    throw new Error(`expected an instruction at byte ${this.at}, got ${this.bytes[this.at]}.`);
  }
}

/** What stands behind an instruction, as the text format writes it; empty for those without operands. */
function operands(name: Instruction, code: Reader): string {
  if (/^(block|loop|if)$/.test(name)) return code.take(1) && '';
  if (/^(br|br_if|call|local\..*)$/.test(name)) return String(code.leb());
  if (name === 'i32.const' || name === 'i64.const') return String(code.leb(true));
  if (name === 'f32.const') return String(code.take(4).getFloat32(0, true));
  if (name === 'f64.const') return String(code.take(8).getFloat64(0, true));
  if (name === 'v128.const') {
    const numbers = code.take(16);
    return `f32x4 ${[0, 4, 8, 12].map((k) => numbers.getFloat32(k, true)).join(' ')}`;
  }
  if (name === 'i8x16.shuffle') return [...new Uint8Array(code.take(16).buffer)].join(' ');
  if (/_lane$/.test(name)) return String(code.leb());
  if (!/\.(load|store)/.test(name)) return '';
  code.leb();
  const offset = code.leb();
  return offset === 0 ? '' : `offset=${offset}`;
}

/** The instructions of a function; its parameters and locals are numbered from 0. */
export function watOf({ code: bytes }: Pick<FunctionBuilder, 'code'>): string {
  const code = new Reader(bytes);
  const lines: string[] = [];
  let depth = 0;
  while (code.at < bytes.length) {
    const name = code.instruction();
    if (name === 'end' || name === 'else') depth--;
    lines.push(`${'  '.repeat(depth)}${name} ${operands(name, code)}`.trimEnd());
    if (/^(block|loop|if|else)$/.test(name)) depth++;
  }
  return lines.join('\n');
}
