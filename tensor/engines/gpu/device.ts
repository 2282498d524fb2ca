/**
 * A GPU as the rest of the engine sees it: launching kernels, and making, reading and freeing arrays.
 *
 * Each array lives until its last owner releases it. Counters say how many arrays are alive and how many bytes crossed the
 * bus between host and device. A GPU reports errors late, as events; the first one is kept here and thrown by the next `read`.
 */
import {
  type Argument,
  createKernel,
  describeAdapter,
  type GpuMode,
  type Handle,
  inputOf,
  type Kernel,
  type OpenGpu,
  openGpu,
  runKernel,
} from './gpujs.ts';
import { type SlabShape, slabElements } from './slab.ts';

export interface GpuAdapterInfo {
  readonly mode: GpuMode;
  /** The name that the driver gives. */
  readonly name: string;
  /** Is it a program on the CPU that stands in for a GPU (SwiftShader, llvmpipe)? */
  readonly software: boolean;
}

/** An array on the device. Whoever gets it owns it and calls `release` once; `retain` adds an owner. */
export interface DeviceArray {
  readonly shape: SlabShape;
}

export interface GpuCounters {
  /** Arrays that are on the device now, and their bytes. */
  live: number;
  liveBytes: number;
  uploads: number;
  uploadedBytes: number;
  readbacks: number;
  readBytes: number;
  launches: number;
  /** Kernels made so far. */
  kernels: number;
}

export interface GpuDevice {
  readonly info: GpuAdapterInfo;
  readonly counters: Readonly<GpuCounters>;
  /**
   * Runs the kernel with this text, which is compiled at its first use, with so many threads in x, y and z. Its results, in
   * the order of the threads, are an array of `shape`; by default the shape is that of the threads.
   */
  launch(
    source: string,
    args: readonly (DeviceArray | number)[],
    threads: SlabShape,
    shape?: SlabShape,
  ): Promise<DeviceArray>;
  /** An array with these numbers, padded as by `toSlab`; they are copied before this returns. */
  upload(values: Float32Array, shape: SlabShape): Promise<DeviceArray>;
  /** An array of equal numbers, made on the device. */
  filled(value: number, shape: SlabShape): Promise<DeviceArray>;
  /** The numbers of an array, row by row, padding included. Throws if the GPU has reported an error. */
  read(array: DeviceArray): Promise<Float32Array>;
  retain(array: DeviceArray): DeviceArray;
  release(array: DeviceArray): void;
  /** Frees all arrays and kernels. The device itself belongs to gpu.js, which shares it. */
  destroy(): Promise<void>;
}

/** So many kernels are kept compiled; of more, the least recently used are freed. */
const KEPT_KERNELS = 4096;

const FILL = 'function(value){return value;}';
const COPY = 'function(a){return a[this.thread.z][this.thread.y][this.thread.x];}';

const sizesOf = ({ cols, height, slabs }: SlabShape): number[] => [cols, height, slabs];
const bytesOf = (shape: SlabShape): number => 4 * slabElements(shape);

/** Opens a GPU; throws if this mode does not really run here, or computes wrong numbers. */
export async function openDevice(mode: GpuMode): Promise<GpuDevice> {
  const opened = await openGpu(mode);
  const device = new Device(opened);
  await device.selfTest();
  // In the WebGL modes gpu.js has no context, and so no name of the adapter, before its first kernel has run.
  return Object.assign(device, { info: { mode, ...describeAdapter(opened) } });
}

class OwnedArray implements DeviceArray {
  owners = 1;
  constructor(
    readonly shape: SlabShape,
    readonly handle: Handle,
  ) {}
}

class Device implements Omit<GpuDevice, 'info'> {
  readonly counters: GpuCounters = {
    live: 0,
    liveBytes: 0,
    uploads: 0,
    uploadedBytes: 0,
    readbacks: 0,
    readBytes: 0,
    launches: 0,
    kernels: 0,
  };
  /** Compiled kernels by their text, the most recently used last. */
  private readonly kernels = new Map<string, Kernel>();
  private readonly alive = new Set<OwnedArray>();
  private failure: string | undefined;
  private destroyed = false;

  constructor(private readonly opened: OpenGpu) {
    const device = opened.webGpu?.device;
    if (!device) return;
    // All engines of this process share the device: each of them notes an error and passes it on; gpu.js prints it.
    const { onuncapturederror: others } = device;
    device.onuncapturederror = (event) => {
      this.failure ??= event.error.message;
      others?.call(device, event);
    };
  }

  /** Writes one number and reads it back, so that nobody relies on a mode that does not work. */
  async selfTest(): Promise<void> {
    const one = await this.filled(1, { cols: 1, height: 1, slabs: 1 });
    const [read] = await this.read(one);
    this.release(one);
    if (read !== 1) {
      throw new Error(`GPU mode ${this.opened.mode} computes wrong numbers: 1 came back as ${read}.`);
    }
    Object.assign(this.counters, { uploads: 0, uploadedBytes: 0, readbacks: 0, readBytes: 0, launches: 0 });
  }

  launch(
    source: string,
    args: readonly (DeviceArray | number)[],
    threads: SlabShape,
    shape = threads,
  ): Promise<DeviceArray> {
    this.counters.launches++;
    const held = args.map((arg) => (typeof arg === 'number' ? arg : (arg as OwnedArray).handle));
    return this.run(source, held, threads, shape);
  }

  upload(values: Float32Array, shape: SlabShape): Promise<DeviceArray> {
    this.counters.uploads++;
    this.counters.uploadedBytes += values.byteLength;
    return this.run(COPY, [inputOf(values, sizesOf(shape))], shape, shape);
  }

  filled(value: number, shape: SlabShape): Promise<DeviceArray> {
    return this.launch(FILL, [value], shape);
  }

  async read(array: DeviceArray): Promise<Float32Array> {
    this.throwFailure();
    const nested = (await (array as OwnedArray).handle.toArray()) as Float32Array[][];
    this.throwFailure();
    this.counters.readbacks++;
    this.counters.readBytes += bytesOf(array.shape);
    const { cols, height } = array.shape;
    const flat = new Float32Array(slabElements(array.shape));
    for (const [z, slab] of nested.entries()) {
      for (const [y, row] of slab.entries()) flat.set(row, (z * height + y) * cols);
    }
    return flat;
  }

  retain(array: DeviceArray): DeviceArray {
    (array as OwnedArray).owners++;
    return array;
  }

  release(array: DeviceArray): void {
    const held = array as OwnedArray;
    if (this.destroyed) return;
    if (held.owners <= 0) throw new Error('internal: a GPU array is released twice');
    held.owners--;
    if (held.owners > 0) return;
    held.handle.delete();
    this.alive.delete(held);
    this.counters.live--;
    this.counters.liveBytes -= bytesOf(held.shape);
  }

  async destroy(): Promise<void> {
    this.destroyed = true;
    for (const { handle } of this.alive) handle.delete();
    this.alive.clear();
    Object.assign(this.counters, { live: 0, liveBytes: 0 });
    for (const kernel of this.kernels.values()) kernel.destroy();
    this.kernels.clear();
    await this.opened.gpu.destroy();
  }

  private async run(
    source: string,
    args: readonly Argument[],
    threads: SlabShape,
    shape: SlabShape,
  ): Promise<DeviceArray> {
    if (this.destroyed) throw new Error('This GPU engine has been destroyed; open another one.');
    const handle = await runKernel(this.opened, this.kernelOf(source), args, sizesOf(threads));
    // Numbers lie in the order of the threads, so another shape is only another way to count them.
    handle.output = sizesOf(shape);
    if (handle.dimensions) handle.dimensions = sizesOf(shape);
    const made = new OwnedArray(shape, handle);
    this.alive.add(made);
    this.counters.live++;
    this.counters.liveBytes += bytesOf(shape);
    return made;
  }

  private kernelOf(source: string): Kernel {
    const known = this.kernels.get(source);
    if (known) {
      this.kernels.delete(source);
      this.kernels.set(source, known);
      return known;
    }
    const made = createKernel(this.opened, source);
    this.counters.kernels++;
    this.kernels.set(source, made);
    if (this.kernels.size > KEPT_KERNELS) {
      const [oldest, kernel] = this.kernels.entries().next().value!;
      kernel.destroy();
      this.kernels.delete(oldest);
    }
    return made;
  }

  private throwFailure(): void {
    if (this.failure === undefined) return;
    const message = this.failure;
    this.failure = undefined;
    throw new Error(`The GPU (${this.opened.mode}) reported: ${message}`);
  }
}
