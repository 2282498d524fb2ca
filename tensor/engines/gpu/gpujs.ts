/**
 * All that this project uses of gpu.js, and the only file that imports it: opening a GPU in a given mode, compiling a kernel,
 * running it, and freeing the output that a kernel keeps.
 *
 * It works in Node and in a web page alike. Two things that gpu.js does silently are errors here: running in another mode
 * than the one asked for, and ending loops after 1000 iterations.
 */
import gpujs from 'gpu.js';

/** `webgl2` needs a browser, `headlessgl` a built package `gl` in Node. */
export type GpuMode = 'webgpu' | 'webgl2' | 'headlessgl';
/**
 * All modes, in the order in which `probe` tries them.
 *
 * @example
 * GPU_MODES.length;  // 3
 */
export const GPU_MODES: readonly GpuMode[] = ['webgpu', 'webgl2', 'headlessgl'];

/** What each mode needs, for the error that says that it is not available. */
const NEEDS: Readonly<Record<GpuMode, string>> = {
  webgpu: 'a GPU with a Vulkan, Metal or Direct3D 12 driver, and a browser with WebGPU or, in Node, the package webgpu',
  webgl2: 'a browser with WebGL2, which its settings may have switched off',
  headlessgl: 'Node and a built package gl',
};

/** The class of gpu.js whose kernels run in each mode. */
const KERNEL_CLASS: Readonly<Record<GpuMode, string>> = {
  webgpu: 'WebGPUKernel',
  webgl2: 'WebGL2Kernel',
  headlessgl: 'HeadlessGLKernel',
};

/** By default gpu.js ends every loop after 1000 iterations, without an error. */
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

/** An array on the device, as gpu.js hands it out. */
export interface Handle {
  /** Sizes in x, y and z, by which `toArray` nests the numbers. */
  output: readonly number[];
  /** In the WebGL modes an array is a texture, which holds the same sizes once more for kernels that read it. */
  dimensions?: readonly number[];
  toArray(): unknown;
  delete(): void;
}

/** What kernels take: arrays on the device, arrays to be uploaded (`inputOf`), and numbers. */
export type Argument = Handle | HostArray | number;
interface HostArray {
  readonly size: unknown;
}

/** The object behind a kernel function, as far as this project looks into it. */
interface KernelObject {
  readonly loopMaxIterations: number;
  /** The last output in WebGPU, with a count of those who hold it. */
  outputBuffer?: { _refs: number; destroy(): void } | null;
  /** The last output in the WebGL modes. */
  texture?: Handle | null;
}

export interface Kernel {
  (...args: Argument[]): Handle | Promise<Handle>;
  readonly kernel: KernelObject;
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

/** gpu.js is a CommonJS module: in Node it is an object, in the build for browsers a function with the same members. */
const lib = gpujs as unknown as {
  GPU: new (settings: { mode: GpuMode }) => Gpu;
  input: (values: Float32Array, size: readonly number[]) => HostArray;
  WebGPUContext: { acquire(): Promise<WebGpuContext> };
} & Record<string, new () => unknown>;

/** A GPU of gpu.js in a given mode. */
export interface OpenGpu {
  readonly mode: GpuMode;
  readonly gpu: Gpu;
  /** Adapter and device of WebGPU; undefined in the WebGL modes. */
  readonly webGpu: WebGpuContext | undefined;
}

/** Opens a GPU. Throws where WebGPU has no adapter, or where a WebGL mode is not available. */
export async function openGpu(mode: GpuMode): Promise<OpenGpu> {
  try {
    const webGpu = mode === 'webgpu' ? await lib.WebGPUContext.acquire() : undefined;
    return { mode, webGpu, gpu: new lib.GPU({ mode }) };
  } catch (error) {
    throw new Error(`no ${mode} adapter answers; it needs ${NEEDS[mode]}`, { cause: error });
  }
}

/** An array on the host that a kernel uploads when it is run; `size` counts its numbers in x, y and z. */
export const inputOf = (values: Float32Array, size: readonly number[]): Argument => lib.input(values, size);

/** A kernel from the text of its function. gpu.js compiles it at its first run. */
export const createKernel = ({ gpu }: OpenGpu, source: string): Kernel =>
  gpu.createKernel(source, { ...SETTINGS, output: [1, 1, 1] });

/** Runs a kernel with so many threads in x, y and z. Throws if gpu.js has run it in another mode. */
export async function runKernel(
  { gpu, mode }: OpenGpu,
  kernel: Kernel,
  args: readonly Argument[],
  threads: readonly number[],
): Promise<Handle> {
  kernel.setOutput(threads);
  const handle = await kernel(...args);
  const ran = kernel.kernel;
  if (!(ran instanceof lib[KERNEL_CLASS[mode]]) || gpu.mode !== mode || ran.loopMaxIterations !== LOOP_MAX) {
    throw new Error(`Expected a kernel of mode ${mode}, gpu.js ran ${ran.constructor.name} (${gpu.mode}).`);
  }
  releaseKeptOutput(ran);
  return handle;
}

/** Frees the reference to its last output that a kernel of gpu.js keeps; the handle that it returned stays valid. */
function releaseKeptOutput(kernel: KernelObject): void {
  // In the WebGL modes `setOutput`, called before each run, makes a new texture.
  kernel.texture?.delete();
  const kept = kernel.outputBuffer;
  if (!kept) return;
  kept._refs--;
  if (kept._refs === 0) kept.destroy();
  kernel.outputBuffer = null;
}

/** Name of the adapter, as its driver gives it, and whether it is a program on the CPU that stands in for a GPU. */
export function describeAdapter({ mode, gpu, webGpu }: OpenGpu): { name: string; software: boolean } {
  if (webGpu) {
    const { info, isFallbackAdapter } = webGpu.adapter;
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

const isSoftware = (name: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(name);
