/**
 * The CPU engine: kernels as WebAssembly SIMD, in float32 (default) or float64.
 *
 * A run copies the fed leaves into the arena, calls the kernels in order, copies results out and variables'
 * new values in. Nothing is kept between runs but variables; addresses are planned once per set of sizes.
 */

import type { BufferInfo, Kernel, Product, Sweep } from '../../compile/kernel.ts';
import { type Lifetime, planArena } from '../../compile/memory.ts';
import { type Dimension, product, resolveShape, resolveSize, type Sizes } from '../../dimension.ts';
import { type IndexValue, initialValue } from '../../leaves.ts';
import type { Numbers, Tensor } from '../../tensor.ts';
import { type Binding, bind, type Engine, type Feeds, type Plan, type Program } from '../engine.ts';
import { type Code, codeCache } from './code.ts';
import { createHeap } from './heap.ts';
import type { Precision } from './lanes.ts';

export interface CpuOptions {
  /** float32 (default) is fast; float64 is for gradient checks at speed. */
  readonly precision?: Precision;
}

export interface CpuPlan extends Plan {
  /** What this plan consists of, and what a kernel took in the last run (milliseconds). */
  readonly report: () => PlanReport;
}

export interface PlanReport {
  readonly kernels: number;
  /** Sweeps over streamed rows (edges). */
  readonly streamedSweeps: number;
  readonly products: number;
  /** Wide streamed arrays that had to be stored, with the reason. */
  readonly stored: readonly string[];
  readonly moduleBytes: number;
  /** Bytes of the arena in the last run. */
  readonly arenaBytes: number;
  readonly milliseconds: readonly { readonly kernel: string; readonly time: number }[];
}

export interface CpuEngine extends Engine {
  readonly precision: Precision;
  compile(program: Program): CpuPlan;
  /** How often code was generated, and how often it was found ready. */
  readonly counters: Readonly<{ compiles: number; planHits: number }>;
  /** Bytes of the engine's memory. */
  readonly memoryBytes: () => number;
}

interface Layout {
  readonly offsets: readonly number[];
  readonly size: number;
  readonly temporaries: number;
  readonly scratch: number;
}

export function cpuEngine({ precision = 'f32' }: CpuOptions = {}): CpuEngine {
  const heap = createHeap();
  const bytes = precision === 'f32' ? 4 : 8;
  const cache = codeCache(heap.memory, precision);
  const state = new WeakMap<Tensor, { address: number; length: number }>();
  const released = new FinalizationRegistry<{ address: number; length: number }>(({ address, length }) =>
    heap.release(address, length * bytes),
  );
  const reals = (address: number, length: number): Float32Array | Float64Array =>
    precision === 'f32'
      ? new Float32Array(heap.memory.buffer, address, length)
      : new Float64Array(heap.memory.buffer, address, length);

  const write = (variable: Tensor, value: Numbers): void => {
    let held = state.get(variable);
    if (held && held.length !== value.length) {
      throw new Error(`write: the variable holds ${held.length} numbers, got ${value.length}.`);
    }
    if (!held) {
      held = { address: heap.reserve(value.length * bytes), length: value.length };
      state.set(variable, held);
      released.register(variable, held);
    }
    reals(held.address, held.length).set(value);
  };
  const read = (variable: Tensor): Float64Array => {
    const held = state.get(variable);
    return held
      ? Float64Array.from(reals(held.address, held.length))
      : (initialValue(variable) as Float64Array).slice();
  };

  function compile(program: Program): CpuPlan {
    const { code, leaves } = cache.get(program);
    const bound = code.leafPositions.map((position) => leaves[position]!);
    const variables = (program.updates ?? []).map(([variable]) => variable);
    const layouts = new Map<string, Layout>();
    let arenaBytes = 0;
    const times: number[] = [];

    async function run(feeds: Feeds = new Map(), given = {}): Promise<Float64Array[]> {
      // Sizes are learnt from every leaf of the program, also from those that simplification removed.
      const { bindings, sizes } = bind(leaves, feeds, given, (variable) =>
        state.has(variable) ? read(variable) : undefined,
      );
      const layout = layoutFor(sizes);
      const base = heap.arena(layout.size);
      arenaBytes = layout.size;
      const address = (buffer: number): number => {
        const held = buffer < bound.length ? state.get(bound[buffer]!) : undefined;
        return held ? held.address : base + layout.offsets[buffer]!;
      };
      const byTensor = new Map(bindings.map((binding) => [binding.tensor, binding]));
      bound.forEach((leaf, buffer) => {
        if (!state.has(leaf)) fill(leaf, byTensor.get(leaf), address(buffer), sizes);
      });
      code.kernels.forEach((kernel, k) => {
        const started = performance.now();
        if (kernel.kind === 'sweep') runSweep(kernel, code.functions[k]!, address, sizes, base + layout.temporaries);
        else runProduct(kernel, code, address, sizes, base + layout.scratch);
        times[k] = performance.now() - started;
      });
      const extent = (buffer: number) => elements(code.buffers[buffer]!, sizes);
      const results = code.outputs.map((buffer) => Float64Array.from(reals(address(buffer), extent(buffer))));
      // All new values are complete before the first variable changes.
      const fresh = code.updates.map(([, buffer]) => reals(address(buffer), extent(buffer)).slice());
      variables.forEach((variable, k) => void write(variable, fresh[k] as Numbers));
      return results;
    }

    function layoutFor(sizes: Sizes): Layout {
      const key = [...sizes].map(([name, size]) => `${name}=${size}`).join();
      const known = layouts.get(key);
      if (known) return known;
      const lifetimes = [...lifetimesOf(code, sizes, bytes)];
      const end = code.kernels.length + 1;
      lifetimes.push({ bytes: code.temporaries, first: -1, last: end });
      lifetimes.push({ bytes: scratchBytes(code.kernels, sizes, bytes), first: -1, last: end });
      const { offsets, size } = planArena(lifetimes);
      const layout = {
        offsets,
        size,
        temporaries: offsets[code.buffers.length]!,
        scratch: offsets[code.buffers.length + 1]!,
      };
      if (layouts.size >= 64) layouts.clear();
      layouts.set(key, layout);
      return layout;
    }

    function fill(leaf: Tensor, binding: Binding | undefined, address: number, sizes: Sizes): void {
      if (leaf.op.name === 'sizeOf') {
        reals(address, 1)[0] = resolveSize(leaf.attributes.dimension as Dimension, sizes);
        return;
      }
      const { value, filled } = binding!;
      if (leaf.dtype === 'index') {
        const rows = (value as IndexValue).values;
        new Int32Array(heap.memory.buffer, address, rows.length).set(rows);
        return;
      }
      const numbers = value as Float64Array;
      const target = reals(address, product(resolveShape(leaf.shape, sizes)));
      if (filled) target.fill(numbers[0]!);
      else target.set(numbers);
    }

    function runSweep(
      sweep: Sweep,
      f: KernelFunction,
      address: (b: number) => number,
      sizes: Sizes,
      temporaries: number,
    ): void {
      for (const { buffer, value } of sweep.fills)
        reals(address(buffer), elements(code.buffers[buffer]!, sizes)).fill(value);
      f(0, resolveSize(sweep.rows, sizes), temporaries, ...sweep.buffers.map(address));
    }

    const describe = (kernel: Kernel): string =>
      kernel.kind === 'sweep'
        ? `sweep over ${typeof kernel.rows === 'number' ? kernel.rows : kernel.rows.name}, ${kernel.stages.length} stages`
        : `${kernel.kind} ${kernel.inner} x ${kernel.outer}`;

    const report = (): PlanReport => ({
      kernels: code.kernels.length,
      streamedSweeps: code.kernels.filter((k) => k.kind === 'sweep' && typeof k.rows === 'object' && k.rows.streamed)
        .length,
      products: code.kernels.filter((k) => k.kind !== 'sweep').length,
      stored: code.buffers.flatMap((b) =>
        b.reason ? [`[${typeof b.rows === 'object' ? b.rows.name : b.rows}, ${b.width}]: ${b.reason}`] : [],
      ),
      moduleBytes: code.moduleBytes,
      arenaBytes,
      milliseconds: times.map((time, k) => ({ kernel: describe(code.kernels[k]!), time })),
    });
    return { run, report };
  }

  type KernelFunction = (...args: number[]) => void;

  function runProduct(p: Product, code: Code, address: (b: number) => number, sizes: Sizes, scratch: number): void {
    const rows = product(p.leading.map((size) => resolveSize(size, sizes)));
    const [a, b, c] = [address(p.a), address(p.b), address(p.c)];
    const row = p.outer * bytes;
    if (p.kind === 'matmulTN') {
      code.product(p.inner, p.outer, rows, a, bytes, p.inner * bytes, b, row, c, row);
      return;
    }
    if (p.transposed) code.transpose(p.outer, p.inner, b, scratch);
    code.product(rows, p.outer, p.inner, a, p.inner * bytes, bytes, p.transposed ? scratch : b, row, c, row);
  }

  return { name: 'cpu', precision, compile, read, write, counters: cache.counters, memoryBytes: () => heap.size() };
}

const elements = (buffer: BufferInfo, sizes: Sizes): number => resolveSize(buffer.rows, sizes) * buffer.width;

/** Bytes for the largest transposed right-hand side. */
const scratchBytes = (kernels: readonly Kernel[], _: Sizes, bytes: number): number =>
  Math.max(16, ...kernels.map((k) => (k.kind === 'matmul' && k.transposed ? k.inner * k.outer * bytes : 0)));

/** From the step that writes a buffer to the last that uses it; leaves start before the first step, results stay. */
function lifetimesOf(code: Code, sizes: Sizes, bytes: number): Lifetime[] {
  const end = code.kernels.length;
  const first = code.buffers.map((_, k) => (k < code.leafPositions.length ? -1 : Number.POSITIVE_INFINITY));
  const last = code.buffers.map(() => -1);
  code.kernels.forEach((kernel, step) => {
    for (const buffer of kernel.kind === 'sweep' ? kernel.buffers : [kernel.a, kernel.b, kernel.c]) {
      first[buffer] = Math.min(first[buffer]!, step);
      last[buffer] = Math.max(last[buffer]!, step);
    }
  });
  for (const buffer of [...code.outputs, ...code.updates.map(([, b]) => b)]) last[buffer] = end;
  return code.buffers.map((buffer, k) => ({
    bytes: elements(buffer, sizes) * (buffer.type === 'index' ? 4 : bytes),
    first: Math.min(first[k]!, last[k]!),
    last: last[k]!,
  }));
}
