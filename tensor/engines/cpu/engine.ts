/**
 * The CPU engine: kernels as WebAssembly SIMD, in float32 (default) or float64, on all cores.
 */
import type { Numbers, Tensor } from '../../tensor.ts';
import type { Engine, Program } from '../engine.ts';
import type { Precision } from './lanes.ts';
import { type CpuPlan, createPlan } from './plan.ts';
import { engineState } from './state.ts';

export interface CpuOptions {
  /** float32 (default) is fast; float64 is for gradient checks at speed. */
  readonly precision?: Precision;
  /** Threads, the calling one included; default: LATTIGRAD_THREADS, else all processors. Never changes a result. */
  readonly threads?: number;
  /**
   * Browsers only: where the program of the helper threads is served, which is the file `lattigrad/worker` of the package.
   * Default: they start from a blob, which a page may not do whose Content-Security-Policy allows `worker-src 'self'` alone.
   */
  readonly worker?: URL | string;
  /** Kernels of the same rows run as one (default); false: each on its own, to measure and to compare. Same bits. */
  readonly fuse?: boolean;
}

export interface CpuEngine extends Engine {
  readonly precision: Precision;
  readonly threads: number;
  compile(program: Program): CpuPlan;
  /** How often code was generated, and how often it was found ready. */
  readonly counters: Readonly<{ compiles: number; planHits: number }>;
  /** Bytes of the engine's memory. */
  readonly memoryBytes: () => number;
}

/**
 * A CPU engine: kernels as WebAssembly, in float32 unless `precision` is `'f64'`. It keeps variables of its own. Throws where
 * LATTIGRAD_THREADS is no number of threads. Where a browser does not let helper threads start, a warning on the console says why,
 * and the calling thread does all the work.
 *
 * @example
 * const engine = cpuEngine({ precision: 'f64', threads: 2 });
 * const x = input([2], 'x');
 * const f = compile({ x }, { y: x.exp() }, { engine });
 * (await f({ x: [0, 1] })).y; // [1, 2.71828]
 * @example
 * // no-run: for pages whose Content-Security-Policy says `worker-src 'self'`
 * const engine = cpuEngine({ worker: '/assets/lattigrad-worker.js' });
 */
export function cpuEngine({ precision = 'f32', threads, fuse, worker }: CpuOptions = {}): CpuEngine {
  const state = engineState(precision, threads, fuse, worker);
  return {
    name: 'cpu',
    precision,
    threads: state.threads,
    compile: (program) => createPlan(program, state),
    read: (variable: Tensor) => state.read(variable),
    write: (variable: Tensor, value: Numbers) => state.write(variable, value),
    sync: async () => {},
    counters: state.cache.counters,
    memoryBytes: () => state.heap.size(),
  };
}
