/**
 * Prints the rows of a sweep into a WebAssembly function `(firstRow, endRow, temporaries, buffer0, buffer1, ...)`.
 *
 * The innermost loop of a stage runs on pairs of vectors, a last odd vector, then on single numbers for the rest. What
 * does not change in that loop is computed before it. Sums over the loop go through an accumulator; all orders are
 * fixed by shapes, so equal inputs give equal bits. Which rows, and in what steps, bands.ts says.
 */
import type { Affine, Expr, Place } from '../../compile/expr.ts';
import { loadsOf, type Stage, type Sweep, type Write } from '../../compile/kernel.ts';
import { countUses, invariants } from './analysis.ts';
import type { Lanes, VectorLanes } from './lanes.ts';
import { type FunctionBuilder, I32 } from './wasm.ts';

/** Parameters of the function. */
export const FIRST_ROW = 0;
export const END_ROW = 1;
export const TEMPS = 2;
export const BUFFERS = 3;
/** The instruction that drops a value. */
const DROP = 0x1a;

/** Byte offsets of the temporaries, and their total size in bytes. */
export function temporaryLayout(sweep: Sweep, bytes: number): { offsets: number[]; size: number } {
  let size = 0;
  const offsets = sweep.temps.map((elements) => {
    const at = size;
    size += Math.ceil((elements * bytes) / 16) * 16;
    return at;
  });
  return { offsets, size };
}

/** Values already on hand in one straight run of code. */
type Cache = Map<Expr, number>;

/** Prints the rows from local `first` to local `end`, in steps of `step`. */
export function printRows(
  f: FunctionBuilder,
  sweep: Sweep,
  vector: VectorLanes,
  [first, end, step]: readonly [first: number, end: number, step: number],
): void {
  const scalar = vector.scalar;
  const { bytes } = scalar;
  const { offsets } = temporaryLayout(sweep, bytes);
  const rowNumber = f.local(I32);
  /** Pointers that depend on the row only, computed at its start. */
  const rowPointers = new Map<string, { local: number; place: Place }>();

  const outer = (index: Affine): readonly number[] => index.coefs.slice(0, -1);
  const inner = (index: Affine): number => index.coefs[index.coefs.length - 1] ?? 0;
  const constantOffset = (place: Place): number => {
    const offset = place.index.base * bytes + (place.space === 'temp' ? offsets[place.slot] : 0);
    if (offset < 0) throw new Error('internal: negative constant offset');
    return offset;
  };
  const rowPointer = (place: Place): number => {
    if (place.space === 'temp') return TEMPS;
    if (place.index.row === 0) return BUFFERS + place.slot;
    const key = `${place.slot} ${place.index.row} ${place.gather?.index} ${place.gather?.shift}`;
    const known = rowPointers.get(key);
    if (known) return known.local;
    const local = f.local(I32);
    rowPointers.set(key, { local, place });
    return local;
  };

  /** Emits one stage's loops and body. */
  function printStage(stage: Stage): void {
    if (stage.extents.includes(0)) return;
    const depth = stage.extents.length;
    const counters = stage.extents.slice(0, -1).map(() => f.local(I32));
    const offset = f.local(I32);
    const extent = stage.extents[depth - 1] ?? 1;
    const useVector = depth > 0 && extent >= vector.count;
    /** Pointers of this innermost loop, computed before it. */
    let loopPointers = new Map<string, number>();

    const pointer = (place: Place): number => {
      const base = rowPointer(place);
      if (outer(place.index).every((c) => c === 0)) return base;
      const key = `${base} ${outer(place.index)}`;
      const known = loopPointers.get(key);
      if (known !== undefined) return known;
      throw new Error('internal: loop pointer not prepared');
    };
    const preparePointers = () => {
      loopPointers = new Map();
      const prepare = (place: Place) => {
        const base = rowPointer(place);
        const coefs = outer(place.index);
        const key = `${base} ${coefs}`;
        if (coefs.every((c) => c === 0) || loopPointers.has(key)) return;
        const local = f.local(I32);
        f.get(base);
        coefs.forEach((c, k) => {
          if (c !== 0)
            f.get(counters[k])
              .i32(c * bytes)
              .mul()
              .add();
        });
        f.set(local);
        loopPointers.set(key, local);
      };
      const seen = new Set<Expr>();
      for (const write of stage.writes) {
        prepare(write.to);
        loadsOf(write.value, prepare, seen);
      }
    };
    /** Pushes the address of an element, without its constant offset. */
    const address = (place: Place, looped: boolean) => {
      f.get(pointer(place));
      const step = inner(place.index);
      if (!looped || step === 0) return;
      f.get(offset);
      if (step !== 1) f.i32(step).mul();
      f.add();
    };
    const align = (lanes: Lanes) => Math.log2(lanes.bytes);

    /** How many elements the copy of the loop's body at hand is ahead of `offset`. */
    let ahead = 0;
    const offsetOf = (place: Place): number => constantOffset(place) + ahead * inner(place.index) * bytes;

    const load = (place: Place, lanes: Lanes) => {
      const step = inner(place.index);
      if (lanes.count === 1 || step === 1) {
        address(place, true);
        f.memory(lanes.load, align(lanes), offsetOf(place));
        return;
      }
      const v = lanes as VectorLanes;
      for (let lane = 0; lane < v.count; lane++) {
        address(place, true);
        f.memory(scalar.load, align(scalar), offsetOf(place) + lane * step * bytes);
        f.op(...(lane === 0 ? v.splat : v.replace(lane)));
      }
    };

    const uses = countUses(stage.writes.map((w) => w.value));
    const value = (expr: Expr, lanes: Lanes, cache: Cache): void => {
      const known = cache.get(expr);
      if (known !== undefined) {
        f.get(known);
        return;
      }
      if (expr.op === 'literal') {
        lanes.literal(f, expr.value);
        return;
      }
      if (expr.op === 'load') load(expr.place, lanes);
      else if (!fused(expr, lanes, cache)) {
        const args = expr.op === 'selectLess' ? [2, 3, 0, 1].map((k) => expr.args[k]) : expr.args;
        for (const arg of args) value(arg, lanes, cache);
        lanes.ops[expr.op](f);
      }
      if (uses.get(expr)! > 1) {
        const local = f.local(lanes.type);
        f.tee(local);
        cache.set(expr, local);
      }
    };

    /** [a, b, x] where the expression is x + a b or x - a b and the product has no other user. */
    function fusedInputs(expr: Expr, lanes: Lanes, cache: Cache): readonly Expr[] | undefined {
      if ((expr.op !== 'add' && expr.op !== 'sub') || !lanes.multiplyAdd) return undefined;
      const isProduct = (x: Expr) => x.op === 'mul' && uses.get(x) === 1 && !cache.has(x);
      const at = expr.op === 'add' && !isProduct(expr.args[1]) ? 0 : 1;
      const product = expr.args[at];
      return product.op === 'mul' && isProduct(product) ? [...product.args, expr.args[1 - at]] : undefined;
    }

    /** Emits such an expression in one instruction. */
    function fused(expr: Expr, lanes: Lanes, cache: Cache): boolean {
      const inputs = fusedInputs(expr, lanes, cache);
      if (!inputs) return false;
      for (const input of inputs) value(input, lanes, cache);
      f.op(...(expr.op === 'add' ? lanes.multiplyAdd! : lanes.negatedMultiplyAdd!));
      return true;
    }

    /**
     * Computes an expression for two neighbouring vectors step by step in turn, into the caches of both: a long chain
     * of operations on one then runs beside that on the other.
     */
    function inTurn(expr: Expr, caches: readonly [Cache, Cache]): void {
      if (expr.op === 'literal' || caches[0].has(expr)) return;
      if (expr.op !== 'load')
        for (const input of fusedInputs(expr, vector, caches[0]) ?? expr.args) inTurn(input, caches);
      caches.forEach((cache, copy) => {
        ahead = copy * vector.count;
        value(expr, vector, cache);
        if (cache.has(expr)) f.op(DROP);
        else {
          const local = f.local(vector.type);
          f.set(local);
          cache.set(expr, local);
        }
      });
      ahead = 0;
    }

    const combine = (mode: Write['mode'], lanes: Lanes) => lanes.ops[mode === 'max' ? 'max' : 'add'](f);
    const isAccumulated = (write: Write) => write.mode !== 'set' && depth > 0 && inner(write.to.index) === 0;
    const store = (write: Write, lanes: Lanes, cache: Cache) => {
      const { to, mode } = write;
      const step = inner(to.index);
      if (lanes.count === 1 || step === 1) {
        address(to, true);
        if (mode !== 'set') {
          address(to, true);
          f.memory(lanes.load, align(lanes), offsetOf(to));
        }
        value(write.value, lanes, cache);
        if (mode !== 'set') combine(mode, lanes);
        f.memory(lanes.store, align(lanes), offsetOf(to));
        return;
      }
      const held = f.local(lanes.type);
      value(write.value, lanes, cache);
      f.set(held);
      for (let lane = 0; lane < lanes.count; lane++) {
        const at = offsetOf(to) + lane * step * bytes;
        address(to, true);
        if (mode !== 'set') {
          address(to, true);
          f.memory(scalar.load, align(scalar), at);
        }
        f.get(held).op(...(lanes as VectorLanes).extract(lane));
        if (mode !== 'set') combine(mode, scalar);
        f.memory(scalar.store, align(scalar), at);
      }
    };

    const innermost = () => {
      preparePointers();
      if (depth === 0) {
        const cache: Cache = new Map();
        for (const write of stage.writes) store(write, scalar, cache);
        return;
      }
      // What stays the same in the loop, as a number and as a vector of equal numbers.
      const fixed: Cache = new Map();
      const fixedVector: Cache = new Map();
      f.i32(0).set(offset);
      for (const expr of invariants(stage.writes)) {
        const local = f.local(scalar.type);
        value(expr, scalar, fixed);
        f.set(local);
        fixed.set(expr, local);
        if (useVector) {
          const wide = f.local(vector.type);
          f.get(local)
            .op(...vector.splat)
            .set(wide);
          fixedVector.set(expr, wide);
        }
      }
      const sums = stage.writes.filter(isAccumulated).map((write) => ({
        write,
        wide: useVector ? f.local(vector.type) : -1,
        single: f.local(scalar.type),
      }));
      const start = (mode: Write['mode']) => (mode === 'max' ? Number.NEGATIVE_INFINITY : 0);
      const perform = (write: Write, lanes: Lanes, cache: Cache) => {
        if (!isAccumulated(write)) {
          store(write, lanes, cache);
          return;
        }
        const sum = sums.find((s) => s.write === write)!;
        const local = lanes.count === 1 ? sum.single : sum.wide;
        f.get(local);
        value(write.value, lanes, cache);
        combine(write.mode, lanes);
        f.set(local);
      };
      const body = (lanes: Lanes, from: Cache) => {
        const cache = new Map(from);
        for (const write of stage.writes) perform(write, lanes, cache);
      };
      for (const { write, wide, single } of sums) {
        if (useVector) {
          vector.literal(f, start(write.mode));
          f.set(wide);
        } else {
          scalar.literal(f, start(write.mode));
          f.set(single);
        }
      }
      const whole = useVector ? extent - (extent % vector.count) : 0;
      if (useVector) {
        // Two vectors a turn share the arithmetic of addresses; a last odd one stands alone.
        const pairs = whole - (whole % (2 * vector.count));
        f.loop(
          offset,
          () => f.i32(0),
          () => f.i32(pairs * bytes),
          2 * vector.count * bytes,
          () => {
            const caches = [new Map(fixedVector), new Map(fixedVector)] as const;
            for (const write of stage.writes) {
              inTurn(write.value, caches);
              perform(write, vector, caches[0]);
              ahead = vector.count;
              perform(write, vector, caches[1]);
              ahead = 0;
            }
          },
        );
        if (pairs < whole) {
          f.i32(pairs * bytes).set(offset);
          body(vector, fixedVector);
        }
        for (const { write, wide, single } of sums) {
          f.get(wide).op(...vector.extract(0));
          for (let lane = 1; lane < vector.count; lane++) {
            f.get(wide).op(...vector.extract(lane));
            combine(write.mode, scalar);
          }
          f.set(single);
        }
      }
      if (whole < extent) {
        f.loop(
          offset,
          () => f.i32(whole * bytes),
          () => f.i32(extent * bytes),
          bytes,
          () => body(scalar, fixed),
        );
      }
      for (const { write, single } of sums) {
        address(write.to, false);
        address(write.to, false);
        f.memory(scalar.load, align(scalar), constantOffset(write.to)).get(single);
        combine(write.mode, scalar);
        f.memory(scalar.store, align(scalar), constantOffset(write.to));
      }
    };

    const nest = (level: number): void => {
      if (level >= depth - 1) {
        innermost();
        return;
      }
      f.loop(
        counters[level],
        () => f.i32(0),
        () => f.i32(stage.extents[level]),
        1,
        () => nest(level + 1),
      );
    };
    nest(0);
  }

  // The stages are printed first, to learn which row pointers they need; those come before them.
  f.loop(
    rowNumber,
    () => f.get(first),
    () => f.get(end),
    step,
    () => {
      const mark = f.code.length;
      for (const stage of sweep.stages) printStage(stage);
      const stages = f.code.splice(mark);
      for (const { local, place } of rowPointers.values()) {
        f.get(BUFFERS + place.slot);
        if (place.gather) {
          f.get(BUFFERS + place.gather.index)
            .get(rowNumber)
            .i32(4)
            .mul()
            .add()
            .i32Load(0);
          if (place.gather.shift !== 0) f.i32(place.gather.shift).add();
        } else f.get(rowNumber);
        f.i32(place.index.row * bytes)
          .mul()
          .add()
          .set(local);
      }
      for (const byte of stages) f.code.push(byte);
    },
  );
}
