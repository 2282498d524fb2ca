/**
 * What an engine keeps between runs: its memory, the values of variables, compiled code, and its team of threads. All plans
 * of an engine share this and nothing else.
 */
import { initialValue, written } from '../../leaves.ts';
import type { Numbers, Tensor } from '../../tensor.ts';
import { type Code, type CodeCache, codeCache } from './code.ts';
import { hasFusedMultiplyAdd } from './fused-multiply-add.ts';
import { createHeap, type Heap } from './heap.ts';
import { lanesOf, type Precision } from './lanes.ts';
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
  /** Makes sure that a variable has a place for so many numbers; a single number fills it. */
  place(variable: Tensor, length: number): void;
  /** The number under which the team knows the module of this code. */
  moduleOf(code: Code): number;
}

export function engineState(
  precision: Precision,
  threads = defaultThreads(),
  fuse = true,
  worker?: URL | string,
): EngineState {
  const shared = threads > 1 && canShare();
  const vector = lanesOf(precision, hasFusedMultiplyAdd());
  const heap = createHeap(shared);
  const { bytes } = vector;
  const team = shared ? teamOf(threads, worker) : undefined;
  const variables = new WeakMap<Tensor, { address: number; length: number }>();
  const released = new FinalizationRegistry<{ address: number; length: number }>(({ address, length }) =>
    heap.release(address, length * bytes),
  );
  const modules = new WeakMap<Code, number>();
  const reals = (address: number, length: number): Reals =>
    precision === 'f32'
      ? new Float32Array(heap.memory.buffer, address, length)
      : new Float64Array(heap.memory.buffer, address, length);

  /** The place of a variable, for so many numbers: a named dimension may have more rows than before. */
  function reserved(variable: Tensor, length: number): { readonly address: number; readonly length: number } {
    let held = variables.get(variable);
    if (held?.length === length) return held;
    const address = heap.reserve(length * bytes);
    if (held) {
      heap.release(held.address, held.length * bytes);
      Object.assign(held, { address, length });
    } else {
      held = { address, length };
      variables.set(variable, held);
      released.register(variable, held);
    }
    return held;
  }

  const state: EngineState = {
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
      const values = written(variable, value);
      const { address, length } = reserved(variable, values.length);
      reals(address, length).set(values);
    },
    place(variable, length) {
      if (variables.get(variable)?.length === length) return;
      const values = state.read(variable);
      const { address } = reserved(variable, length);
      if (values.length === 1) reals(address, length).fill(values[0]);
      else reals(address, length).set(values);
    },
    moduleOf(code) {
      const known = modules.get(code);
      if (known !== undefined) return known;
      const module = team!.register(code, code.module, heap.memory, bytes);
      modules.set(code, module);
      return module;
    },
  };
  return state;
}
