/**
 * Runs one launch for the sizes and indices of this run: its rows are divided into chunks, threads take the chunks, and
 * where chunks summed into copies of a result, the copies are added in order.
 *
 * The chunks depend on the kernel, the sizes and the indices only, so the bits are the same on any number of threads.
 */
import type { Product, Sweep } from '../../compile/kernel.ts';
import { product, resolveSize, type Sizes } from '../../dimension.ts';
import { type Cut, chunkCount, cutRows, evenBounds, separators } from './chunks.ts';
import type { Code } from './code.ts';
import type { Group } from './group.ts';
import { elementsOf } from './layout.ts';
import { type SharedResult, sharedResults } from './results.ts';
import type { EngineState } from './state.ts';

/** One run of a plan: where things are. */
export interface Frame {
  readonly code: Code;
  readonly sizes: Sizes;
  readonly address: (buffer: number) => number;
  /** Row numbers of an index buffer. */
  readonly index: (buffer: number) => Int32Array;
  readonly temporaries: number;
  readonly packed: number;
  readonly table: number;
  /** The first byte behind the arena, for copies of results. */
  readonly copies: number;
  /** Separators of the indices met so far in this run. */
  readonly separators: Map<string, Uint8Array>;
  /** Cuts made so far in this run: many sweeps of a program share them. */
  readonly cuts: Map<string, Cut>;
}

/** The arguments of a chunk, and what to fill before it: (address, elements, value). */
interface Chunk {
  readonly fills: readonly (readonly [address: number, elements: number, value: number])[];
  readonly args: readonly number[];
}

const sharedOf = new WeakMap<Sweep, SharedResult[]>();

export function runSweep(sweep: Sweep, number: number, frame: Frame, state: EngineState): void {
  const { code, sizes, address } = frame;
  const rows = resolveSize(sweep.rows, sizes);
  const elements = (buffer: number) => elementsOf(code.buffers[buffer], sizes);
  for (const { buffer, value } of sweep.fills) state.reals(address(buffer), elements(buffer)).fill(value);
  if (rows === 0) return;
  const addresses = sweep.buffers.map(address);
  const whole: Chunk = { fills: [], args: [0, rows, frame.temporaries, ...addresses] };
  let results = sharedOf.get(sweep);
  if (!results) {
    results = sharedResults(sweep);
    sharedOf.set(sweep, results);
  }
  const { work } = code.costs[number];
  if (chunkCount(rows, work, 0) === 1) {
    runChunks(code, code.main[number], [whole], frame, state);
    return;
  }

  // Indices that separate somewhere can be kept apart; the other results need copies.
  const keyOf = ({ index, reach }: SharedResult) => (index === undefined ? '' : `${sweep.buffers[index]} ${reach}`);
  const separable = new Map<string, Uint8Array>();
  for (const result of results) {
    if (result.index === undefined) continue;
    const flags = separatorsOf(sweep.buffers[result.index], result.reach, keyOf(result), frame);
    if (separatesInside(flags)) separable.set(keyOf(result), flags);
  }
  const copied = (apart: readonly string[]) => results.filter((result) => !apart.includes(keyOf(result)));
  const keys = [...separable.keys()];
  const copiedElements = copied(keys).reduce((sum, { slot }) => sum + elements(sweep.buffers[slot]), 0);
  const count = chunkCount(rows, work, copiedElements);
  if (count === 1) {
    runChunks(code, code.main[number], [whole], frame, state);
    return;
  }

  const name = `${rows} ${count} ${keys}`;
  const cut = frame.cuts.get(name) ?? cutRows(rows, count, [...separable.values()]);
  frame.cuts.set(name, cut);
  const copies = copied(keys.filter((_, k) => cut.apart[k]));
  let end = frame.copies;
  const placed = copies.map(({ slot, mode }) => {
    const buffer = sweep.buffers[slot];
    const size = elements(buffer);
    const stride = Math.ceil((size * state.bytes) / 64) * 64;
    const at = end;
    end += stride * (count - 1);
    return { slot, mode, size, stride, at };
  });
  state.heap.arena(end - state.heap.arena(0));
  const chunks = Array.from({ length: count }, (_, k): Chunk => {
    const own = addresses.slice();
    const fills = placed.map(({ slot, mode, size, stride, at }) => {
      if (k > 0) own[slot] = at + (k - 1) * stride;
      return [own[slot], size, Number(mode === 'max')] as const;
    });
    // The first chunk writes to the result itself, which is filled already.
    return { fills: k === 0 ? [] : fills, args: [cut.bounds[k], cut.bounds[k + 1], frame.temporaries, ...own] };
  });
  // The largest first: less is left to wait for at the end.
  chunks.sort((a, b) => b.args[1] - b.args[0] - (a.args[1] - a.args[0]));
  runChunks(code, code.main[number], chunks, frame, state);
  for (const { slot, mode, size, stride, at } of placed) {
    const parts = Math.max(1, Math.min(16, Math.floor((size * count) / 65536)));
    const bound = (k: number) => 4 * Math.floor((k * size) / parts / 4);
    runChunks(
      code,
      code.combine[mode],
      Array.from({ length: parts }, (_, k): Chunk => {
        const last = k === parts - 1 ? size : bound(k + 1);
        return { fills: [], args: [bound(k), last, 0, addresses[slot], at, stride, count - 1] };
      }),
      frame,
      state,
      0,
    );
  }
}

/** Where an index separates, found once a run. */
function separatorsOf(buffer: number, reach: number, key: string, { index, separators: known }: Frame): Uint8Array {
  const flags = known.get(key) ?? separators(index(buffer), reach);
  known.set(key, flags);
  return flags;
}

const separatesInside = (flags: Uint8Array): boolean => flags.indexOf(1, 1) < flags.length - 1;

/** Chunks of rows that may be cut anywhere, each in tiles of four. */
function evenChunks(rows: number, work: number, others: readonly number[]): Chunk[] {
  const count = Math.max(1, Math.min(chunkCount(rows, work, 0), Math.ceil(rows / 4)));
  const bounds = evenBounds(rows, count);
  return Array.from({ length: count }, (_, k) => ({ fills: [], args: [bounds[k], bounds[k + 1], ...others] }));
}

/** A product contracted over rows: its chunks are rows of the result. */
export function runProduct(kernel: Product, number: number, frame: Frame, state: EngineState): void {
  const { code, sizes, address } = frame;
  const rows = product(kernel.leading.map((size) => resolveSize(size, sizes)));
  const arrays = [kernel.a, kernel.b, kernel.c].map(address);
  const chunks = evenChunks(kernel.inner, 2 * rows * kernel.outer, [rows, ...arrays]);
  runChunks(code, code.main[number], chunks, frame, state, 0);
}

export function runGroup({ rows: size, main, work, takes, packs }: Group, frame: Frame, state: EngineState): void {
  const { code, sizes, address } = frame;
  const rows = resolveSize(size, sizes);
  if (rows === 0) return;
  const packedAt = (elements: number): number => frame.packed + elements * state.bytes;
  for (const { pack, b, packed } of packs) code.functions[pack](0, 0, 0, 0, address(b), packedAt(packed));
  const arrays = takes.map((taken) => ('buffer' in taken ? address(taken.buffer) : packedAt(taken.packed)));
  runChunks(code, main, evenChunks(rows, work, [frame.temporaries, ...arrays]), frame, state);
}

/** Runs chunks of a function, in this thread or in the team; `temporaries` is what each thread needs, in bytes. */
function runChunks(
  code: Code,
  kernel: number,
  chunks: readonly Chunk[],
  frame: Frame,
  state: EngineState,
  temporaries = code.temporaries,
): void {
  const f = code.functions[kernel];
  const runChunk = ({ fills, args }: Chunk) => {
    for (const [address, elements, maximum] of fills) state.reals(address, elements).fill(maximum ? -Infinity : 0);
    f(...args);
  };
  if (chunks.length === 1 || !state.team) {
    for (const chunk of chunks) runChunk(chunk);
    return;
  }
  const width = Math.max(...chunks.map(({ fills, args }) => 1 + 3 * fills.length + args.length));
  const words = new Int32Array(state.heap.memory.buffer, frame.table, width * chunks.length);
  for (const [k, { fills, args }] of chunks.entries()) words.set([fills.length, ...fills.flat(), ...args], k * width);
  const pages = words.buffer.byteLength / 65536;
  state.team.run(
    { module: state.moduleOf(code), kernel, chunks: chunks.length, table: frame.table, width, temporaries, pages },
    (k) => runChunk(chunks[k]),
  );
}
