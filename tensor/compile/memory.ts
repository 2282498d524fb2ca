/**
 * The places of buffers: offsets in one arena, planned from their lifetimes.
 *
 * A buffer lives from the step that writes it to the last step that reads it; buffers that never live at the same time may
 * share bytes. The plan depends on sizes only, so equal sizes give equal addresses.
 */
export interface Lifetime {
  readonly bytes: number;
  /** First and last step at which the buffer is in use, inclusive. */
  readonly first: number;
  readonly last: number;
}

const ALIGN = 64;
const aligned = (bytes: number): number => Math.ceil(Math.max(1, bytes) / ALIGN) * ALIGN;

/**
 * Offsets of all buffers and the size of the arena: each buffer, largest first, takes the lowest gap that fits.
 *
 * Batches differ in size, so a plan is made in nearly every training step. To keep it fast, placed buffers are held in the
 * order of their offsets, and each new buffer looks at each of them once.
 */
export function planArena(lifetimes: readonly Lifetime[]): { offsets: number[]; size: number } {
  const count = lifetimes.length;
  const order = lifetimes.map((_, k) => k).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const offsets = new Array<number>(count).fill(0);
  // Of placed buffers, in the order of their offsets.
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  let size = 0;
  for (const [placed, k] of order.entries()) {
    const one = lifetimes[k];
    const bytes = aligned(one.bytes);
    let at = 0;
    for (let other = 0; other < placed; other++) {
      if (first[other] > one.last || last[other] < one.first) continue;
      if (start[other] - at >= bytes) break;
      if (end[other] > at) at = end[other];
    }
    offsets[k] = at;
    size = Math.max(size, at + bytes);
    let to = placed;
    while (to > 0 && start[to - 1] > at) to--;
    for (const list of [start, end, first, last]) list.copyWithin(to + 1, to, placed);
    start[to] = at;
    end[to] = at + bytes;
    first[to] = one.first;
    last[to] = one.last;
  }
  return { offsets, size };
}
