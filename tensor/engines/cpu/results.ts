/**
 * The results of a sweep that several chunks of rows may write to: sums at rows named by an index, and sums over all rows.
 * Everything else is written in the row that computes it.
 */
import type { Sweep } from '../../compile/kernel.ts';

export interface SharedResult {
  /** Number among the sweep's buffers. */
  readonly slot: number;
  /** Number of the index among the sweep's buffers; none for a sum over all rows. */
  readonly index: number | undefined;
  /** How many rows beyond the named one are written. */
  readonly reach: number;
  readonly mode: 'add' | 'max';
}

export function sharedResults(sweep: Sweep): SharedResult[] {
  const found = new Map<number, SharedResult>();
  for (const { writes } of sweep.stages) {
    for (const { to, mode } of writes) {
      if (to.space !== 'buffer' || mode === 'set' || (!to.gather && to.index.row !== 0)) continue;
      const reach = Math.max(found.get(to.slot)?.reach ?? 0, to.gather?.shift ?? 0);
      found.set(to.slot, { slot: to.slot, index: to.gather?.index, reach, mode });
    }
  }
  return [...found.values()];
}
