/**
 * The GPU engine: kernels printed for gpu.js, in float32, with variables, constants and everything in between on the
 * device. Only what is fed goes up, and only outputs come back.
 *
 * Opening it is asynchronous, since a GPU has to be asked whether it is there; it never falls back to anything else.
 */
import type { Numbers, Tensor } from '../../tensor.ts';
import type { Engine, Program } from '../engine.ts';
import { type GpuAdapterInfo, type GpuCounters, type GpuMode, openDevice } from './adapter.ts';
import { gpuCodeCache } from './code.ts';
import { createGpuPlan, type GpuPlan } from './plan.ts';
import { gpuState } from './state.ts';

export interface GpuOptions {
  readonly mode: GpuMode;
}

export interface GpuEngine extends Engine {
  readonly info: GpuAdapterInfo;
  compile(program: Program): GpuPlan;
  /** How often a program was printed, and how often it was found ready. */
  readonly counters: Readonly<{ compiles: number; planHits: number }>;
  /** What lives on the device, and what crossed the bus. */
  readonly traffic: Readonly<GpuCounters>;
  /** Frees all that it holds on the device, once the runs asked for are done. */
  destroy(): Promise<void>;
}

/** Opens a GPU in the given mode; throws if that mode does not really run here. */
export async function gpuEngine({ mode }: GpuOptions): Promise<GpuEngine> {
  const device = await openDevice(mode);
  const state = gpuState(device);
  const cache = gpuCodeCache();
  return {
    name: 'gpu',
    info: device.info,
    compile: (program) => createGpuPlan(program, state, cache),
    read: (variable: Tensor) => state.read(variable),
    write: (variable: Tensor, value: Numbers) => state.write(variable, value),
    sync: () => state.sync(),
    counters: cache.counters,
    traffic: device.counters,
    destroy: () => state.enqueue(() => device.destroy()),
  };
}
