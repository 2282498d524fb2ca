/**
 * Prints a sweep as a function. Its rows are visited one by one, or, where the sweep may be seen as one over single numbers
 * (flat.ts), its numbers are visited in three bands: blocks first, then single vectors, then the numbers that are left.
 *
 * Only numbers after the last whole vector are computed one at a time, so dividing rows among threads at multiples of four
 * changes no bits (a vector multiplies and adds in one rounding, a single number may not).
 */
import type { Sweep } from '../../compile/kernel.ts';
import { flatWidth, inBlocks } from './flat.ts';
import type { VectorLanes } from './lanes.ts';
import { BUFFERS, END_ROW, FIRST_ROW, printRows, temporaryLayout } from './sweep.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

/** Numbers of a block: so many that starting a block costs little, so few that its temporaries stay in the cache. */
const BLOCK = 64;

/** Numbers in a row, where the sweep is better seen as one over numbers. */
function narrowWidth(sweep: Sweep, vector: VectorLanes): number | undefined {
  const width = flatWidth(sweep);
  if (width === undefined || width % vector.count === 0) return undefined;
  const few = typeof sweep.rows === 'number' && sweep.rows * width < vector.count;
  return few ? undefined : width;
}

/** Bytes of the temporaries of one thread. */
export function temporaryBytes(sweep: Sweep, vector: VectorLanes): number {
  const isFlat = narrowWidth(sweep, vector) !== undefined;
  return temporaryLayout(isFlat ? inBlocks(sweep, BLOCK) : sweep, vector.bytes).size;
}

/** The function `(firstRow, endRow, temporaries, buffer0, buffer1, ...)`. */
export function printSweep(sweep: Sweep, vector: VectorLanes): FunctionBuilder {
  const f = FunctionBuilder.ofIntegers(BUFFERS + sweep.buffers.length);
  const width = narrowWidth(sweep, vector);
  if (width === undefined) {
    printRows(f, sweep, vector, [FIRST_ROW, END_ROW, 1]);
    return f;
  }
  // From here on FIRST_ROW and END_ROW count numbers.
  for (const bound of [FIRST_ROW, END_ROW]) f.get(bound).i32(width).op('i32.mul').set(bound);
  const limit = f.local(I32);
  for (const size of [BLOCK, vector.count, 1]) {
    f.wholeSteps(FIRST_ROW, END_ROW, size).set(limit);
    printRows(f, inBlocks(sweep, size), vector, [FIRST_ROW, limit, size]);
    f.get(limit).set(FIRST_ROW);
  }
  return f;
}
