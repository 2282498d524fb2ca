/**
 * Machine code of a compiled program: one WebAssembly module with a function per kernel.
 *
 * Compiled programs are kept by structure, so tracing the same computation again costs no compilation.
 */
import type { Kernel, Product } from '../../compile/kernel.ts';
import { type CompiledProgram, canonicalForm, compileProgram } from '../../compile/plan.ts';
import type { Tensor } from '../../tensor.ts';
import type { Program } from '../engine.ts';
import { printCombine } from './combine.ts';
import { type KernelCost, kernelCost } from './cost.ts';
import { type Heap, MAX_PAGES } from './heap.ts';
import { MATH_IMPORTS, type VectorLanes } from './lanes.ts';
import { packedElements, printPack, printProduct } from './matmul.ts';
import { printSweep, temporaryLayout } from './sweep.ts';
import { assembleModule, F64, type FunctionBuilder } from './wasm.ts';

export type KernelFunction = (...args: number[]) => void;

export interface Code extends Omit<CompiledProgram, 'leaves'> {
  /** For each leaf of the compiled program, its position among the leaves of the canonical form. */
  readonly leafPositions: readonly number[];
  readonly module: WebAssembly.Module;
  readonly functions: readonly KernelFunction[];
  /** For each kernel its function, and for a product with panels the function that packs them. */
  readonly main: readonly number[];
  readonly pack: readonly (number | undefined)[];
  readonly combine: { readonly add: number; readonly max: number };
  readonly costs: readonly KernelCost[];
  /** Bytes of scratch that any kernel needs for the temporaries of a row. */
  readonly temporaries: number;
  /** Elements of the largest packed right side. */
  readonly packed: number;
  /** Size of the module in bytes. */
  readonly moduleBytes: number;
}

const KEPT = 256;

export interface CodeCache {
  get(program: Program): { code: Code; leaves: readonly Tensor[] };
  readonly counters: { compiles: number; planHits: number };
}

export function codeCache(heap: Heap, vector: VectorLanes): CodeCache {
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
      const code = compileCode(program, leaves, heap, vector);
      known.set(key, code);
      if (known.size > KEPT) known.delete(known.keys().next().value!);
      return { code, leaves };
    },
  };
}

const hasPanels = (kernel: Kernel): kernel is Product => kernel.kind === 'matmul';

function compileCode(program: Program, leaves: readonly Tensor[], heap: Heap, vector: VectorLanes): Code {
  const { tensors: _, leaves: programLeaves, ...compiled } = compileProgram(program);
  const printed: FunctionBuilder[] = [printCombine('add', vector), printCombine('max', vector)];
  const numbers = new Map<string, number>();
  /** The number of a function, printed once for all kernels of one shape. */
  const shared = (key: string, print: () => FunctionBuilder): number => {
    const number = numbers.get(key) ?? printed.push(print()) - 1;
    numbers.set(key, number);
    return number;
  };
  const shape = (k: Product) => `${k.kind} ${k.inner} ${k.outer}`;
  const main = compiled.kernels.map((kernel) =>
    kernel.kind === 'sweep'
      ? printed.push(printSweep(kernel, vector)) - 1
      : shared(shape(kernel), () => printProduct(kernel, vector)),
  );
  const pack = compiled.kernels.map((kernel) =>
    hasPanels(kernel)
      ? shared(`pack ${shape(kernel)} ${kernel.transposed}`, () => printPack(kernel, vector))
      : undefined,
  );
  const imports = MATH_IMPORTS.map((name) => ({ name, params: [F64] as const, results: [F64] as const }));
  const bytes = assembleModule(imports, printed, { minPages: 1, maxPages: MAX_PAGES, shared: heap.shared });
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: heap.memory, sin: Math.sin, cos: Math.cos } });
  return {
    ...compiled,
    leafPositions: programLeaves.map((leaf) => leaves.indexOf(leaf)),
    module,
    functions: printed.map((_, k) => exports[`f${k}`] as KernelFunction),
    main,
    pack,
    combine: { add: 0, max: 1 },
    costs: compiled.kernels.map((kernel) => kernelCost(kernel, vector.bytes)),
    temporaries: compiled.kernels.reduce(
      (most, k) => Math.max(most, k.kind === 'sweep' ? temporaryLayout(k, vector.bytes).size : 0),
      64,
    ),
    packed: compiled.kernels.reduce(
      (most, k) => Math.max(most, hasPanels(k) ? packedElements(vector, k.inner, k.outer) : 0),
      0,
    ),
    moduleBytes: bytes.length,
  };
}
