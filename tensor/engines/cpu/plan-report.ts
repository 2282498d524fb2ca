/** What a plan of the CPU engine consists of, and what its launches took in the last run. */
import type { Kernel } from '../../compile/kernel.ts';
import { product, resolveSize, type Size, type Sizes, showSize } from '../../dimension.ts';
import type { Code } from './code.ts';

export interface PlanReport {
  readonly kernels: number;
  /** Kernels of the same rows share a launch. */
  readonly launches: number;
  /** Sweeps over streamed rows (edges). */
  readonly streamedSweeps: number;
  /** Matrix products. */
  readonly products: number;
  /** Wide streamed arrays that had to be stored, with the reason. */
  readonly stored: readonly string[];
  readonly moduleBytes: number;
  /** Bytes of the arena in the last run. */
  readonly arenaBytes: number;
  /** Of the launches of the last run: milliseconds, and bytes loaded and stored (an estimate that knows no caches). */
  readonly profile: readonly { readonly launch: string; readonly milliseconds: number; readonly bytes: number }[];
}

/** The last run: its sizes, the bytes of its arena, and the milliseconds of each launch. */
export interface LastRun {
  readonly sizes: Sizes | undefined;
  readonly arenaBytes: number;
  readonly milliseconds: readonly number[];
}

export function reportOf(code: Code, { sizes, arenaBytes, milliseconds }: LastRun): PlanReport {
  const { kernels, launches, buffers, costs, moduleBytes } = code;
  const countOf = (rows: readonly Size[]): number =>
    sizes ? product(rows.map((size) => resolveSize(size, sizes))) : 0;
  const bytesOf = (number: number): number => costs[number].bytes * countOf(rowsOf(kernels[number]));
  return {
    kernels: kernels.length,
    launches: launches.length,
    streamedSweeps: kernels.filter((k) => k.kind === 'sweep' && typeof k.rows === 'object' && k.rows.streamed).length,
    products: kernels.filter((k) => k.kind !== 'sweep').length,
    stored: buffers.flatMap(({ reason, rows, width }) => (reason ? [`[${showSize(rows)}, ${width}]: ${reason}`] : [])),
    moduleBytes,
    arenaBytes,
    profile: launches.map(({ kernels: numbers }, k) => ({
      launch: describe(numbers.map((number) => kernels[number])),
      milliseconds: milliseconds[k],
      bytes: numbers.reduce((sum, number) => sum + bytesOf(number), 0),
    })),
  };
}

const rowsOf = (kernel: Kernel): readonly Size[] => (kernel.kind === 'sweep' ? [kernel.rows] : kernel.leading);

/** A launch in words. */
function describe(kernels: readonly Kernel[]): string {
  const [kernel, ...others] = kernels as [Kernel, ...Kernel[]];
  const over = rowsOf(kernel).map(showSize).join(' x ');
  if (others.length > 0) {
    const products = kernels.filter(({ kind }) => kind !== 'sweep').length;
    return `over ${over} together: ${products} products, ${kernels.length - products} sweeps`;
  }
  return kernel.kind === 'sweep'
    ? `sweep over ${over}, ${kernel.stages.length} stages`
    : `${kernel.kind} over ${over}, ${kernel.inner} x ${kernel.outer}`;
}
