/**
 * The code of a compiled program: one WebAssembly module with the functions of kernels and of launches.
 *
 * Code is kept by the structure of its program (program-cache.ts), so the same computation is compiled once.
 */
import { placesTaken } from '../../compile/inplace.ts';
import type { Product } from '../../compile/kernel.ts';
import { type Launch, launchesOf } from '../../compile/launch.ts';
import { type CompiledProgram, compileProgram } from '../../compile/plan.ts';
import { type ProgramCache, programCache } from '../../compile/program-cache.ts';
import type { Tensor } from '../../tensor.ts';
import type { Program } from '../engine.ts';
import { printSweep, temporaryBytes } from './bands.ts';
import { printCombine } from './combine.ts';
import { type KernelCost, kernelCost } from './cost.ts';
import { type Group, groupOf } from './group.ts';
import { type Heap, MAX_PAGES } from './heap.ts';
import { MATH_IMPORTS, type VectorLanes } from './lanes.ts';
import { printPack, printProduct } from './matmul.ts';
import { sharedResults } from './results.ts';
import { assembleModule, F64, type FunctionBuilder } from './wasm.ts';

export type KernelFunction = (...args: number[]) => void;

export interface Code extends Omit<CompiledProgram, 'leaves'> {
  /** For each leaf of the compiled program, its position among the leaves of the canonical form. */
  readonly leafPositions: readonly number[];
  readonly module: WebAssembly.Module;
  readonly functions: readonly KernelFunction[];
  /** For each kernel its function. */
  readonly main: readonly number[];
  readonly combine: { readonly add: number; readonly max: number };
  readonly costs: readonly KernelCost[];
  /** What runs after what; a launch whose rows may be cut anywhere has a function of its own. */
  readonly launches: readonly (Launch & { readonly group: Group | undefined })[];
  /** Buffers that give up their place to a result (inplace.ts). */
  readonly taken: ReadonlyMap<number, number>;
  /** Bytes of scratch that any kernel needs for the temporaries of a row. */
  readonly temporaries: number;
  /** Elements of the packed right sides of any launch. */
  readonly packed: number;
  /** Words that describe a chunk of any launch: what it fills before, and its arguments (execute.ts). */
  readonly words: number;
  /** Size of the module in bytes. */
  readonly moduleBytes: number;
}

/** Programs whose code is kept. */
const KEPT = 256;
/** Of a chunk: the number of fills, and as many arguments as combining, products and all kernels have beside arrays. */
const WORDS = 16;

export type CodeCache = ProgramCache<Code>;

export const codeCache = (heap: Heap, vector: VectorLanes, fuse: boolean): CodeCache =>
  programCache(KEPT, (program, leaves) => compileCode(program, leaves, heap, vector, fuse));

function compileCode(
  program: Program,
  leaves: readonly Tensor[],
  heap: Heap,
  vector: VectorLanes,
  fuse: boolean,
): Code {
  const { tensors: _, leaves: programLeaves, ...compiled } = compileProgram(program);
  const { kernels, buffers } = compiled;
  const printed: FunctionBuilder[] = [printCombine('add', vector), printCombine('max', vector)];
  const numbers = new Map<string, number>();
  /** The number of a function, printed once for all kernels of one shape. */
  const shared = (key: string, print: () => FunctionBuilder): number => {
    const number = numbers.get(key) ?? printed.push(print()) - 1;
    numbers.set(key, number);
    return number;
  };
  const shape = (k: Product) => `${k.kind} ${k.inner} ${k.outer}`;
  const main = kernels.map((kernel) =>
    kernel.kind === 'sweep'
      ? printed.push(printSweep(kernel, vector)) - 1
      : shared(shape(kernel), () => printProduct(kernel, vector)),
  );
  const costs = kernels.map((kernel) => kernelCost(kernel, vector.bytes));
  const functions = {
    main: (kernel: number) => main[kernel],
    pack: (p: Product) => shared(`pack ${shape(p)} ${p.transposed}`, () => printPack(p, vector)),
    print: (f: FunctionBuilder) => printed.push(f) - 1,
    work: (kernel: number) => costs[kernel].work,
  };
  const launches = launchesOf(kernels, buffers, fuse).map(({ kernels: ofLaunch, rows }) => ({
    kernels: ofLaunch,
    rows,
    group: rows === undefined ? undefined : groupOf({ kernels: ofLaunch, rows }, kernels, vector, functions),
  }));
  const kept = new Set([...compiled.outputs, ...compiled.updates]);
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
    combine: { add: 0, max: 1 },
    costs,
    launches,
    taken: fuse ? placesTaken(launches, kernels, buffers, kept) : new Map(),
    temporaries: kernels.reduce((most, k) => Math.max(most, k.kind === 'sweep' ? temporaryBytes(k, vector) : 0), 64),
    packed: launches.reduce((most, { group }) => Math.max(most, group?.elements ?? 0), 0),
    words: Math.max(
      WORDS,
      ...kernels.map((k) => (k.kind === 'sweep' ? WORDS + 3 * sharedResults(k).length + k.buffers.length : 0)),
      ...launches.map(({ group }) => WORDS + (group?.takes.length ?? 0)),
    ),
    moduleBytes: bytes.length,
  };
}
