/**
 * The GPU side of tensor/, apart from its public face so that only programs that want a GPU load gpu.js.
 *
 * In Node, `provideWebGpu` of engines/gpu/node-webgpu.ts comes first; browsers have WebGPU and WebGL2 of their own.
 */
export { GPU_MODES, type GpuAdapterInfo, type GpuCounters, type GpuMode } from './engines/gpu/adapter.ts';
export { type GpuEngine, type GpuOptions, gpuEngine } from './engines/gpu/engine.ts';
export type { GpuPlan } from './engines/gpu/plan.ts';
export { type Probed, probe, showProbed } from './engines/gpu/probe.ts';
