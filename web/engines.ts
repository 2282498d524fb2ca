/**
 * From the name of an engine to the engine, and what it really runs on. Never another one than was asked for.
 */
import { cpuEngine, type Engine } from '../tensor/index.ts';
import type { EngineName } from './messages.ts';

export interface OpenEngine {
  readonly engine: Engine;
  /** What computes, in words. */
  readonly device: string;
}

function cpu(): OpenEngine {
  const engine = cpuEngine();
  const threads = engine.threads === 1 ? 'one thread' : `${engine.threads} threads`;
  return { engine, device: `WebAssembly SIMD, ${threads}` };
}

export async function openEngine(name: EngineName): Promise<OpenEngine> {
  if (name === 'cpu') return cpu();
  throw new Error(`${name} is not there yet.`);
}
