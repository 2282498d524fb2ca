/**
 * The one file that knows gpu.js: a device of a given mode, kernels from strings, arrays on the device.
 *
 * It works in Node and in a page alike. What gpu.js would do silently is refused here: another mode than the one asked
 * for, loops cut short, errors that a GPU reports late. gpu.js keeps the last output of every kernel alive; here each
 * array lives until its owner releases it, and counters say what is alive and what crossed the bus.
 */
import gpujs from 'gpu.js';
import { type SlabShape, slabElements } from './slab.ts';

/** `webgl2` needs a browser, `headlessgl` a built `gl` package in Node. */
export type GpuMode = 'webgpu' | 'webgl2' | 'headlessgl';
export const GPU_MODES: readonly GpuMode[] = ['webgpu', 'webgl2', 'headlessgl'];

export interface GpuAdapterInfo {
  readonly mode: GpuMode;
  /** As the driver names it. */
  readonly name: string;
  /** A program on the CPU that stands in for a GPU (SwiftShader, llvmpipe). */
  readonly software: boolean;
}

/** An array on the device. Its owner calls `release` once; `retain` makes one more owner. */
export interface DeviceArray {
  readonly shape: SlabShape;
}

export interface GpuCounters {
  /** Arrays on the device now, and their bytes. */
  live: number;
  liveBytes: number;
  uploads: number;
  uploadedBytes: number;
  readbacks: number;
  readBytes: number;
  launches: number;
  /** Kernels compiled. */
  kernels: number;
}

export interface GpuDevice {
  readonly info: GpuAdapterInfo;
  readonly counters: Readonly<GpuCounters>;
  /**
   * Runs the kernel of this text, compiled at its first use, with `threads` in x, y and z; its result, in their order,
   * counts as an array of `shape` (the default is that of the threads).
   */
  launch(
    source: string,
    args: readonly (DeviceArray | number)[],
    threads: SlabShape,
    shape?: SlabShape,
  ): Promise<DeviceArray>;
  /** `values` as toSlab makes them; they are copied before this returns. */
  upload(values: Float32Array, shape: SlabShape): Promise<DeviceArray>;
  /** An array of equal numbers, made on the device. */
  filled(value: number, shape: SlabShape): Promise<DeviceArray>;
  /** Row-major numbers, padding included. */
  read(array: DeviceArray): Promise<Float32Array>;
  retain(array: DeviceArray): DeviceArray;
  release(array: DeviceArray): void;
  /** Frees arrays and kernels; the device itself belongs to gpu.js, which shares it. */
  destroy(): Promise<void>;
}

/** The default of gpu.js ends every loop after 1000 turns, without a word. */
const LOOP_MAX = 1 << 24;
const SETTINGS = {
  precision: 'single',
  tactic: 'precision',
  pipeline: true,
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  loopMaxIterations: LOOP_MAX,
} as const;

/** Kernels that are kept compiled. */
const KEPT_KERNELS = 4096;

const FILL = 'function(value){return value;}';
const COPY = 'function(a){return a[this.thread.z][this.thread.y][this.thread.x];}';

/** What gpu.js hands out for an output that stays on the device. */
interface Handle {
  output: readonly number[];
  /** Of a texture. */
  dimensions?: readonly number[];
  toArray(): unknown;
  delete(): void;
}

interface Refs {
  _refs: number;
}

/** A kernel object of gpu.js, as far as its last output is concerned. */
interface Inner {
  readonly loopMaxIterations: number;
  outputBuffer?: (Refs & { destroy(): void }) | null;
  texture?: Handle | null;
}

interface Kernel {
  (...args: unknown[]): Handle | Promise<Handle>;
  readonly kernel: Inner;
  setOutput(output: readonly number[]): void;
  destroy(): void;
}

interface Gpu {
  readonly mode: string;
  readonly context: unknown;
  createKernel(source: string, settings: object): Kernel;
  destroy(): Promise<void>;
}

interface WebGpuContext {
  readonly adapter: {
    readonly info?: { vendor?: string; architecture?: string; device?: string; description?: string };
    readonly isFallbackAdapter?: boolean;
  };
  readonly device: { onuncapturederror: ((event: { error: { message: string } }) => void) | null };
}

/** gpu.js as a CommonJS module: in Node an object, in its browser build a function with the same members. */
const lib = gpujs as unknown as {
  GPU: new (settings: { mode: GpuMode }) => Gpu;
  input: (values: Float32Array, size: readonly number[]) => unknown;
  WebGPUContext: { acquire(): Promise<WebGpuContext> };
} & Record<string, new () => unknown>;

const KERNEL_CLASS: Readonly<Record<GpuMode, string>> = {
  webgpu: 'WebGPUKernel',
  webgl2: 'WebGL2Kernel',
  headlessgl: 'HeadlessGLKernel',
};

const isSoftware = (name: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(name);

const sizesOf = ({ cols, height, slabs }: SlabShape): number[] => [cols, height, slabs];

class GpuArray implements DeviceArray {
  owners = 1;
  constructor(
    readonly shape: SlabShape,
    readonly handle: Handle,
  ) {}
}

/** Opens a device; throws if this mode does not really run here. */
export async function openDevice(mode: GpuMode): Promise<GpuDevice> {
  const { context, gpu } = await open(mode);
  const counters: GpuCounters = {
    live: 0,
    liveBytes: 0,
    uploads: 0,
    uploadedBytes: 0,
    readbacks: 0,
    readBytes: 0,
    launches: 0,
    kernels: 0,
  };
  const kernels = new Map<string, Kernel>();
  const alive = new Set<GpuArray>();
  let failure: string | undefined;
  let destroyed = false;
  if (context) {
    // The device is shared by all that use gpu.js here: each learns of an error, and gpu.js prints it.
    const { onuncapturederror: others } = context.device;
    context.device.onuncapturederror = (event) => {
      failure ??= event.error.message;
      others?.call(context.device, event);
    };
  }
  const check = (): void => {
    if (failure === undefined) return;
    const message = failure;
    failure = undefined;
    throw new Error(`The GPU (${mode}) reported: ${message}`);
  };
  const bytesOf = (shape: SlabShape): number => 4 * slabElements(shape);

  function kernelOf(source: string): Kernel {
    const known = kernels.get(source);
    if (known) {
      kernels.delete(source);
      kernels.set(source, known); // most recently used last
      return known;
    }
    const made = gpu.createKernel(source, { ...SETTINGS, output: [1, 1, 1] });
    counters.kernels++;
    kernels.set(source, made);
    if (kernels.size > KEPT_KERNELS) {
      const [oldest, kernel] = kernels.entries().next().value!;
      kernel.destroy();
      kernels.delete(oldest);
    }
    return made;
  }

  async function start(
    source: string,
    args: readonly unknown[],
    threads: SlabShape,
    shape = threads,
  ): Promise<DeviceArray> {
    if (destroyed) throw new Error('This GPU engine has been destroyed; open another one.');
    const kernel = kernelOf(source);
    kernel.setOutput(sizesOf(threads));
    const handle = await kernel(...args);
    const inner = kernel.kernel;
    const expected = lib[KERNEL_CLASS[mode]];
    if (!(inner instanceof expected) || gpu.mode !== mode || inner.loopMaxIterations !== LOOP_MAX) {
      throw new Error(`Expected a kernel of mode ${mode}, gpu.js ran ${inner.constructor.name} (${gpu.mode}).`);
    }
    dropKept(inner);
    // Numbers lie in the order of threads, so another shape is another way to count them.
    handle.output = sizesOf(shape);
    if (handle.dimensions) handle.dimensions = sizesOf(shape);
    counters.live++;
    counters.liveBytes += bytesOf(shape);
    const made = new GpuArray(shape, handle);
    alive.add(made);
    return made;
  }

  const launch: GpuDevice['launch'] = (source, args, threads, shape = threads) => {
    counters.launches++;
    return start(
      source,
      args.map((arg) => (typeof arg === 'number' ? arg : (arg as GpuArray).handle)),
      threads,
      shape,
    );
  };

  const device: Omit<GpuDevice, 'info'> = {
    counters,
    launch,
    upload(values, shape) {
      counters.uploads++;
      counters.uploadedBytes += values.byteLength;
      return start(COPY, [lib.input(values, sizesOf(shape))], shape);
    },
    filled: (value, shape) => launch(FILL, [value], shape),
    async read(array) {
      check();
      const nested = (await (array as GpuArray).handle.toArray()) as Float32Array[][];
      check();
      counters.readbacks++;
      counters.readBytes += bytesOf(array.shape);
      const { cols, height } = array.shape;
      const flat = new Float32Array(slabElements(array.shape));
      nested.forEach((slab, z) => {
        slab.forEach((row, y) => {
          flat.set(row, (z * height + y) * cols);
        });
      });
      return flat;
    },
    retain(array) {
      (array as GpuArray).owners++;
      return array;
    },
    release(array) {
      const held = array as GpuArray;
      if (destroyed) return;
      if (held.owners <= 0) throw new Error('internal: a GPU array is released twice');
      held.owners--;
      if (held.owners > 0) return;
      held.handle.delete();
      alive.delete(held);
      counters.live--;
      counters.liveBytes -= bytesOf(held.shape);
    },
    async destroy() {
      destroyed = true;
      for (const { handle } of alive) handle.delete();
      alive.clear();
      Object.assign(counters, { live: 0, liveBytes: 0 });
      for (const kernel of kernels.values()) kernel.destroy();
      kernels.clear();
      await gpu.destroy();
    },
  };
  // One kernel and one number: that the mode really runs is known before anyone relies on it.
  const one = await device.filled(1, { cols: 1, height: 1, slabs: 1 });
  const [read] = await device.read(one);
  device.release(one);
  if (read !== 1) throw new Error(`GPU mode ${mode} computes wrong numbers: 1 came back as ${read}.`);
  Object.assign(counters, { uploads: 0, uploadedBytes: 0, readbacks: 0, readBytes: 0, launches: 0 });
  // In GL modes gpu.js has no context before its first kernel.
  return { ...device, info: { mode, ...describe(mode, gpu, context) } };
}

/** What each mode needs. */
const NEEDS: Readonly<Record<GpuMode, string>> = {
  webgpu: 'a GPU with a Vulkan, Metal or Direct3D 12 driver, and a browser with WebGPU or, in Node, the package webgpu',
  webgl2: 'a browser with WebGL2, which its settings may have switched off',
  headlessgl: 'Node and a built package gl',
};

/** WebGPU says that an adapter is missing when it is asked for one, WebGL when it is named. */
async function open(mode: GpuMode): Promise<{ context: WebGpuContext | undefined; gpu: Gpu }> {
  try {
    const context = mode === 'webgpu' ? await lib.WebGPUContext.acquire() : undefined;
    return { context, gpu: new lib.GPU({ mode }) };
  } catch (error) {
    throw new Error(`no ${mode} adapter answers; it needs ${NEEDS[mode]}`, { cause: error });
  }
}

/** Lets go of the output that a kernel of gpu.js keeps for itself; the handle that it returned lives on. */
function dropKept(inner: Inner): void {
  // In GL modes setOutput, called before each launch, makes a new texture.
  inner.texture?.delete();
  const kept = inner.outputBuffer;
  if (!kept) return;
  kept._refs--;
  if (kept._refs === 0) kept.destroy();
  inner.outputBuffer = null;
}

function describe(mode: GpuMode, gpu: Gpu, context: WebGpuContext | undefined): { name: string; software: boolean } {
  if (context) {
    const { info, isFallbackAdapter } = context.adapter;
    const parts = [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean);
    const name = parts.join(' ') || 'unnamed adapter';
    return { name, software: isFallbackAdapter === true || isSoftware(name) };
  }
  const gl = gpu.context as WebGL2RenderingContext | null;
  if (!gl) throw new Error(`No GPU context: mode ${mode} is not available here.`);
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return { name, software: isSoftware(name) };
}
