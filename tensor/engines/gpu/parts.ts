/**
 * Sums over many rows in two passes. A sum over all rows would be the work of a single thread; so parts of the rows are
 * summed side by side first, and then the sums of the parts.
 *
 * Where parts begin depends only on the number of rows, and each pass adds in row order, so equal inputs give equal bits.
 * Two passes are also more exact than one, since no sum of float32 numbers gets long.
 */
import type { BufferInfo, Sweep } from '../../compile/kernel.ts';
import { dimension, type Size, type Sizes } from '../../dimension.ts';

/** Rows of a part where the number of rows is known only when a plan runs. Otherwise it is the square root of the rows. */
const PART = 256;
/** Fewer rows than these are summed in one pass. */
const FEW = 16;

export interface Parts {
  /** Rows of a part. */
  readonly length: number;
  /** How many parts there are. */
  readonly count: Size;
  /** Numbers that are summed for each part. */
  readonly width: number;
  /** The second pass, which reads the sums of the parts from buffer `from`. Its only result is at slot 1. */
  readonly second: (from: number) => Sweep;
}

/** How the result at `slot` is summed in two passes; undefined where it is no sum over many rows. */
export function partsOf(sweep: Sweep, slot: number, buffers: readonly BufferInfo[]): Parts | undefined {
  const result = sweep.buffers[slot];
  const { rows, width: rowWidth } = buffers[result];
  const writes = sweep.stages
    .flatMap((stage) => stage.writes)
    .filter(({ to }) => to.space === 'buffer' && to.slot === slot);
  const mode = writes[0]?.mode;
  const isSum = writes.every((w) => w.to.index.row === 0 && !w.to.gather && w.mode === mode) && mode !== 'set';
  const isShort = typeof sweep.rows === 'number' && sweep.rows < FEW;
  if (!mode || !isSum || isShort || typeof rows !== 'number') return undefined;
  const length = typeof sweep.rows === 'number' ? Math.ceil(Math.sqrt(sweep.rows)) : PART;
  const count = typeof sweep.rows === 'number' ? Math.ceil(sweep.rows / length) : partsDimension(sweep.rows.name);
  const width = rows * rowWidth;
  const place = { space: 'buffer', slot: 0, index: { base: 0, row: width, coefs: [1] } } as const;
  const to = { space: 'buffer', slot: 1, index: { base: 0, row: 0, coefs: [1] } } as const;
  const second = (from: number): Sweep => ({
    kind: 'sweep',
    rows: count,
    buffers: [from, result],
    temps: [],
    stages: [{ extents: [width], writes: [{ to, mode, value: { op: 'load', place } }] }],
    fills: sweep.fills.filter(({ buffer }) => buffer === result),
  });
  return { length, count, width, second };
}

const partsDimension = (name: string) => dimension(`parts of ${name}`);

/** The sizes of a run, with the number of parts for each of them. */
export const withParts = (sizes: Sizes): Sizes =>
  new Map(
    [...sizes].flatMap(([name, size]) => [
      [name, size] as const,
      [partsDimension(name).name, Math.ceil(size / PART)] as const,
    ]),
  );
