/**
 * Packing: several arrays of one row space copied side by side into a wider one, for kernels that read more arrays
 * than a GPU takes.
 *
 * A pack is an ordinary sweep, and its result an ordinary buffer with a number after the plan's own. Buffers are
 * written once in a plan, so a pack made for one kernel serves later ones too.
 */
import { rowKey } from '../../compile/access.ts';
import type { BufferInfo, Stage, Sweep } from '../../compile/kernel.ts';

/**
 * Which of the arrays to pack so that `excess` fewer remain: the narrowest of those that share a row space, since they are
 * copied. Undefined if no two of them do. A pack is made by a kernel, which must not read more than `limit` arrays either.
 */
export function choosePack(arrays: readonly number[], buffers: readonly BufferInfo[], excess: number, limit: number) {
  const groups = new Map<string, number[]>();
  for (const array of arrays) {
    const key = rowKey(buffers[array].rows);
    groups.set(key, [...(groups.get(key) ?? []), array]);
  }
  const [largest] = [...groups.values()].sort((a, b) => b.length - a.length);
  if (!largest || largest.length < 2 || limit < 2) return undefined;
  const width = (array: number): number => buffers[array].width;
  largest.sort((a, b) => width(a) - width(b) || a - b);
  return largest.slice(0, Math.min(limit, excess + 1)).sort((a, b) => a - b);
}

/** The sweep that copies `arrays` into the columns of buffer `target`. */
export function packSweep(arrays: readonly number[], buffers: readonly BufferInfo[], target: number): Sweep {
  const widths = arrays.map((array) => buffers[array].width);
  const total = widths.reduce((a, b) => a + b, 0);
  let column = 0;
  const stages = widths.map((width, slot): Stage => {
    const to = { space: 'buffer', slot: arrays.length, index: { base: column, row: total, coefs: [1] } } as const;
    const place = { space: 'buffer', slot, index: { base: 0, row: width, coefs: [1] } } as const;
    column += width;
    return { extents: [width], writes: [{ to, mode: 'set', value: { op: 'load', place } }] };
  });
  const { rows } = buffers[arrays[0]];
  return { kind: 'sweep', rows, buffers: [...arrays, target], temps: [], stages, fills: [] };
}
