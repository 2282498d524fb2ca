/**
 * Prints all kernels of a program for gpu.js, one for each result of a sweep, in an order in which they can be run.
 *
 * Two things may add kernels. A sum over many rows takes two passes (parts.ts). And where a kernel would read more arrays
 * than a GPU passes to one, some of them are packed into one array first (pack.ts).
 */
import type { BufferInfo, Sweep } from '../../compile/kernel.ts';
import type { CompiledProgram } from '../../compile/plan.ts';
import { indexCount, isLeaf, leafRole } from '../../leaves.ts';
import type { Tensor } from '../../tensor.ts';
import type { BufferTable, PartialSums } from './context.ts';
import { resultsOf } from './contribution.ts';
import { choosePack, packSweep } from './pack.ts';
import { isArray, type Packed } from './parameter.ts';
import { partsOf } from './parts.ts';
import { type GpuKernel, printResult } from './print.ts';
import { productSweep } from './product.ts';

/** So many array arguments WebGPU allows a kernel by default: 8 storage buffers, one of which is the result. */
export const ARRAY_LIMIT = 7;

export interface GpuProgram {
  readonly kernels: readonly GpuKernel[];
  /** The buffers of the compiled program, then those of packs and of sums over parts. */
  readonly buffers: readonly BufferInfo[];
}

/** How many of a kernel's parameters are arrays. */
export const arrayParameters = (kernel: GpuKernel): number => kernel.parameters.filter(isArray).length;

/**
 * Is this leaf a number that the host knows in every run, such as a learning rate? Kernels take it as a number. Variables
 * are not, since their values live on the device.
 */
export const isHostNumber = (leaf: Tensor): boolean =>
  leaf.shape.length === 0 && !(isLeaf(leaf) && leafRole(leaf) === 'variable');

type Compiled = Pick<CompiledProgram, 'kernels' | 'buffers' | 'leaves'>;

/** Prints a program; `limit` is the largest number of arrays that a kernel may read, at least 2. */
export function printProgram(compiled: Compiled, limit: number = ARRAY_LIMIT): GpuProgram {
  const printer = new ProgramPrinter(compiled, limit);
  for (const kernel of compiled.kernels) {
    const sweep = kernel.kind === 'sweep' ? kernel : productSweep(kernel);
    for (const slot of resultsOf(sweep)) printer.print(sweep, slot);
  }
  // Only these two: what is kept of a program must not hold its leaves, whose variables could then never be collected.
  const { kernels, buffers } = printer;
  return { kernels, buffers };
}

class ProgramPrinter {
  readonly kernels: GpuKernel[] = [];
  readonly buffers: BufferInfo[];
  private readonly table: BufferTable;
  /** Packs that have been made, by the arrays in them. */
  private readonly packs = new Map<string, number>();

  constructor(
    private readonly compiled: Compiled,
    private readonly limit: number,
  ) {
    const { leaves } = compiled;
    this.buffers = [...compiled.buffers];
    this.table = {
      buffers: this.buffers,
      numbers: new Set([...leaves.keys()].filter((k) => isHostNumber(leaves[k]))),
      counts: new Map(leaves.flatMap((leaf, k) => (leaf.dtype === 'index' ? [[k, indexCount(leaf)] as const] : []))),
      packed: new Map(),
    };
  }

  /** Prints the result at `slot` of a sweep, in two passes if it is a sum over many rows. */
  print(sweep: Sweep, slot: number): void {
    const parts = partsOf(sweep, slot, this.buffers);
    if (!parts) {
      this.printWithinLimit(sweep, slot);
      return;
    }
    const { length, count, width, second } = parts;
    const to = this.addBuffer({ rows: count, width, type: 'real' });
    this.printWithinLimit(sweep, slot, { length, to });
    this.printWithinLimit(second(to), 1);
  }

  private addBuffer(buffer: BufferInfo): number {
    return this.buffers.push(buffer) - 1;
  }

  /** Prints a result again and again, with more and more arrays packed, until it reads few enough. */
  private printWithinLimit(sweep: Sweep, slot: number, parts?: PartialSums): void {
    const packed = new Map<number, Packed>();
    for (;;) {
      const kernel = printResult(sweep, slot, { ...this.table, packed }, parts);
      const excess = arrayParameters(kernel) - this.limit;
      if (excess <= 0) {
        this.kernels.push(kernel);
        return;
      }
      const arrays = kernel.parameters.flatMap((p) => (p.kind === 'buffer' ? [p.buffer] : []));
      const chosen = choosePack(arrays, this.buffers, excess, this.limit);
      if (!chosen) {
        throw new Error(
          `A GPU kernel reads ${arrayParameters(kernel)} arrays of different row spaces; the limit is ${this.limit}. ` +
            'Ask the device for a higher limit, or run this program on the CPU engine.',
        );
      }
      this.moveInto(this.packOf(chosen), chosen, packed);
    }
  }

  /** The array that holds `arrays` side by side; the kernel that packs them is printed when they are packed first. */
  private packOf(arrays: readonly number[]): number {
    const known = this.packs.get(arrays.join());
    if (known !== undefined) return known;
    const width = arrays.reduce((sum, array) => sum + this.buffers[array].width, 0);
    const pack = this.addBuffer({ rows: this.buffers[arrays[0]].rows, width, type: 'real' });
    this.packs.set(arrays.join(), pack);
    this.kernels.push(printResult(packSweep(arrays, this.buffers, pack), arrays.length, this.table));
    return pack;
  }

  /** Notes in `packed` that the numbers of `arrays`, some of which may be packs themselves, are read from `pack`. */
  private moveInto(pack: number, arrays: readonly number[], packed: Map<number, Packed>): void {
    let column = 0;
    for (const array of arrays) {
      for (const [buffer, at] of packed) {
        if (at.array === array) packed.set(buffer, { array: pack, column: column + at.column });
      }
      if (array < this.compiled.buffers.length) packed.set(array, { array: pack, column });
      column += this.buffers[array].width;
    }
  }
}
