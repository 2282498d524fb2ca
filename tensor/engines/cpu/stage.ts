/**
 * Prints one stage of a sweep: its loop nest, and in the innermost loop the values that it writes.
 *
 * The innermost loop runs on pairs of vectors, then on a last odd vector, then on single numbers for the rest. What does
 * not change in that loop is computed before it. A sum (or maximum) over the loop is collected in a local, and joined with
 * the array after it. All orders are fixed by shapes, so equal inputs give equal bits.
 */
import type { Stage, Write } from '../../compile/kernel.ts';
import { Addresses, align, innerStep } from './addresses.ts';
import { invariants } from './analysis.ts';
import type { Lanes, VectorLanes } from './lanes.ts';
import type { Row } from './sweep.ts';
import { type Known, Values } from './values.ts';
import { type FunctionBuilder, I32 } from './wasm.ts';

/** The locals that collect what a write adds up over the innermost loop: one for vectors, one for single numbers. */
interface Collected {
  readonly write: Write;
  readonly wide: number;
  readonly single: number;
}

/** Values that do not change in the innermost loop, as numbers and as vectors of equal numbers. */
interface Invariants {
  readonly single: Known;
  readonly wide: Known;
}

export function printStage(stage: Stage, row: Row): void {
  if (!stage.extents.includes(0)) new StagePrinter(stage, row).print();
}

class StagePrinter {
  private readonly f: FunctionBuilder;
  private readonly vector: VectorLanes;
  private readonly scalar: Lanes;
  private readonly depth: number;
  /** Turns of the innermost loop, and those of them that run on whole vectors. */
  private readonly extent: number;
  private readonly whole: number;
  /** Locals of the outer loops, and of the innermost one, which counts bytes. */
  private readonly counters: readonly number[];
  private readonly offset: number;
  private readonly addresses: Addresses;
  private readonly values: Values;

  constructor(
    private readonly stage: Stage,
    row: Row,
  ) {
    const { extents, writes } = stage;
    this.f = row.f;
    this.vector = row.vector;
    this.scalar = row.vector.scalar;
    this.depth = extents.length;
    this.extent = extents[this.depth - 1] ?? 1;
    this.whole = this.depth > 0 ? this.extent - (this.extent % this.vector.count) : 0;
    this.counters = this.f.newLocals(Math.max(0, this.depth - 1), I32);
    this.offset = this.f.local(I32);
    this.addresses = new Addresses(row, this.counters, this.offset);
    this.values = new Values(this.f, this.addresses, writes);
  }

  /** The loops of the stage from number `level` on. */
  print(level = 0): void {
    const { f } = this;
    if (level < this.depth - 1) {
      const end = () => f.i32(this.stage.extents[level]);
      f.loop(
        this.counters[level],
        () => f.i32(0),
        end,
        1,
        () => this.print(level + 1),
      );
      return;
    }
    this.addresses.prepare(this.stage.writes);
    if (this.depth > 0) this.innermostLoop();
    else {
      const known: Known = new Map();
      for (const write of this.stage.writes) this.store(write, this.scalar, known);
    }
  }

  private innermostLoop(): void {
    const { f, whole, extent } = this;
    const { bytes } = this.vector;
    f.i32(0).set(this.offset);
    const fixed = this.computeInvariants();
    const sums = this.startSums();
    if (whole > 0) {
      this.vectors(fixed.wide, sums);
      for (const sum of sums) this.joinLanes(sum);
    }
    if (whole < extent) {
      f.loop(
        this.offset,
        () => f.i32(whole * bytes),
        () => f.i32(extent * bytes),
        bytes,
        () => this.body(this.scalar, fixed.single, sums),
      );
    }
    for (const sum of sums) this.finishSum(sum);
  }

  private computeInvariants(): Invariants {
    const { f, vector, scalar } = this;
    const fixed: Invariants = { single: new Map(), wide: new Map() };
    for (const expr of invariants(this.stage.writes)) {
      const local = f.local(scalar.type);
      this.values.push(expr, scalar, fixed.single);
      f.set(local);
      fixed.single.set(expr, local);
      if (this.whole === 0) continue;
      const wide = f.local(vector.type);
      f.get(local).op(vector.splat).set(wide);
      fixed.wide.set(expr, wide);
    }
    return fixed;
  }

  /** Locals for the writes that combine over the innermost loop, set to what changes nothing. */
  private startSums(): Collected[] {
    const { f, vector, scalar } = this;
    const useVector = this.whole > 0;
    const isCollected = ({ mode, to }: Write) => mode !== 'set' && innerStep(to.index) === 0;
    const sums = this.stage.writes.filter(isCollected).map((write) => ({
      write,
      wide: useVector ? f.local(vector.type) : -1,
      single: f.local(scalar.type),
    }));
    for (const { write, wide, single } of sums) {
      (useVector ? vector : scalar).literal(f, write.mode === 'max' ? Number.NEGATIVE_INFINITY : 0);
      f.set(useVector ? wide : single);
    }
    return sums;
  }

  /** The turns on whole vectors: two vectors a turn share the arithmetic of addresses; a last odd one stands alone. */
  private vectors(fixed: Known, sums: readonly Collected[]): void {
    const { f, vector, whole } = this;
    const { count, bytes } = vector;
    const pairs = whole - (whole % (2 * count));
    f.loop(
      this.offset,
      () => f.i32(0),
      () => f.i32(pairs * bytes),
      2 * count * bytes,
      () => {
        const known = [new Map(fixed), new Map(fixed)] as const;
        for (const write of this.stage.writes) {
          this.values.computePair(write.value, vector, known);
          this.perform(write, vector, known[0], sums);
          this.addresses.ahead = count;
          this.perform(write, vector, known[1], sums);
          this.addresses.ahead = 0;
        }
      },
    );
    if (pairs === whole) return;
    f.i32(pairs * bytes).set(this.offset);
    this.body(vector, fixed, sums);
  }

  private body(lanes: Lanes, fixed: Known, sums: readonly Collected[]): void {
    const known = new Map(fixed);
    for (const write of this.stage.writes) this.perform(write, lanes, known, sums);
  }

  /** One write of the innermost loop: into its local where it is collected, else to memory. */
  private perform(write: Write, lanes: Lanes, known: Known, sums: readonly Collected[]): void {
    const { f } = this;
    const sum = sums.find((s) => s.write === write);
    if (!sum) {
      this.store(write, lanes, known);
      return;
    }
    const local = lanes.count === 1 ? sum.single : sum.wide;
    f.get(local);
    this.values.push(write.value, lanes, known);
    this.combine(write, lanes);
    f.set(local);
  }

  /** The lanes of a collected vector become one number, in order. */
  private joinLanes({ write, wide, single }: Collected): void {
    const { f, vector, scalar } = this;
    for (let lane = 0; lane < vector.count; lane++) {
      f.get(wide);
      vector.extract(f, lane);
      if (lane > 0) this.combine(write, scalar);
    }
    f.set(single);
  }

  /** What was collected is combined with what the array holds. */
  private finishSum({ write, single }: Collected): void {
    const { f, scalar, addresses } = this;
    const { to } = write;
    addresses.push(to, false);
    addresses.push(to, false);
    f.memory(scalar.load, align(scalar), addresses.constant(to)).get(single);
    this.combine(write, scalar);
    f.memory(scalar.store, align(scalar), addresses.constant(to));
  }

  private combine({ mode }: Write, lanes: Lanes): void {
    lanes.ops[mode === 'max' ? 'max' : 'add'](this.f);
  }

  private store(write: Write, lanes: Lanes, known: Known): void {
    const step = innerStep(write.to.index);
    const place = this.addresses.constant(write.to);
    const push = () => this.values.push(write.value, lanes, known);
    if (lanes.count === 1 || step === 1) {
      this.storeAt(write, lanes, place, push);
      return;
    }
    const { f, vector, scalar } = this;
    const held = f.local(lanes.type);
    push();
    f.set(held);
    for (let lane = 0; lane < lanes.count; lane++) {
      this.storeAt(write, scalar, place + lane * step * vector.bytes, () => {
        f.get(held);
        vector.extract(f, lane);
      });
    }
  }

  /** Stores what `push` pushes, combined with what is there unless the write just sets. */
  private storeAt(write: Write, lanes: Lanes, place: number, push: () => void): void {
    const { f, addresses } = this;
    addresses.push(write.to, true);
    if (write.mode !== 'set') {
      addresses.push(write.to, true);
      f.memory(lanes.load, align(lanes), place);
    }
    push();
    if (write.mode !== 'set') this.combine(write, lanes);
    f.memory(lanes.store, align(lanes), place);
  }
}
