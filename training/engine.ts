/**
 * The engine that a configuration names. A GPU is asked whether it is there; `gpu` never stands for anything else,
 * `auto` says what it took and why.
 */
import { availableParallelism } from 'node:os';
import { UserError } from '../files/errors.ts';
import { provideWebGpu } from '../tensor/engines/gpu/node-webgpu.ts';
import type { GpuMode, Probed } from '../tensor/gpu.ts';
import { type CpuEngine, cpuEngine, type Engine, referenceEngine } from '../tensor/index.ts';

export type EngineName = 'cpu' | 'gpu' | 'auto' | 'reference';
export const ENGINES: readonly EngineName[] = ['cpu', 'gpu', 'auto', 'reference'];
export const ENGINE_HELP =
  'cpu: WebAssembly on all cores (LATTIGRAD_THREADS limits them); gpu: WebGPU, see docs/gpu.md; ' +
  'auto: a hardware GPU if one answers, else cpu; reference: float64, slow';

export interface ChosenEngine {
  readonly engine: Engine;
  readonly threads: number;
  /** The GPU's name, if it is one. */
  readonly device?: string | undefined;
}

/** Modes that exist in Node. */
const NODE_MODES: readonly GpuMode[] = ['webgpu', 'headlessgl'];

/** Lets a software adapter (SwiftShader, llvmpipe) count as a GPU: for tests, it is far slower than the CPU engine. */
const softwareAllowed = (): boolean => process.env.LATTIGRAD_SOFTWARE_GPU === '1';

const onCpu = (): ChosenEngine => {
  const engine: CpuEngine = cpuEngine();
  return { engine, threads: engine.threads };
};

export async function chooseEngine(name: EngineName, say: (text: string) => void = console.log): Promise<ChosenEngine> {
  if (name === 'cpu') return onCpu();
  if (name === 'reference') return { engine: referenceEngine(), threads: 1 };
  // Only here, so that nobody else waits for gpu.js to load.
  const { gpuEngine, probe, showProbed } = await import('../tensor/gpu.ts');
  const missing = await provideWebGpu();
  const found = await probe(NODE_MODES);
  const tried = [...(missing === undefined ? [] : [missing]), ...showProbed(found)];
  const usable = usableGpu(found, name === 'gpu' && softwareAllowed());
  if (usable) {
    const engine = await gpuEngine({ mode: usable.mode });
    const device = `${engine.info.name} (${engine.info.mode}${engine.info.software ? ', software' : ''})`;
    if (name === 'auto') say(`engine: gpu, ${device}`);
    return { engine, threads: availableParallelism(), device };
  }
  if (name === 'gpu') throw new UserError(noGpu(tried));
  say(`engine: cpu, since no hardware GPU answers (${tried.join('; ')})`);
  return onCpu();
}

/** The first adapter that may be used; hardware before software. */
export function usableGpu(found: readonly Probed[], software: boolean): { mode: GpuMode } | undefined {
  const answering = found.filter((p) => 'info' in p);
  return answering.find(({ info }) => !info.software) ?? (software ? answering[0] : undefined);
}

/** What was tried, and how to get a GPU. */
export const noGpu = (tried: readonly string[]): string =>
  `--engine gpu: no usable GPU. Tried: ${tried.join('; ')}. ` +
  "A GPU needs a driver with Vulkan (Linux: libvulkan1 and the vendor's driver), Metal or Direct3D 12, and the " +
  'package webgpu (npm install webgpu@0.6.2). A software adapter counts only with LATTIGRAD_SOFTWARE_GPU=1. ' +
  'Without a GPU, use --engine cpu, or auto. More in docs/gpu.md.';

/** A helper thread that makes batches pays where more than one thread may be used. */
export const useHelper = (threads: number): boolean => threads > 1 && availableParallelism() > 1;

/** One engine for all runs of a process, whichever asks first. */
export function sharedEngine(): (name: EngineName) => Promise<ChosenEngine> {
  let shared: Promise<ChosenEngine> | undefined;
  return (name) => (shared ??= chooseEngine(name));
}
