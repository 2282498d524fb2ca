/**
 * A plan of the CPU engine: a compiled program bound to its leaves.
 *
 * A run copies the fed leaves into the arena, runs the launches in order, copies the outputs out, and gives variables their
 * new values. Only variables survive a run; addresses are planned once for each set of sizes.
 */
import { type Dimension, product, resolveShape, resolveSize, type Sizes } from '../../dimension.ts';
import type { IndexValue } from '../../leaves.ts';
import type { Tensor } from '../../tensor.ts';
import { type Binding, bind, expectProgram, type Feeds, type Plan, type Program } from '../engine.ts';
import type { Code } from './code.ts';
import { type Frame, runGroup, runProduct, runSweep } from './execute.ts';
import { elementsOf, type Layout, layoutOf } from './layout.ts';
import { type PlanReport, reportOf } from './plan-report.ts';
import type { EngineState } from './state.ts';

export interface CpuPlan extends Plan {
  /** What this plan consists of, and what its launches took in the last run. */
  readonly report: () => PlanReport;
}

/** Layouts are small; those of this many sets of sizes are kept. */
const KEPT_LAYOUTS = 64;

/** A plan for `program` in the engine of this state. Throws where the program is not one (see `expectProgram`). */
export function createPlan(program: Program, state: EngineState): CpuPlan {
  expectProgram(program);
  const bound = new BoundProgram(program, state);
  return { run: (feeds, sizes) => bound.run(feeds, sizes), report: () => bound.report() };
}

class BoundProgram {
  private readonly code: Code;
  /** Leaves of the program, and those of them that its code reads, by their buffers. */
  private readonly leaves: readonly Tensor[];
  private readonly read: readonly Tensor[];
  /** Variables that every run changes, in the order of the code's updates. */
  private readonly variables: readonly Tensor[];
  private readonly layouts = new Map<string, Layout>();
  private readonly milliseconds: number[];
  private last: { readonly layout: Layout; readonly sizes: Sizes } | undefined;

  constructor(
    program: Program,
    private readonly state: EngineState,
  ) {
    const { code, leaves } = state.cache.get(program);
    this.code = code;
    this.leaves = leaves;
    this.read = code.leafPositions.map((position) => leaves[position]);
    this.variables = (program.updates ?? []).map(([variable]) => variable);
    this.milliseconds = new Array<number>(code.launches.length).fill(0);
  }

  async run(feeds: Feeds = new Map(), given: Readonly<Record<string, number>> = {}): Promise<Float64Array[]> {
    const { code, state } = this;
    // Sizes are learnt from every leaf of the program, also from those that simplification removed.
    const { bindings, sizes } = bind(this.leaves, feeds, given, (variable) => {
      const place = state.placeOf(variable);
      return place && state.reals(place.address, place.length);
    });
    const byTensor = new Map(bindings.map((binding) => [binding.tensor, binding]));
    const frame = this.frameOf(byTensor, feeds, sizes);
    this.launch(frame);
    const view = (buffer: number) => state.reals(frame.address(buffer), elementsOf(code.buffers[buffer], sizes));
    const results = code.outputs.map((buffer) => Float64Array.from(view(buffer)));
    this.update(view);
    return results;
  }

  report(): PlanReport {
    const { code, last, milliseconds } = this;
    return reportOf(code, { sizes: last?.sizes, arenaBytes: last?.layout.size ?? 0, milliseconds });
  }

  private layoutFor(sizes: Sizes): Layout {
    const { layouts, code, state } = this;
    const key = [...sizes].map(([name, size]) => `${name}=${size}`).join();
    let layout = layouts.get(key);
    if (!layout) {
      layout = layoutOf(code, sizes, state.bytes, state.threads);
      if (layouts.size >= KEPT_LAYOUTS) layouts.clear();
      layouts.set(key, layout);
    }
    return layout;
  }

  /** Lays out the arena and fills in what is fed. */
  private frameOf(bindings: ReadonlyMap<Tensor, Binding>, feeds: Feeds, sizes: Sizes): Frame {
    const { code, state, read } = this;
    const elements = (tensor: Tensor): number => product(resolveShape(tensor.shape, sizes));
    // Variables that this run will change get their place below the arena first.
    for (const variable of this.variables) state.place(variable, elements(variable));
    // A variable is read where it lies, unless a value is fed for it, or its single number has yet to fill its shape.
    const places = read.map((leaf) => {
      const place = feeds.has(leaf) ? undefined : state.placeOf(leaf);
      return place?.length === elements(leaf) ? place : undefined;
    });
    const layout = this.layoutFor(sizes);
    this.last = { layout, sizes };
    const base = state.heap.arena(layout.size);
    const address = (buffer: number): number => places[buffer]?.address ?? base + layout.offsets[buffer];
    for (const [buffer, leaf] of read.entries()) {
      if (!places[buffer]) this.fill(leaf, bindings.get(leaf), address(buffer), sizes);
    }
    return {
      code,
      sizes,
      address,
      index: (buffer) => (bindings.get(read[buffer])!.value as IndexValue).values,
      temporaries: base + layout.temporaries,
      packed: base + layout.packed,
      table: base + layout.table,
      copies: base + Math.ceil(layout.size / 64) * 64,
      separators: new Map(),
      cuts: new Map(),
    };
  }

  /** Writes the value of a leaf into the arena. */
  private fill(leaf: Tensor, binding: Binding | undefined, address: number, sizes: Sizes): void {
    const { heap, reals } = this.state;
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

  private launch(frame: Frame): void {
    const { code, state } = this;
    for (const [k, { kernels, group }] of code.launches.entries()) {
      const started = performance.now();
      const [number] = kernels as [number];
      const kernel = code.kernels[number];
      if (group) runGroup(group, frame, state);
      else if (kernel.kind === 'sweep') runSweep(kernel, number, frame, state);
      else runProduct(kernel, number, frame, state);
      this.milliseconds[k] = performance.now() - started;
    }
  }

  /** New values of variables; a value that is itself a variable's is copied before any variable changes. */
  private update(view: (buffer: number) => Float32Array | Float64Array): void {
    const { code, state, read } = this;
    const copies = code.updates.map((buffer) => (buffer < read.length ? view(buffer).slice() : undefined));
    for (const [k, variable] of this.variables.entries()) {
      state.write(variable, copies[k] ?? view(code.updates[k]));
    }
  }
}
