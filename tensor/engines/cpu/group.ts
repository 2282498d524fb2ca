/**
 * A launch whose rows may be divided anywhere, printed as a function `(firstRow, endRow, temporaries, array0, ...)`: for
 * every few rows it calls the functions of its kernels in turn, so that each finds the results of the one before in the
 * cache. Its arrays are buffers of the plan, and right sides of matrix products, which are packed before the launch.
 */
import { type Kernel, type Product, productRows } from '../../compile/kernel.ts';
import type { Launch } from '../../compile/launch.ts';
import type { Size } from '../../dimension.ts';
import { MATH_IMPORTS, type VectorLanes } from './lanes.ts';
import { packedElements } from './matmul.ts';
import { FunctionBuilder, I32 } from './wasm.ts';

/** Rows at a time: a multiple of the four of a tile and of all vectors; so many rows of 100 numbers fill 25 kB. */
const ROWS = 64;

/** An array: the number of a buffer, or a right side at so many elements from the start of the packed ones. */
export type Taken = { readonly buffer: number } | { readonly packed: number };

export interface Group {
  readonly rows: Size;
  /** Number of its function. */
  readonly main: number;
  /** Scalar operations per row. */
  readonly work: number;
  readonly takes: readonly Taken[];
  /** What must be packed before: function, right side, and where it goes. */
  readonly packs: readonly { readonly pack: number; readonly b: number; readonly packed: number }[];
  /** Elements of all packed right sides. */
  readonly elements: number;
}

interface Functions {
  /** Number of the function of a kernel, and of that which packs a right side. */
  readonly main: (kernel: number) => number;
  readonly pack: (product: Product) => number;
  readonly print: (f: FunctionBuilder) => number;
  readonly work: (kernel: number) => number;
}

export function groupOf(
  { kernels: numbers, rows }: Launch & { readonly rows: Size },
  kernels: readonly Kernel[],
  vector: VectorLanes,
  functions: Functions,
): Group {
  const takes: Taken[] = [];
  const packs: { pack: number; b: number; packed: number }[] = [];
  let elements = 0;
  const bufferAt = (buffer: number): number => {
    const known = takes.findIndex((t) => 'buffer' in t && t.buffer === buffer);
    return known >= 0 ? known : takes.push({ buffer }) - 1;
  };
  /** Products with one right side share its packed form. */
  const packedAt = (p: Product): number => {
    const pack = functions.pack(p);
    let known = packs.find((other) => other.pack === pack && other.b === p.b);
    if (!known) {
      known = { pack, b: p.b, packed: elements };
      packs.push(known);
      elements += packedElements(vector, p.inner, p.outer);
    }
    const { packed } = known;
    const found = takes.findIndex((t) => 'packed' in t && t.packed === packed);
    return found >= 0 ? found : takes.push({ packed }) - 1;
  };
  const calls = numbers.map((number) => {
    const kernel = kernels[number];
    const main = functions.main(number);
    return kernel.kind === 'sweep'
      ? { main, times: 1, arrays: kernel.buffers.map(bufferAt) }
      : { main, times: productRows(kernel), arrays: [bufferAt(kernel.a), packedAt(kernel), bufferAt(kernel.c)] };
  });
  const alone = numbers.length === 1 && calls[0].times === 1 ? calls[0].main : undefined;
  return {
    rows,
    main: alone ?? functions.print(printGroup(calls, takes.length)),
    work: numbers.reduce((sum, number, k) => sum + calls[k].times * functions.work(number), 0),
    takes,
    packs,
    elements,
  };
}

interface Call {
  readonly main: number;
  /** Rows of a matrix product in one row. */
  readonly times: number;
  /** Numbers of the arrays that it takes. */
  readonly arrays: readonly number[];
}

function printGroup(calls: readonly Call[], arrays: number): FunctionBuilder {
  const [first, end, temporaries, taken] = [0, 1, 2, 3];
  const f = FunctionBuilder.ofIntegers(taken + arrays);
  const [at, stop] = f.newLocals(2, I32);
  f.loop(
    at,
    () => f.get(first),
    () => f.get(end),
    ROWS,
    () => {
      // stop = min(at + ROWS, end)
      f.get(at).i32(ROWS).op('i32.add').tee(stop).get(end).get(stop).get(end).op('i32.lt_s', 'select').set(stop);
      for (const { main, times, arrays: numbers } of calls) {
        for (const bound of [at, stop]) {
          f.get(bound);
          if (times !== 1) f.i32(times).op('i32.mul');
        }
        f.get(temporaries);
        for (const array of numbers) f.get(taken + array);
        f.call(MATH_IMPORTS.length + main);
      }
    },
  );
  return f;
}
