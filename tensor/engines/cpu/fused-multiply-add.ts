/**
 * Whether this machine has a fused multiply-add (a b + c with one rounding), part of WebAssembly's "relaxed SIMD".
 *
 * Node 20 hides it behind a flag that must be set before the first module is compiled. Results differ in the last bit
 * from machines without it, but never between two runs, or two numbers of threads, on one machine.
 */
import { assembleModule, FunctionBuilder, V128 } from './wasm.ts';

/** Does the machine accept a module with one function that multiplies and adds zeros? */
function isAccepted(): boolean {
  const f = new FunctionBuilder([], [V128]);
  f.v128f32(0).v128f32(0).v128f32(0).op('f32x4.relaxed_madd');
  return WebAssembly.validate(assembleModule([], [f], { minPages: 1, maxPages: 1, shared: false }));
}

let known: boolean | undefined;

/** Asked once for all engines of a process; sets the flag of Node where that helps. */
export function hasFusedMultiplyAdd(): boolean {
  if (known === undefined) {
    known = isAccepted();
    if (!known) {
      globalThis.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
      known = isAccepted();
    }
  }
  return known;
}
