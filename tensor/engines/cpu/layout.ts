/** The places of the arrays of a plan in the arena, for one set of sizes. */
import type { BufferInfo } from '../../compile/kernel.ts';
import { type Lifetime, planArena } from '../../compile/memory.ts';
import { resolveSize, type Sizes } from '../../dimension.ts';
import { MOST_CHUNKS } from './chunks.ts';
import type { Code } from './code.ts';

export interface Layout {
  /** Byte offsets of all buffers. */
  readonly offsets: readonly number[];
  /** Temporaries of all threads, packed right sides, table of arguments. */
  readonly temporaries: number;
  readonly packed: number;
  readonly table: number;
  readonly size: number;
}

export const elementsOf = (buffer: BufferInfo, sizes: Sizes): number => resolveSize(buffer.rows, sizes) * buffer.width;

export function layoutOf(code: Code, sizes: Sizes, bytes: number, threads: number): Layout {
  const end = code.launches.length + 1;
  const always = (size: number): Lifetime => ({ bytes: size, first: -1, last: end });
  const { lifetimes, places } = lifetimesOf(code, sizes, bytes);
  const count = lifetimes.length;
  const { offsets, size } = planArena([
    ...lifetimes,
    always(code.temporaries * threads),
    always(code.packed * bytes),
    always(4 * MOST_CHUNKS * code.words),
  ]);
  return {
    offsets: places.map((place) => offsets[place]),
    temporaries: offsets[count],
    packed: offsets[count + 1],
    table: offsets[count + 2],
    size,
  };
}

/**
 * For each buffer its place, and for each place its lifetime: from the launch that first writes it to the last that uses
 * it. Leaves start before the first launch, results stay.
 */
function lifetimesOf(code: Code, sizes: Sizes, bytes: number): { lifetimes: Lifetime[]; places: number[] } {
  const end = code.launches.length;
  const takerOf = (buffer: number): number => {
    const taker = code.taken.get(buffer);
    return taker === undefined ? buffer : takerOf(taker);
  };
  const owners = code.buffers.flatMap((_, k) => (code.taken.has(k) ? [] : [k]));
  const place = new Map(owners.map((buffer, k) => [buffer, k]));
  const places = code.buffers.map((_, k) => place.get(takerOf(k))!);
  const first = owners.map((k) => (k < code.leafPositions.length ? -1 : Number.POSITIVE_INFINITY));
  const last = owners.map(() => -1);
  code.launches.forEach(({ kernels }, step) => {
    for (const number of kernels) {
      const kernel = code.kernels[number];
      for (const buffer of kernel.kind === 'sweep' ? kernel.buffers : [kernel.a, kernel.b, kernel.c]) {
        const k = places[buffer];
        first[k] = Math.min(first[k], step);
        last[k] = Math.max(last[k], step);
      }
    }
  });
  for (const buffer of [...code.outputs, ...code.updates]) last[places[buffer]] = end;
  const lifetimes = owners.map((owner, k) => {
    const buffer = code.buffers[owner];
    return {
      bytes: elementsOf(buffer, sizes) * (buffer.type === 'index' ? 4 : bytes),
      first: Math.min(first[k], last[k]),
      last: last[k],
    };
  });
  return { lifetimes, places };
}
