/**
 * Fused multiply-add (WebAssembly relaxed SIMD), where the engine offers it.
 *
 * Node 20 hides it behind a flag that must be set before the first module is compiled. Results differ in the last bit
 * from machines without it, never between runs or numbers of threads.
 */
import { simd } from './wasm.ts';

/** A module with one function that uses f32x4.relaxed_madd on three zeros. */
function probe(): Uint8Array<ArrayBuffer> {
  const zero = [0x41, 0, ...simd(0x11)];
  const body = [0, ...zero, ...zero, ...zero, ...simd(0x105), 0x0b];
  const code = [1, body.length, ...body];
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    0x60,
    0,
    1,
    0x7b,
    3,
    2,
    1,
    0,
    10,
    code.length,
    ...code,
  ]);
}

let known: boolean | undefined;

export function hasRelaxedSimd(): boolean {
  if (known === undefined) {
    known = WebAssembly.validate(probe());
    if (!known) {
      globalThis.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
      known = WebAssembly.validate(probe());
    }
  }
  return known;
}
