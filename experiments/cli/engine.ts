/** The engine that a configuration names. */
import { availableParallelism } from 'node:os';
import { type CpuEngine, cpuEngine, type Engine, referenceEngine } from '../../tensor/index.ts';

export interface ChosenEngine {
  readonly engine: Engine;
  readonly threads: number;
}

export function chooseEngine(name: 'cpu' | 'reference'): ChosenEngine {
  const engine = name === 'cpu' ? cpuEngine() : referenceEngine();
  return { engine, threads: name === 'cpu' ? (engine as CpuEngine).threads : 1 };
}

/** A helper thread that makes batches pays where more than one thread may be used. */
export const useHelper = (threads: number): boolean => threads > 1 && availableParallelism() > 1;
