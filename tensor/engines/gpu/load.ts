/**
 * Prints how a kernel reads one element of an array. Arrays are addressed by slab, row in the slab and column (slab.ts).
 */
import type { Size } from '../../dimension.ts';
import { type KernelContext, lastRow } from './context.ts';
import type { Value } from './emitter.ts';
import { fixed, type Position, plus, positionOf, showPosition } from './position.ts';
import { SLAB_ROWS } from './slab.ts';

/** Element [row][column] of a buffer. */
export function readElement(context: KernelContext, buffer: number, row: Position, column: Position): Value {
  const { buffers, packed } = context.table;
  const { array, column: first } = packed.get(buffer) ?? { array: buffer, column: 0 };
  const name = context.nameOf(`b${array}`, { kind: 'buffer', buffer: array });
  return slabElement(context, name, buffers[buffer].rows, row, plus(column, fixed(first)));
}

/** The row number that an index (given by its slot) holds for `row`. */
export function destinationOf(context: KernelContext, index: number, row: Position): Position {
  const buffer = context.sweep.buffers[index];
  const { text, level } = readElement(context, buffer, row, fixed(0));
  return positionOf({ name: text, low: 0, high: lastRow(context.table.counts.get(buffer)!) }, level);
}

/** Element [row][column] of the array parameter `name`, which has so many rows (Infinity: their number is not known). */
export function slabElement(context: KernelContext, name: string, rows: Size, row: Position, column: Position): Value {
  const { out } = context;
  const [rowText, columnText] = [showPosition(row), showPosition(column)];
  const level = Math.max(row.level, column.level);
  if (typeof rows === 'number' && rows <= SLAB_ROWS) return out.define(`${name}[0][${rowText}][${columnText}]`, level);
  // Multiplied, not divided: a product with a power of two is exact on every GPU, a quotient is not.
  const slab = context.defineInteger(`Math.floor((${rowText})*${1 / SLAB_ROWS})`, row.level);
  const rowInSlab = context.defineInteger(`${rowText}-${SLAB_ROWS}*${slab}`, row.level);
  return out.define(`${name}[${slab}][${rowInSlab}][${columnText}]`, level);
}
