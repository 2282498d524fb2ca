/**
 * A plan of the CPU engine: a compiled program bound to its leaves.
 *
 * A run copies the fed leaves into the arena, runs the kernels in order, copies results out and variables' new values
 * in. Nothing is kept between runs but variables; addresses are planned once per set of sizes.
 */
import type { Kernel } from '../../compile/kernel.ts';
import {
  type Dimension,
  product,
  resolveShape,
  resolveSize,
  type Size,
  type Sizes,
  showSize,
} from '../../dimension.ts';
import type { IndexValue } from '../../leaves.ts';
import type { Tensor } from '../../tensor.ts';
import { type Binding, bind, expectProgram, type Feeds, type Plan, type Program } from '../engine.ts';
import { type Frame, runGroup, runProduct, runSweep } from './execute.ts';
import { elementsOf, type Layout, layoutOf } from './layout.ts';
import type { EngineState } from './state.ts';

export interface CpuPlan extends Plan {
  /** What this plan consists of, and what its kernels took in the last run. */
  readonly report: () => PlanReport;
}

export interface PlanReport {
  readonly kernels: number;
  /** Kernels of the same rows share a launch. */
  readonly launches: number;
  /** Sweeps over streamed rows (edges). */
  readonly streamedSweeps: number;
  readonly products: number;
  /** Wide streamed arrays that had to be stored, with the reason. */
  readonly stored: readonly string[];
  readonly moduleBytes: number;
  /** Bytes of the arena in the last run. */
  readonly arenaBytes: number;
  /** Of the launches of the last run: milliseconds, and bytes loaded and stored (an estimate that knows no caches). */
  readonly profile: readonly { readonly launch: string; readonly milliseconds: number; readonly bytes: number }[];
}

/** Layouts are small; those of this many sets of sizes are kept. */
const KEPT_LAYOUTS = 64;

export function createPlan(program: Program, state: EngineState): CpuPlan {
  expectProgram(program);
  const { code, leaves } = state.cache.get(program);
  const { bytes, heap, reals } = state;
  const bound = code.leafPositions.map((position) => leaves[position]);
  const variables = (program.updates ?? []).map(([variable]) => variable);
  const layouts = new Map<string, Layout>();
  let last: { layout: Layout; sizes: Sizes } | undefined;
  const times = new Array<number>(code.launches.length).fill(0);

  function layoutFor(sizes: Sizes): Layout {
    const key = [...sizes].map(([name, size]) => `${name}=${size}`).join();
    let layout = layouts.get(key);
    if (!layout) {
      layout = layoutOf(code, sizes, bytes, state.threads);
      if (layouts.size >= KEPT_LAYOUTS) layouts.clear();
      layouts.set(key, layout);
    }
    return layout;
  }

  async function run(feeds: Feeds = new Map(), given = {}): Promise<Float64Array[]> {
    // Sizes are learnt from every leaf of the program, also from those that simplification removed.
    const { bindings, sizes } = bind(leaves, feeds, given, (variable) => {
      const place = state.placeOf(variable);
      return place && reals(place.address, place.length);
    });
    const elements = (tensor: Tensor): number => product(resolveShape(tensor.shape, sizes));
    // Variables that this run will change get their place below the arena first.
    for (const variable of variables) state.place(variable, elements(variable));
    // A fed value goes before that of a variable, and a single number has yet to fill its shape.
    const places = bound.map((leaf) => {
      const place = feeds.has(leaf) ? undefined : state.placeOf(leaf);
      return place?.length === elements(leaf) ? place : undefined;
    });
    const layout = layoutFor(sizes);
    last = { layout, sizes };
    const base = heap.arena(layout.size);
    const byTensor = new Map(bindings.map((binding) => [binding.tensor, binding]));
    const address = (buffer: number): number => {
      const place = places[buffer];
      return place ? place.address : base + layout.offsets[buffer];
    };
    for (const [buffer, leaf] of bound.entries()) {
      if (!places[buffer]) fill(leaf, byTensor.get(leaf), address(buffer), sizes);
    }
    const frame: Frame = {
      code,
      sizes,
      address,
      index: (buffer) => (byTensor.get(bound[buffer])!.value as IndexValue).values,
      temporaries: base + layout.temporaries,
      packed: base + layout.packed,
      table: base + layout.table,
      copies: base + Math.ceil(layout.size / 64) * 64,
      separators: new Map(),
      cuts: new Map(),
    };
    for (const [k, { kernels, group }] of code.launches.entries()) {
      const started = performance.now();
      const [number] = kernels as [number];
      const kernel = code.kernels[number];
      if (group) runGroup(group, frame, state);
      else if (kernel.kind === 'sweep') runSweep(kernel, number, frame, state);
      else runProduct(kernel, number, frame, state);
      times[k] = performance.now() - started;
    }
    const extent = (buffer: number) => elementsOf(code.buffers[buffer], sizes);
    const results = code.outputs.map((buffer) => Float64Array.from(reals(address(buffer), extent(buffer))));
    update(address, extent);
    return results;
  }

  /** New values of variables; a value that is itself a variable's is copied before any variable changes. */
  function update(address: (buffer: number) => number, extent: (buffer: number) => number): void {
    const values = code.updates.map((buffer) => {
      const view = reals(address(buffer), extent(buffer));
      return buffer < bound.length ? view.slice() : undefined;
    });
    for (const [k, variable] of variables.entries()) {
      const buffer = code.updates[k];
      state.write(variable, values[k] ?? reals(address(buffer), extent(buffer)));
    }
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
    if (filled) target.fill(numbers[0]);
    else target.set(numbers);
  }

  const countOf = (rows: readonly Size[]): number =>
    last ? product(rows.map((size) => resolveSize(size, last!.sizes))) : 0;

  const report = (): PlanReport => ({
    kernels: code.kernels.length,
    launches: code.launches.length,
    streamedSweeps: code.kernels.filter((k) => k.kind === 'sweep' && typeof k.rows === 'object' && k.rows.streamed)
      .length,
    products: code.kernels.filter((k) => k.kind !== 'sweep').length,
    stored: code.buffers.flatMap((b) =>
      b.reason ? [`[${typeof b.rows === 'object' ? b.rows.name : b.rows}, ${b.width}]: ${b.reason}`] : [],
    ),
    moduleBytes: code.moduleBytes,
    arenaBytes: last?.layout.size ?? 0,
    profile: code.launches.map(({ kernels }, k) => {
      const all = kernels.map((number) => ({ kernel: code.kernels[number], bytes: code.costs[number].bytes }));
      const bytes = all.reduce((sum, { kernel, bytes: perRow }) => sum + perRow * countOf(rowsOf(kernel)), 0);
      return { launch: describe(all.map(({ kernel }) => kernel)), milliseconds: times[k], bytes };
    }),
  });
  return { run, report };
}

const rowsOf = (kernel: Kernel): readonly Size[] => (kernel.kind === 'sweep' ? [kernel.rows] : kernel.leading);

/** A launch in words. */
function describe(kernels: readonly Kernel[]): string {
  const [kernel, ...others] = kernels as [Kernel, ...Kernel[]];
  const over = rowsOf(kernel).map(showSize).join(' x ');
  if (others.length > 0) {
    const products = kernels.filter(({ kind }) => kind !== 'sweep').length;
    return `over ${over} together: ${products} products, ${kernels.length - products} sweeps`;
  }
  return kernel.kind === 'sweep'
    ? `sweep over ${over}, ${kernel.stages.length} stages`
    : `${kernel.kind} over ${over}, ${kernel.inner} x ${kernel.outer}`;
}
