/** Where the arrays of a plan lie in the arena, for one set of sizes. */
import type { BufferInfo } from '../../compile/kernel.ts';
import { type Lifetime, planArena } from '../../compile/memory.ts';
import { resolveSize, type Sizes } from '../../dimension.ts';
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

/** Bytes for the arguments of all chunks of any kernel. */
const TABLE_BYTES = 1 << 16;

export const elementsOf = (buffer: BufferInfo, sizes: Sizes): number => resolveSize(buffer.rows, sizes) * buffer.width;

export function layoutOf(code: Code, sizes: Sizes, bytes: number, threads: number): Layout {
  const end = code.kernels.length + 1;
  const always = (size: number): Lifetime => ({ bytes: size, first: -1, last: end });
  const count = code.buffers.length;
  const { offsets, size } = planArena([
    ...lifetimesOf(code, sizes, bytes),
    always(code.temporaries * threads),
    always(code.packed * bytes),
    always(TABLE_BYTES),
  ]);
  return { offsets, temporaries: offsets[count]!, packed: offsets[count + 1]!, table: offsets[count + 2]!, size };
}

/** From the step that writes a buffer to the last that uses it; leaves start before the first step, results stay. */
function lifetimesOf(code: Code, sizes: Sizes, bytes: number): Lifetime[] {
  const end = code.kernels.length;
  const first = code.buffers.map((_, k) => (k < code.leafPositions.length ? -1 : Number.POSITIVE_INFINITY));
  const last = code.buffers.map(() => -1);
  code.kernels.forEach((kernel, step) => {
    for (const buffer of kernel.kind === 'sweep' ? kernel.buffers : [kernel.a, kernel.b, kernel.c]) {
      first[buffer] = Math.min(first[buffer]!, step);
      last[buffer] = Math.max(last[buffer]!, step);
    }
  });
  for (const buffer of [...code.outputs, ...code.updates.map(([, b]) => b)]) last[buffer] = end;
  return code.buffers.map((buffer, k) => ({
    bytes: elementsOf(buffer, sizes) * (buffer.type === 'index' ? 4 : bytes),
    first: Math.min(first[k]!, last[k]!),
    last: last[k]!,
  }));
}
