/**
 * The engine that a configuration names. A GPU is asked whether it is there; `gpu` never stands for anything else,
 * `auto` says what it took and why.
 */
import { availableParallelism } from 'node:os';
import { UserError } from '../files/errors.ts';
import { provideWebGpu } from '../tensor/engines/gpu/node-webgpu.ts';
import type { GpuMode, Probed } from '../tensor/gpu.ts';
import { type CpuEngine, cpuEngine, type Engine, referenceEngine } from '../tensor/index.ts';

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

/** The first GPU that answers, or what was tried. */
async function findGpu(software: boolean): Promise<ChosenEngine | { readonly tried: readonly string[] }> {
  // Only here, so that nobody else waits for gpu.js to load.
  const { gpuEngine, probe, showProbed } = await import('../tensor/gpu.ts');
  const missing = await provideWebGpu();
  const found = await probe(NODE_MODES);
  const usable = usableGpu(found, software);
  if (!usable) return { tried: [...(missing === undefined ? [] : [missing]), ...showProbed(found)] };
  const engine = await gpuEngine({ mode: usable.mode });
  const device = `${engine.info.name} (${engine.info.mode}${engine.info.software ? ', software' : ''})`;
  return { engine, threads: availableParallelism(), device };
}

interface EngineChoice {
  /** For the command line. */
  readonly help: string;
  choose(say: (text: string) => void): Promise<ChosenEngine>;
}

/** Engines by name. One is added here, by a line, and in a folder of its own below tensor/engines/. */
const CHOICES = {
  cpu: {
    help: 'WebAssembly on all cores (LATTIGRAD_THREADS limits them)',
    choose: async () => onCpu(),
  },
  gpu: {
    help: 'WebGPU, see docs/gpu.md',
    async choose() {
      const found = await findGpu(softwareAllowed());
      if ('tried' in found) throw new UserError(noGpu(found.tried));
      return found;
    },
  },
  auto: {
    help: 'a hardware GPU if one answers, else cpu',
    async choose(say) {
      const found = await findGpu(false);
      if ('tried' in found) {
        say(`engine: cpu, since no hardware GPU answers (${found.tried.join('; ')})`);
        return onCpu();
      }
      say(`engine: gpu, ${found.device}`);
      return found;
    },
  },
  reference: {
    help: 'float64, slow',
    choose: async () => ({ engine: referenceEngine(), threads: 1 }),
  },
} as const satisfies Record<string, EngineChoice>;

export type EngineName = keyof typeof CHOICES;
export const ENGINES = Object.keys(CHOICES) as [EngineName, ...EngineName[]];
export const ENGINE_HELP = Object.entries(CHOICES)
  .map(([name, { help }]) => `${name}: ${help}`)
  .join('; ');

/**
 * The engine of this name: `cpu`, `gpu`, `auto` or `reference`; `say` hears what `auto` has taken. Throws a UserError
 * if `gpu` is asked for and none answers.
 *
 * @example
 * const { engine, threads } = await chooseEngine('reference');
 * threads;  // 1
 */
export const chooseEngine = (name: EngineName, say: (text: string) => void = console.log): Promise<ChosenEngine> =>
  CHOICES[name].choose(say);

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

/** One engine of each name for all runs of a process. */
export function sharedEngine(): (name: EngineName) => Promise<ChosenEngine> {
  const made = new Map<EngineName, Promise<ChosenEngine>>();
  return (name) => {
    const one = made.get(name) ?? chooseEngine(name);
    made.set(name, one);
    return one;
  };
}
