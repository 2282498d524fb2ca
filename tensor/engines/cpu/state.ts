/**
 * What lives in an engine between runs: its memory, the values of variables, compiled code, and its team of threads.
 *
 * Plans are made from it and may be used in turn; they share nothing else.
 */
import { initialValue } from '../../leaves.ts';
import type { Numbers, Tensor } from '../../tensor.ts';
import { type Code, type CodeCache, codeCache } from './code.ts';
import { createHeap, type Heap } from './heap.ts';
import { lanesOf, type Precision } from './lanes.ts';
import { hasRelaxedSimd } from './relaxed.ts';
import { canShare, defaultThreads, type Team, teamOf } from './threads.ts';

export type Reals = Float32Array | Float64Array;

export interface EngineState {
  readonly precision: Precision;
  /** Bytes of a number. */
  readonly bytes: number;
  readonly heap: Heap;
  readonly threads: number;
  readonly team: Team | undefined;
  readonly cache: CodeCache;
  /** A view of the memory as it is now; do not keep it across runs. */
  reals(address: number, length: number): Reals;
  /** Where a variable lies, once it has been written. */
  placeOf(variable: Tensor): { readonly address: number; readonly length: number } | undefined;
  read(variable: Tensor): Float64Array;
  write(variable: Tensor, value: Numbers): void;
  /** The number under which the team knows the module of this code. */
  moduleOf(code: Code): number;
}

export function engineState(precision: Precision, threads = defaultThreads(), fuse = true): EngineState {
  const shared = threads > 1 && canShare();
  const vector = lanesOf(precision, hasRelaxedSimd());
  const heap = createHeap(shared);
  const { bytes } = vector;
  const team = shared ? teamOf(threads) : undefined;
  const variables = new WeakMap<Tensor, { address: number; length: number }>();
  const released = new FinalizationRegistry<{ address: number; length: number }>(({ address, length }) =>
    heap.release(address, length * bytes),
  );
  const modules = new WeakMap<Code, number>();
  const dropped = new FinalizationRegistry<number>((module) => team?.drop(module));
  const reals = (address: number, length: number): Reals =>
    precision === 'f32'
      ? new Float32Array(heap.memory.buffer, address, length)
      : new Float64Array(heap.memory.buffer, address, length);

  return {
    precision,
    bytes,
    heap,
    threads: shared ? threads : 1,
    team,
    cache: codeCache(heap, vector, fuse),
    reals,
    placeOf: (variable) => variables.get(variable),
    read(variable) {
      const held = variables.get(variable);
      if (held) return Float64Array.from(reals(held.address, held.length));
      // As a run will hold it: reading must not depend on whether one has been.
      const first = initialValue(variable) as Float64Array;
      return Float64Array.from(precision === 'f32' ? Float32Array.from(first) : first);
    },
    write(variable, value) {
      let held = variables.get(variable);
      if (held && held.length !== value.length) {
        throw new Error(`write: the variable holds ${held.length} numbers, got ${value.length}.`);
      }
      if (!held) {
        held = { address: heap.reserve(value.length * bytes), length: value.length };
        variables.set(variable, held);
        released.register(variable, held);
      }
      reals(held.address, held.length).set(value);
    },
    moduleOf(code) {
      const known = modules.get(code);
      if (known !== undefined) return known;
      const module = team!.register(code.module, heap.memory, bytes);
      modules.set(code, module);
      dropped.register(code, module);
      return module;
    },
  };
}
