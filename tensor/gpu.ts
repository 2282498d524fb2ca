/**
 * The public face of the GPU engine. It stands apart from tensor/index.ts, so that only programs that want a GPU load gpu.js.
 *
 * In Node, call `provideWebGpu` of engines/gpu/node-webgpu.ts first; browsers have WebGPU and WebGL2 of their own.
 *
 * @example
 * // no-run: needs a GPU
 * const engine = await gpuEngine({ mode: 'webgpu' }), x = input([3], 'x');
 * const f = compile({ x }, { doubled: x.mul(2) }, { engine });
 */
export type { GpuAdapterInfo, GpuCounters } from './engines/gpu/device.ts';
export { type GpuEngine, type GpuOptions, gpuEngine } from './engines/gpu/engine.ts';
export { GPU_MODES, type GpuMode } from './engines/gpu/gpujs.ts';
export type { GpuPlan } from './engines/gpu/plan.ts';
export { type Probed, probe, showProbed } from './engines/gpu/probe.ts';
