/**
 * Runs printed kernels in gpu.js' `cpu` mode, which needs no GPU: for tests of the printer only.
 *
 * That mode computes in float64 and stores float32, so it shows whether a kernel says the right thing, not how
 * exact a GPU is. It never falls back: another mode than the one asked for is an error.
 */

import * as gpujs from 'gpu.js';
import { indexOf } from '../../graph/index.ts';
import { compileProgram } from '../../tensor/compile/plan.ts';
import { resolveSize, type Sizes } from '../../tensor/dimension.ts';
import { withParts } from '../../tensor/engines/gpu/parts.ts';
import type { GpuKernel } from '../../tensor/engines/gpu/print.ts';
import { ARRAY_LIMIT, type GpuProgram, printProgram } from '../../tensor/engines/gpu/program.ts';
import { type SlabShape, slabShape, threadShape, toSlab } from '../../tensor/engines/gpu/slab.ts';
import type { Feeds, IndexValue, Program, Tensor } from '../../tensor/index.ts';
import { initialValue } from '../../tensor/leaves.ts';
import { run } from '../support/run.ts';

type Slab = Float32Array[][];

const SETTINGS = { precision: 'single', loopMaxIterations: 1 << 24 } as const;

const nested = (values: ArrayLike<number>, shape: SlabShape): Slab => {
  const { cols, height, slabs } = shape;
  const flat = toSlab(values, shape);
  return Array.from({ length: slabs }, (_, z) =>
    Array.from({ length: height }, (_, y) => flat.subarray((z * height + y) * cols, (z * height + y + 1) * cols)),
  );
};

/** Runs one kernel; the result as row-major numbers, padding included. */
export function launch(source: string, args: readonly (number | Slab)[], { cols, height, slabs }: SlabShape): number[] {
  const gpu = new gpujs.GPU({ mode: 'cpu' });
  const kernel = gpu.createKernel(source, { ...SETTINGS, output: [cols, height, slabs] });
  const result = kernel(...(args as never[])) as unknown as Slab;
  const ran = (kernel as unknown as { kernel: { constructor: { name: string }; loopMaxIterations: number } }).kernel;
  if (
    gpu.mode !== 'cpu' ||
    ran.constructor.name !== 'CPUKernel' ||
    ran.loopMaxIterations !== SETTINGS.loopMaxIterations
  )
    throw new Error(`expected mode cpu, gpu.js ran ${gpu.mode} (${ran.constructor.name})`);
  return result.flatMap((slab) => slab.flatMap((row) => [...row]));
}

/** A printed program with the values that its buffers should have, and the means to run its kernels. */
export interface Printed {
  readonly compiled: ReturnType<typeof compileProgram>;
  readonly gpu: GpuProgram;
  readonly expected: readonly Float64Array[];
  /** Arguments of a kernel, taken from `values` (by buffer). */
  arguments(kernel: GpuKernel, values: readonly ArrayLike<number>[]): (number | Slab)[];
  shapeOf(buffer: number): SlabShape;
  threadsOf(buffer: number): SlabShape;
  /** Numbers of a buffer, without padding. */
  countOf(buffer: number): number;
}

export async function printed(
  program: Program,
  feeds: Feeds,
  named: Readonly<Record<string, number>> = {},
  limit: number = ARRAY_LIMIT,
): Promise<Printed> {
  const compiled = compileProgram(program);
  const gpu = printProgram(compiled, limit);
  const numbers = compiled.tensors.filter(({ dtype }) => dtype !== 'index');
  const values = await run(numbers, { feeds, sizes: named });
  const rowsIn = (index: Tensor) => ((feeds.get(index) ?? initialValue(index)) as IndexValue).values;
  const expected = compiled.tensors.map((tensor) =>
    tensor.dtype === 'index' ? Float64Array.from(rowsIn(tensor)) : values[numbers.indexOf(tensor)],
  );
  const sizes: Sizes = withParts(new Map(Object.entries(named)));
  const rowsOf = (buffer: number): number => resolveSize(gpu.buffers[buffer].rows, sizes);
  const shapeOf = (buffer: number): SlabShape => slabShape(rowsOf(buffer), gpu.buffers[buffer].width);
  return {
    compiled,
    gpu,
    expected,
    shapeOf,
    threadsOf: (buffer) => threadShape(rowsOf(buffer), gpu.buffers[buffer].width),
    countOf: (buffer) => rowsOf(buffer) * gpu.buffers[buffer].width,
    arguments: ({ parameters, output }, values) =>
      parameters.map((p) => {
        if (p.kind === 'size') return resolveSize(p.size, sizes);
        if (p.kind === 'constant') return p.value;
        const held = values[p.buffer];
        if (!held) throw new Error(`buffer ${p.buffer} is read before it is written`);
        if (p.kind === 'number') return held[0];
        if (p.kind === 'buffer') return nested(held, shapeOf(p.buffer));
        const count = rowsOf(output);
        const { pointers, permutation } = indexOf(Int32Array.from(held), count);
        const array = [...pointers.map((at) => at + count + 1), ...permutation];
        return nested(array, slabShape(array.length, 1));
      }),
  };
}

/** Largest difference between buffers, relative to the largest finite expected number; infinities must agree. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const finite = Array.from(expected).filter(Number.isFinite);
  const scale = finite.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-6);
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    if (Object.is(actual[k], expected[k])) continue;
    const error = Math.abs(actual[k] - expected[k]) / scale;
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst;
}

/** Runs a whole printed program, each kernel on the results of those before it; values by buffer. */
export function runChained({ compiled, gpu, expected, arguments: argumentsOf, ...all }: Printed): number[][] {
  const values: number[][] = compiled.leaves.map((_, k) => [...expected[k]]);
  for (const kernel of gpu.kernels) {
    const { output } = kernel;
    values[output] = launch(kernel.source, argumentsOf(kernel, values), all.threadsOf(output)).slice(
      0,
      all.countOf(output),
    );
  }
  return values;
}

interface Translator {
  compiledSource: string;
  _buildAsync(): Promise<void>;
  build(...args: unknown[]): Promise<void>;
}

/** The WGSL that gpu.js makes of a kernel; no device is needed for that. Throws on what it cannot translate. */
export function toWgsl(source: string, args: readonly (number | Slab)[], { cols, height, slabs }: SlabShape): string {
  const { WebGPUKernel } = gpujs as unknown as { WebGPUKernel: new (source: string, settings: object) => Translator };
  const kernel = new WebGPUKernel(source, { ...SETTINGS, output: [cols, height, slabs] });
  kernel._buildAsync = async () => {};
  void kernel.build(...args);
  return kernel.compiledSource;
}
