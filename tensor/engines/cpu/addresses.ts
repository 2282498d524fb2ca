/**
 * Where the elements of a stage lie: pointers, offsets, and how vectors are loaded from there and stored.
 *
 * The address of an element has four parts: a pointer to its row, steps of the outer loops (both are added up before the
 * innermost loop), the position in the innermost loop, and a constant, which loads and stores take as an immediate.
 */
import type { Affine, Expr, Place } from '../../compile/expr.ts';
import { loadsOf, type Write } from '../../compile/kernel.ts';
import type { Lanes } from './lanes.ts';
import type { Row } from './sweep.ts';
import { I32 } from './wasm.ts';

const outer = (index: Affine): readonly number[] => index.coefs.slice(0, -1);
/** Elements from one turn of the innermost loop to the next. */
export const innerStep = (index: Affine): number => index.coefs[index.coefs.length - 1] ?? 0;

export const align = (lanes: Lanes): number => Math.log2(lanes.bytes);

export class Addresses {
  /** How many elements the copy of the loop's body at hand is ahead of `offset`. */
  ahead = 0;
  /** Pointers that depend on the outer loops, by row pointer and coefficients. */
  private loopPointers = new Map<string, number>();

  /** `counters` are the locals of the outer loops, `offset` that of the innermost one, in bytes. */
  constructor(
    private readonly row: Row,
    private readonly counters: readonly number[],
    private readonly offset: number,
  ) {}

  /** Computes the pointers of everything that these writes load and store, before the innermost loop. */
  prepare(writes: readonly Write[]): void {
    this.loopPointers = new Map();
    const seen = new Set<Expr>();
    for (const write of writes) {
      this.preparePointer(write.to);
      loadsOf(write.value, (place) => this.preparePointer(place), seen);
    }
  }

  private preparePointer(place: Place): void {
    const { f, vector } = this.row;
    const base = this.row.pointer(place);
    const coefs = outer(place.index);
    const key = `${base} ${coefs}`;
    if (coefs.every((c) => c === 0) || this.loopPointers.has(key)) return;
    const local = f.local(I32);
    f.get(base);
    coefs.forEach((c, k) => {
      if (c === 0) return;
      f.get(this.counters[k]).i32(c * vector.bytes);
      f.op('i32.mul', 'i32.add');
    });
    f.set(local);
    this.loopPointers.set(key, local);
  }

  private pointer(place: Place): number {
    const base = this.row.pointer(place);
    const coefs = outer(place.index);
    if (coefs.every((c) => c === 0)) return base;
    const known = this.loopPointers.get(`${base} ${coefs}`);
    if (known === undefined) throw new Error('internal: loop pointer not prepared');
    return known;
  }

  /** Pushes the address of an element without its constant part; `looped` says whether inside the innermost loop. */
  push(place: Place, looped: boolean): void {
    const { f } = this.row;
    f.get(this.pointer(place));
    const step = innerStep(place.index);
    if (!looped || step === 0) return;
    f.get(this.offset);
    if (step !== 1) f.i32(step).op('i32.mul');
    f.op('i32.add');
  }

  /** The constant part, in bytes, of the copy of the body at hand. */
  constant(place: Place): number {
    return this.row.constantOffset(place) + this.ahead * innerStep(place.index) * this.row.vector.bytes;
  }

  /** Pushes the element, or as many elements of consecutive turns of the loop as `lanes` has. */
  load(place: Place, lanes: Lanes): void {
    const { f, vector } = this.row;
    const { scalar, bytes } = vector;
    const step = innerStep(place.index);
    if (lanes.count === 1 || step === 1) {
      this.push(place, true);
      f.memory(lanes.load, align(lanes), this.constant(place));
      return;
    }
    for (let lane = 0; lane < lanes.count; lane++) {
      this.push(place, true);
      f.memory(scalar.load, align(scalar), this.constant(place) + lane * step * bytes);
      if (lane === 0) f.op(vector.splat);
      else vector.replace(f, lane);
    }
  }
}
