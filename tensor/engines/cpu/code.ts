/**
 * Machine code of a compiled program: one WebAssembly module with a function per kernel.
 *
 * Compiled programs are kept by structure, so tracing the same computation again costs no compilation.
 */
import { type CompiledProgram, canonicalForm, compileProgram } from '../../compile/plan.ts';
import type { Tensor } from '../../tensor.ts';
import type { Program } from '../engine.ts';
import { MAX_PAGES } from './heap.ts';
import { MATH_IMPORTS, type Precision } from './lanes.ts';
import { printProduct, printTranspose } from './matmul.ts';
import { printSweep, temporaryLayout } from './sweep.ts';
import { assembleModule, F64 } from './wasm.ts';

export type KernelFunction = (...args: number[]) => void;

export interface Code extends CompiledProgram {
  /** For each leaf of the compiled program, its position among the leaves of the canonical form. */
  readonly leafPositions: readonly number[];
  /** One function per kernel; products share `product`. */
  readonly functions: readonly (KernelFunction | undefined)[];
  readonly product: KernelFunction;
  readonly transpose: KernelFunction;
  /** Bytes of scratch that any kernel needs for the temporaries of a row. */
  readonly temporaries: number;
  /** Size of the module in bytes. */
  readonly moduleBytes: number;
}

const KEPT = 256;

export interface CodeCache {
  get(program: Program): { code: Code; leaves: readonly Tensor[] };
  readonly counters: { compiles: number; planHits: number };
}

export function codeCache(memory: WebAssembly.Memory, precision: Precision): CodeCache {
  const known = new Map<string, Code>();
  const counters = { compiles: 0, planHits: 0 };
  return {
    counters,
    get(program) {
      const { key, leaves } = canonicalForm(program);
      const found = known.get(key);
      if (found) {
        counters.planHits++;
        known.delete(key);
        known.set(key, found); // most recently used last
        return { code: found, leaves };
      }
      counters.compiles++;
      const code = compileCode(program, leaves, memory, precision);
      known.set(key, code);
      if (known.size > KEPT) known.delete(known.keys().next().value!);
      return { code, leaves };
    },
  };
}

function compileCode(
  program: Program,
  leaves: readonly Tensor[],
  memory: WebAssembly.Memory,
  precision: Precision,
): Code {
  const compiled = compileProgram(program);
  const bytes = precision === 'f32' ? 4 : 8;
  const sweeps = compiled.kernels.map((kernel) => (kernel.kind === 'sweep' ? kernel : undefined));
  const printed = [printProduct(precision), printTranspose(precision)];
  const position = sweeps.map((sweep) => (sweep ? printed.push(printSweep(sweep, precision)) - 1 : -1));
  const imports = MATH_IMPORTS.map((name) => ({ name, params: [F64] as const, results: [F64] as const }));
  const module = assembleModule(imports, printed, MAX_PAGES);
  const math = Object.fromEntries(MATH_IMPORTS.map((name) => [name, Math[name]]));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory, ...math } });
  const exported = (k: number) => instance.exports[`f${k}`] as KernelFunction;
  const { tensors: _, ...plan } = compiled;
  return {
    ...plan,
    leaves: [],
    leafPositions: compiled.leaves.map((leaf) => leaves.indexOf(leaf)),
    functions: position.map((k) => (k < 0 ? undefined : exported(k))),
    product: exported(0),
    transpose: exported(1),
    temporaries: Math.max(16, ...sweeps.map((sweep) => (sweep ? temporaryLayout(sweep, bytes).size : 0))),
    moduleBytes: module.length,
  };
}
