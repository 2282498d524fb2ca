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

async function gpu(mode: 'webgpu' | 'webgl2'): Promise<OpenEngine> {
  // gpu.js is large: it is loaded by those who ask for a GPU.
  const { gpuEngine } = await import('../tensor/gpu.ts');
  try {
    const engine = await gpuEngine({ mode });
    const { name, software } = engine.info;
    return {
      engine,
      device: `${ENGINES[engine.info.mode as EngineName]}: ${name}${software ? ' (software)' : ''}`,
    };
  } catch (error) {
    throw new Error(`not available here: ${error instanceof Error ? error.message : error}`);
  }
}

export const openEngine = async (name: EngineName): Promise<OpenEngine> => (name === 'cpu' ? cpu() : gpu(name));
