/**
 * From the name of an engine to the engine, and what it really runs on. Never another one than was asked for.
 */
import { cpuEngine, type Engine } from '../tensor/index.ts';
import { ENGINES, type EngineName } from './messages.ts';

export interface OpenEngine {
  readonly engine: Engine;
  /** What computes, in words. */
  readonly device: string;
}

function cpu(): OpenEngine {
  const engine = cpuEngine();
  const threads = engine.threads === 1 ? 'one thread' : `${engine.threads} threads`;
  return { engine, device: `CPU: WebAssembly SIMD, ${threads}` };
}

const HINTS = {
  webgpu: 'Chromium has WebGPU on most machines with a GPU, and elsewhere if it is allowed under chrome://flags.',
  webgl2: 'It may be switched off in the settings of this browser (hardware acceleration).',
} as const;

async function gpu(mode: 'webgpu' | 'webgl2'): Promise<OpenEngine> {
  // gpu.js is large: it is loaded by those who ask for a GPU.
  const { gpuEngine } = await import('../tensor/engines/gpu/engine.ts');
  try {
    const engine = await gpuEngine({ mode });
    const { name, software } = engine.info;
    return {
      engine,
      device: `${ENGINES[engine.info.mode as EngineName]}: ${name}${software ? ' (software, no GPU)' : ''}`,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`not available here. ${HINTS[mode]} (${reason})`);
  }
}

export const openEngine = async (name: EngineName): Promise<OpenEngine> => (name === 'cpu' ? cpu() : gpu(name));
