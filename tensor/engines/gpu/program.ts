/**
 * Prints all kernels of a program for gpu.js: results one by one, in an order that can be run as it stands.
 *
 * Where a result reads more arrays than a kernel may have, some are packed into one first (pack.ts).
 */
import type { BufferInfo, Sweep } from '../../compile/kernel.ts';
import type { CompiledProgram } from '../../compile/plan.ts';
import { indexCount, isLeaf, leafRole } from '../../leaves.ts';
import { resultsOf } from './contribution.ts';
import { choosePack, packSweep } from './pack.ts';
import type { Packed } from './parameter.ts';
import { partsOf } from './parts.ts';
import { type GpuKernel, printResult } from './print.ts';
import { productSweep } from './product.ts';

/** Array arguments that webgpu takes unless asked for more. */
export const ARRAY_LIMIT = 7;

export interface GpuProgram {
  readonly kernels: readonly GpuKernel[];
  /** The plan's buffers, then those of packs and of parts. */
  readonly buffers: readonly BufferInfo[];
}

/** Parameters that are arrays. */
export const arrayParameters = (kernel: GpuKernel): number =>
  kernel.parameters.filter(({ kind }) => kind === 'buffer' || kind === 'reverse').length;

/** `limit`: the largest number of arrays that a kernel may read. */
export function printProgram(
  { kernels, buffers: planned, leaves }: Pick<CompiledProgram, 'kernels' | 'buffers' | 'leaves'>,
  limit: number = ARRAY_LIMIT,
): GpuProgram {
  const isState = (k: number): boolean => isLeaf(leaves[k]) && leafRole(leaves[k]) === 'variable';
  // Numbers that are fed (a learning rate) reach a kernel as numbers; state lives on the device.
  const numbers = new Set([...leaves.keys()].filter((k) => leaves[k].shape.length === 0 && !isState(k)));
  const counts = new Map(leaves.flatMap((leaf, k) => (leaf.dtype === 'index' ? [[k, indexCount(leaf)] as const] : [])));
  const buffers = [...planned];
  const printed: GpuKernel[] = [];
  const packs = new Map<string, number>();

  /** The array that holds `arrays` side by side. */
  function packOf(arrays: readonly number[]): number {
    const known = packs.get(arrays.join());
    if (known !== undefined) return known;
    const target = buffers.length;
    const width = arrays.reduce((sum, array) => sum + buffers[array].width, 0);
    buffers.push({ rows: buffers[arrays[0]].rows, width, type: 'real' });
    packs.set(arrays.join(), target);
    const sweep = packSweep(arrays, buffers, target);
    printed.push(printResult(sweep, arrays.length, { buffers, numbers, counts, packed: new Map() }));
    return target;
  }

  function print(sweep: Sweep, slot: number): void {
    const parts = partsOf(sweep, slot, buffers);
    if (!parts) {
      printPacked(sweep, slot);
      return;
    }
    const to = buffers.length;
    const { rows, width } = buffers[sweep.buffers[slot]];
    buffers.push({ rows: parts.count, width: (rows as number) * width, type: 'real' });
    printPacked(sweep, slot, { length: parts.length, to });
    printPacked(parts.second(to), 1);
  }

  function printPacked(sweep: Sweep, slot: number, parts?: Parameters<typeof printResult>[3]): void {
    const packed = new Map<number, Packed>();
    for (;;) {
      const kernel = printResult(sweep, slot, { buffers, numbers, counts, packed }, parts);
      const excess = arrayParameters(kernel) - limit;
      if (excess <= 0) {
        printed.push(kernel);
        return;
      }
      const arrays = kernel.parameters.flatMap((p) => (p.kind === 'buffer' ? [p.buffer] : []));
      const chosen = choosePack(arrays, buffers, excess, limit);
      if (!chosen) {
        throw new Error(
          `A GPU kernel reads ${arrayParameters(kernel)} arrays of different row spaces; the limit is ${limit}. ` +
            'Ask the device for a higher limit, or run this program on the CPU engine.',
        );
      }
      const target = packOf(chosen);
      let column = 0;
      for (const array of chosen) {
        for (const [buffer, at] of packed)
          if (at.array === array) packed.set(buffer, { array: target, column: column + at.column });
        if (array < planned.length) packed.set(array, { array: target, column });
        column += buffers[array].width;
      }
    }
  }

  for (const kernel of kernels) {
    const sweep = kernel.kind === 'sweep' ? kernel : productSweep(kernel);
    for (const slot of resultsOf(sweep)) print(sweep, slot);
  }
  return { kernels: printed, buffers };
}
