/**
 * The engine's memory: one WebAssembly memory with the variables at the bottom and the arena of the running plan above.
 *
 * The arena holds nothing between runs, so it simply starts behind the variables. The bytes of a variable that is gone are
 * kept in a list of gaps for the next one. The memory is shared with helper threads where there are any.
 */
const PAGE = 65536;
/** 4 GiB less one page, the most a 32-bit memory can have. */
export const MAX_PAGES = 65535;
const ALIGN = 64;
/** Vector loads at the end of an array may read a little past it. */
const SLACK = 64;

export interface Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** Reserves bytes that stay until released. */
  reserve(bytes: number): number;
  release(address: number, bytes: number): void;
  /** The first address of an arena of this size; grows the memory if it must. */
  arena(bytes: number): number;
  /** Bytes of the memory as it is now. */
  size(): number;
}

const aligned = (bytes: number): number => Math.ceil(Math.max(1, bytes) / ALIGN) * ALIGN;

export function createHeap(shared: boolean): Heap {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
  let top = ALIGN;
  const gaps: { address: number; bytes: number }[] = [];

  const ensure = (end: number) => {
    const missing = Math.ceil((end + SLACK) / PAGE) - memory.buffer.byteLength / PAGE;
    if (missing <= 0) return;
    try {
      memory.grow(missing);
    } catch {
      throw new Error(
        `The CPU engine needs ${(end / 2 ** 20).toFixed(0)} MiB, more than it can get (a 32-bit memory has at most 4096 MiB). ` +
          'Use smaller batches, a shorter cutoff or fewer channels.',
      );
    }
  };
  return {
    memory,
    shared,
    reserve(bytes) {
      const needed = aligned(bytes);
      const gap = gaps.findIndex((g) => g.bytes >= needed);
      if (gap >= 0) {
        const { address, bytes: available } = gaps[gap];
        if (available === needed) gaps.splice(gap, 1);
        else gaps[gap] = { address: address + needed, bytes: available - needed };
        return address;
      }
      ensure(top + needed);
      top += needed;
      return top - needed;
    },
    release(address, bytes) {
      gaps.push({ address, bytes: aligned(bytes) });
      gaps.sort((a, b) => a.address - b.address);
      // Neighbours become one gap, and what touches the top is given back to the arena.
      for (let k = gaps.length - 1; k > 0; k--) {
        const [before, after] = [gaps[k - 1], gaps[k]];
        if (before.address + before.bytes !== after.address) continue;
        gaps.splice(k - 1, 2, { address: before.address, bytes: before.bytes + after.bytes });
      }
      const last = gaps[gaps.length - 1];
      if (last.address + last.bytes !== top) return;
      top = last.address;
      gaps.pop();
    },
    arena(bytes) {
      ensure(top + bytes);
      return top;
    },
    size: () => memory.buffer.byteLength,
  };
}
