/**
 * Launches: kernels that run as one, every few rows passing through all of them before the next rows do.
 *
 * Kernels may share a launch when a row of what they compute needs, of what the launch computes, the same row only. A
 * linear layer with bias, activation and residual is one launch, and so is a chain of such layers: rows are still in the
 * cache when the next kernel reads them, and no thread waits in between. No sum crosses rows here, so the bits are those
 * of kernel after kernel. An engine may use launches or not; kernels stay what they are.
 */
import { type Size, sameSize } from '../dimension.ts';
import { rowKey } from './access.ts';
import type { Place } from './expr.ts';
import { type BufferInfo, type Kernel, loadsOf, productRows, type Stage } from './kernel.ts';

export interface Launch {
  /** Numbers of its kernels, in the order in which a row passes through them. */
  readonly kernels: readonly number[];
  /** The rows, which may be divided anywhere; undefined for a kernel with sums over rows, which has no company. */
  readonly rows: Size | undefined;
}

/** Buffers that a kernel reads and writes, and whether all of it is in the row at hand. */
interface Traffic {
  readonly reads: ReadonlyMap<number, boolean>;
  readonly writes: ReadonlyMap<number, boolean>;
}

/** Arrays of a launch: a function of WebAssembly has at most 1000 parameters. */
const MOST_ARRAYS = 900;

/** Kernels in the given order make launches in an order in which each follows those that it depends on. */
export function launchesOf(kernels: readonly Kernel[], buffers: readonly BufferInfo[], fuse = true): Launch[] {
  const launches: { kernels: number[]; rows: Size | undefined; arrays: Set<number> }[] = [];
  /** The launch that computes a buffer, and the latest launch of each row space. */
  const source = new Map<number, number>();
  const latest = new Map<string, number>();
  kernels.forEach((kernel, number) => {
    const { reads, writes } = trafficOf(kernel, buffers);
    const rows = rowsAlone(kernel, writes);
    const candidate = rows === undefined || !fuse ? undefined : latest.get(rowKey(rows));
    const arrays = [...reads.keys(), ...writes.keys()];
    const fits = (launch: number): boolean =>
      new Set([...launches[launch].arrays, ...arrays]).size <= MOST_ARRAYS &&
      [...reads].every(([buffer, inRow]) => {
        const from = source.get(buffer) ?? -1;
        return from < launch || (from === launch && inRow);
      });
    let at = launches.length;
    if (candidate !== undefined && fits(candidate)) {
      at = candidate;
      launches[at].kernels.push(number);
      for (const array of arrays) launches[at].arrays.add(array);
    } else {
      launches.push({ kernels: [number], rows, arrays: new Set(arrays) });
      if (rows !== undefined) latest.set(rowKey(rows), at);
    }
    for (const buffer of writes.keys()) source.set(buffer, at);
  });
  return launches;
}

/** The rows of a kernel that writes in the row at hand only. */
function rowsAlone(kernel: Kernel, writes: Traffic['writes']): Size | undefined {
  if (![...writes.values()].every(Boolean)) return undefined;
  return kernel.kind === 'sweep' ? kernel.rows : kernel.leading[0];
}

export function trafficOf(kernel: Kernel, buffers: readonly BufferInfo[]): Traffic {
  const [reads, writes] = [new Map<number, boolean>(), new Map<number, boolean>()];
  const note = (to: Map<number, boolean>, buffer: number, inRow: boolean) =>
    void to.set(buffer, inRow && (to.get(buffer) ?? true));
  if (kernel.kind !== 'sweep') {
    const { kind, leading, inner, outer, a, b, c } = kernel;
    const [rows] = leading;
    const within = productRows(kernel);
    const has = (buffer: number, width: number): boolean =>
      kind === 'matmul' &&
      rows !== undefined &&
      sameSize(buffers[buffer].rows, rows) &&
      buffers[buffer].width === within * width;
    note(reads, a, has(a, inner));
    note(reads, b, false);
    note(writes, c, has(c, outer));
    return { reads, writes };
  }
  for (const stage of kernel.stages) {
    const isInRow = (place: Place): boolean => {
      const { rows, width } = buffers[kernel.buffers[place.slot]];
      return sameSize(rows, kernel.rows) && staysInRow(place, width, stage);
    };
    const visit = (place: Place) => {
      if (place.space === 'buffer') note(reads, kernel.buffers[place.slot], isInRow(place));
      if (place.gather) note(reads, kernel.buffers[place.gather.index], true);
    };
    const seen = new Set<Stage['writes'][number]['value']>();
    for (const { to, value } of stage.writes) {
      loadsOf(value, visit, seen);
      if (to.gather) note(reads, kernel.buffers[to.gather.index], true);
      if (to.space === 'buffer') note(writes, kernel.buffers[to.slot], isInRow(to));
    }
  }
  // What is filled before a sweep is not written row by row.
  for (const { buffer } of kernel.fills) note(writes, buffer, false);
  return { reads, writes };
}

/** Is every element that this place names in the row at hand, of so many numbers? */
function staysInRow({ index, gather }: Place, width: number, { extents }: Stage): boolean {
  let [low, high] = [index.base, index.base];
  index.coefs.forEach((coef, k) => {
    const reach = coef * (extents[k] - 1);
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  });
  return gather === undefined && index.row === width && low >= 0 && high < width;
}
