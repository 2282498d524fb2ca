/**
 * Where buffers lie: offsets in one arena, planned from who is alive when.
 *
 * A buffer lives from the step that writes it to the last step that reads it; buffers that are never alive
 * together may share bytes. The plan depends on sizes only, so equal sizes give equal addresses.
 */
export interface Lifetime {
  readonly bytes: number;
  /** First and last step at which the buffer is in use, inclusive. */
  readonly first: number;
  readonly last: number;
}

const ALIGN = 64;
const aligned = (bytes: number): number => Math.ceil(Math.max(1, bytes) / ALIGN) * ALIGN;

/** Offsets of all buffers and the arena's size: each buffer, largest first, takes the lowest gap that fits. */
export function planArena(lifetimes: readonly Lifetime[]): { offsets: number[]; size: number } {
  const order = lifetimes.map((_, k) => k).sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let size = 0;
  for (const k of order) {
    const { bytes, first, last } = lifetimes[k]!;
    const taken = placed
      .filter((other) => lifetimes[other]!.first <= last && first <= lifetimes[other]!.last)
      .map((other) => ({ start: offsets[other]!, end: offsets[other]! + aligned(lifetimes[other]!.bytes) }))
      .sort((a, b) => a.start - b.start);
    let at = 0;
    for (const { start, end } of taken) {
      if (start - at >= aligned(bytes)) break;
      at = Math.max(at, end);
    }
    offsets[k] = at;
    size = Math.max(size, at + aligned(bytes));
    placed.push(k);
  }
  return { offsets, size };
}
