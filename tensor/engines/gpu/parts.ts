/**
 * Long sums in two passes: a sum over all rows would be one thread's work, so parts of the rows are summed side by side
 * first, then their sums.
 *
 * Where parts begin depends on the number of rows alone, and each pass adds in order: equal inputs give equal bits. It is
 * also more exact, as no sum of float32 numbers gets long.
 */
import type { BufferInfo, Sweep } from '../../compile/kernel.ts';
import { dimension, type Size, type Sizes } from '../../dimension.ts';

/** Rows of a part, where their number is known only when a plan runs. */
const PART = 256;
/** Fewer rows are summed at once. */
const FEW = 16;

export interface Parts {
  /** Rows of a part. */
  readonly length: number;
  readonly count: Size;
  /** The second pass, which reads buffer `from`; its only result is at slot 1. */
  readonly second: (from: number) => Sweep;
}

/** How the result at `slot` is summed in parts; undefined where it is no sum over many rows. */
export function partsOf(sweep: Sweep, slot: number, buffers: readonly BufferInfo[]): Parts | undefined {
  const result = sweep.buffers[slot];
  const { rows, width } = buffers[result];
  const writes = sweep.stages
    .flatMap((stage) => stage.writes)
    .filter(({ to }) => to.space === 'buffer' && to.slot === slot);
  const mode = writes[0]?.mode;
  const isSum = writes.every((w) => w.to.index.row === 0 && !w.to.gather && w.mode === mode) && mode !== 'set';
  const isShort = typeof sweep.rows === 'number' && sweep.rows < FEW;
  if (!mode || !isSum || isShort || typeof rows !== 'number') return undefined;
  const length = typeof sweep.rows === 'number' ? Math.ceil(Math.sqrt(sweep.rows)) : PART;
  const count = typeof sweep.rows === 'number' ? Math.ceil(sweep.rows / length) : partsDimension(sweep.rows.name);
  const size = rows * width;
  const value = { op: 'load', place: { space: 'buffer', slot: 0, index: { base: 0, row: size, coefs: [1] } } } as const;
  const to = { space: 'buffer', slot: 1, index: { base: 0, row: 0, coefs: [1] } } as const;
  const second = (from: number): Sweep => ({
    kind: 'sweep',
    rows: count,
    buffers: [from, result],
    temps: [],
    stages: [{ extents: [size], writes: [{ to, mode, value }] }],
    fills: sweep.fills.filter(({ buffer }) => buffer === result),
  });
  return { length, count, second };
}

const partsDimension = (name: string) => dimension(`parts of ${name}`);

/** Sizes with the numbers of parts. */
export const withParts = (sizes: Sizes): Sizes =>
  new Map(
    [...sizes].flatMap(([name, size]) => [
      [name, size] as const,
      [partsDimension(name).name, Math.ceil(size / PART)] as const,
    ]),
  );
