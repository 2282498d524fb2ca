/**
 * Prints the rows of a sweep into a WebAssembly function `(firstRow, endRow, temporaries, buffer0, buffer1, ...)`: a loop
 * over rows, and in it the stages of the sweep (stage.ts). Which rows, and in what steps, bands.ts says.
 */
import type { Place } from '../../compile/expr.ts';
import type { Sweep } from '../../compile/kernel.ts';
import type { VectorLanes } from './lanes.ts';
import { printStage } from './stage.ts';
import { type FunctionBuilder, I32 } from './wasm.ts';

/** Parameters of the function. */
export const FIRST_ROW = 0;
export const END_ROW = 1;
const TEMPORARIES = 2;
export const BUFFERS = 3;

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

/** The row at hand: the pointers to its elements, which all stages of a sweep share. */
export class Row {
  readonly f: FunctionBuilder;
  readonly vector: VectorLanes;
  readonly number: number;
  /** Bytes of a number. */
  private readonly bytes: number;
  private readonly temporaryOffsets: readonly number[];
  private readonly pointers = new Map<string, { local: number; place: Place }>();

  constructor(f: FunctionBuilder, sweep: Sweep, vector: VectorLanes) {
    this.f = f;
    this.vector = vector;
    this.bytes = vector.bytes;
    this.temporaryOffsets = temporaryLayout(sweep, vector.bytes).offsets;
    this.number = f.local(I32);
  }

  /** The local that points at the row of this place; places of one array and row share it. */
  pointer({ space, slot, index, gather }: Place): number {
    if (space === 'temp') return TEMPORARIES;
    if (index.row === 0) return BUFFERS + slot;
    const key = `${slot} ${index.row} ${gather?.index} ${gather?.shift}`;
    const known = this.pointers.get(key);
    if (known) return known.local;
    const local = this.f.local(I32);
    this.pointers.set(key, { local, place: { space, slot, index, ...(gather ? { gather } : {}) } });
    return local;
  }

  /** The bytes from that pointer to the place that depend on nothing. */
  constantOffset({ space, slot, index }: Place): number {
    const offset = index.base * this.bytes + (space === 'temp' ? this.temporaryOffsets[slot] : 0);
    if (offset < 0) throw new Error('internal: negative constant offset');
    return offset;
  }

  /** Computes all pointers that have been asked for: buffer + row * (bytes of a row). */
  computePointers(): void {
    const { f, bytes } = this;
    for (const { local, place } of this.pointers.values()) {
      f.get(BUFFERS + place.slot);
      this.pushRow(place.gather);
      f.i32(place.index.row * bytes)
        .op('i32.mul', 'i32.add')
        .set(local);
    }
  }

  /** Pushes the number of the row, or of the row that an index names there. */
  private pushRow(gather: Place['gather']): void {
    const { f, number } = this;
    if (!gather) {
      f.get(number);
      return;
    }
    f.get(BUFFERS + gather.index).get(number);
    f.i32(4).op('i32.mul', 'i32.add').i32Load(0);
    if (gather.shift !== 0) f.i32(gather.shift).op('i32.add');
  }
}

/** Prints the rows from local `first` to local `end`, in steps of `step`. */
export function printRows(
  f: FunctionBuilder,
  sweep: Sweep,
  vector: VectorLanes,
  [first, end, step]: readonly [first: number, end: number, step: number],
): void {
  const row = new Row(f, sweep, vector);
  f.loop(
    row.number,
    () => f.get(first),
    () => f.get(end),
    step,
    () => {
      // The stages are printed first, to learn which pointers they need; then those are put in front.
      const start = f.code.length;
      for (const stage of sweep.stages) printStage(stage, row);
      const stages = f.code.splice(start);
      row.computePointers();
      for (const byte of stages) f.code.push(byte);
    },
  );
}
