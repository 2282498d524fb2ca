/**
 * The GPU engine: kernels printed for gpu.js, which compute in float32. Variables, constants and all that lies between
 * inputs and outputs stay on the device: only what is fed is uploaded, and only outputs are read back.
 *
 * Opening the engine is asynchronous, since a GPU has to be asked whether it is there. The engine never falls back to
 * anything else.
 */
import type { Numbers, Tensor } from '../../tensor.ts';
import type { Engine, Program } from '../engine.ts';
import { gpuCodeCache } from './code.ts';
import { type GpuAdapterInfo, type GpuCounters, openDevice } from './device.ts';
import type { GpuMode } from './gpujs.ts';
import { createGpuPlan, type GpuPlan } from './plan.ts';
import { GpuState } from './state.ts';

export interface GpuOptions {
  readonly mode: GpuMode;
}

export interface GpuEngine extends Engine {
  readonly info: GpuAdapterInfo;
  compile(program: Program): GpuPlan;
  /** How often a program was printed, and how often it was found among the printed ones. */
  readonly counters: Readonly<{ compiles: number; planHits: number }>;
  /** What lies on the device, and what was uploaded and read back. */
  readonly traffic: Readonly<GpuCounters>;
  /** Frees all that the engine holds on the device, once the runs that have been asked for are done. */
  destroy(): Promise<void>;
}

/**
 * Opens a GPU in the given mode. Throws if that mode does not really run here; nothing else is taken in its place.
 *
 * @example
 * // no-run: needs a GPU
 * const engine = await gpuEngine({ mode: 'webgpu' }), x = input([3], 'x');
 * const f = compile({ x }, { doubled: x.mul(2) }, { engine });
 * console.log(engine.info.name, String((await f({ x: [1, 2, 3] })).doubled));
 * await engine.destroy();
 */
export async function gpuEngine({ mode }: GpuOptions): Promise<GpuEngine> {
  const device = await openDevice(mode);
  const state = new GpuState(device);
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
