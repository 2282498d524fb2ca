/**
 * Prints one result of a sweep as a gpu.js kernel: the text of a JavaScript function, and the parameters that it takes.
 *
 * A sweep visits rows and writes wherever its writes say. A GPU thread cannot do that: it computes one element of one result
 * and stores nothing else. So the direction is reversed. From the element, contribution.ts finds the writes that reach it
 * and the rows and loop indices that they come from; loops.ts prints loops over those; evaluate.ts prints the values.
 * Sums run in row order, so equal inputs give equal bits.
 */
import type { Sweep } from '../../compile/kernel.ts';
import { type BufferTable, KernelContext, lastRow, type PartialSums } from './context.ts';
import { contributionsToOutput } from './contribution.ts';
import { combine } from './evaluate.ts';
import type { Parameter } from './parameter.ts';
import { fixed, type Position, positionOf } from './position.ts';
import { ABREAST, isNarrow, SLAB_ROWS } from './slab.ts';

export interface GpuKernel {
  /** A JavaScript function in the subset that gpu.js translates; its threads are those of `threadShape` (slab.ts). */
  readonly source: string;
  /** What a launch has to pass, in order. */
  readonly parameters: readonly Parameter[];
  /** The buffer that it computes. */
  readonly output: number;
}

/** The kernel that computes the result at `slot` of a sweep or, with `parts`, its sums over parts of the rows. */
export function printResult(sweep: Sweep, slot: number, table: BufferTable, parts?: PartialSums): GpuKernel {
  const context = new KernelContext(sweep, slot, table, parts);
  const { out, output } = context;
  const { rows, width } = table.buffers[output];
  const { row, column } = elementOfThread(context, width);
  const start = sweep.fills.find(({ buffer }) => buffer === context.result)?.value ?? 0;
  const result = out.fresh('a');
  out.line(`let ${result}=${context.numberText(start)};`);
  // Threads beyond the last row fill up the slab.
  out.block(`if(${row}<${context.sizeText(rows)})`, () => {
    const here = positionOf({ name: row, low: 0, high: lastRow(rows) }, out.level);
    out.line(`${result}=${combine(context, contributionsToOutput(context, here, column), start)};`);
  });
  const names = context.parameters.map(({ name }) => name);
  return {
    source: `function(${names.join(',')}){\n${out.text}\nreturn ${result};\n}`,
    parameters: context.parameters.map(({ parameter }) => parameter),
    output,
  };
}

/** Row (the name of a constant) and column of the element that a thread computes, in an output of so many columns. */
function elementOfThread({ out }: KernelContext, columns: number): { row: string; column: Position } {
  const x = out.define('this.thread.x', 0, 'x').text;
  const columnAt = (name: string): Position => positionOf({ name, low: 0, high: columns - 1 }, 0);
  if (!isNarrow(columns)) {
    return { row: out.define(`${SLAB_ROWS}*this.thread.z+this.thread.y`, 0, 'y').text, column: columnAt(x) };
  }
  const start = `${SLAB_ROWS}*this.thread.z+${ABREAST}*this.thread.y`;
  if (columns <= 1) return { row: out.define(`${start}+${x}`, 0, 'y').text, column: fixed(0) };
  const rowAbreast = out.define(`Math.floor((${x}+0.5)/${columns})`, 0, 'i').text;
  const column = out.define(`${x}-${columns}*${rowAbreast}`, 0, 'x').text;
  return { row: out.define(`${start}+${rowAbreast}`, 0, 'y').text, column: columnAt(column) };
}
