/**
 * Graphs of groups of structures, and the little program of a helper thread that makes them on request.
 *
 * Imports nothing but geometry: a thread that makes graphs need not load tensors and engines.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { edgeStore, edgesOf, type GraphRule } from '../../graph/graph-rule.ts';
import { collate, type GraphBatch } from '../../graph/index.ts';
import { type Packed, type Structures, unpacked } from '../../graph/packed.ts';

export interface GraphMaker {
  readonly counts: Int32Array;
  batch(group: readonly number[], displacements?: Float64Array): GraphBatch;
}

/** Looks for all neighbours once, to count edges; `told` hears of every structure that is done. */
export function graphMaker(
  structures: Structures,
  rule: GraphRule,
  bytes: number,
  told: (done: number) => void = () => {},
): GraphMaker {
  const edges = edgeStore(structures, rule, bytes);
  const counts = new Int32Array(structures.length);
  for (let k = 0; k < counts.length; k++) {
    counts[k] = edges(k).target.length;
    told(k + 1);
  }
  return {
    counts,
    batch(group, displacements) {
      if (!displacements) return collate(group.map((k) => ({ structure: structures.at(k)!, edges: edges(k) })));
      let at = 0;
      return collate(
        group.map((k) => {
          const still = structures.at(k)!;
          const positions = still.positions.map((x) => x + displacements[at++]);
          const structure = { ...still, positions };
          return { structure, edges: edgesOf(structure, rule) };
        }),
      );
    },
  };
}

/** Every buffer inside a message, to hand it over without a copy. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersIn(part, found);
  return found;
}

/** What the thread is given when it starts. */
export interface HelperData {
  readonly packed: Packed;
  readonly rule: GraphRule;
  /** Bytes of neighbour lists to keep. */
  readonly bytes: number;
}

interface Request {
  readonly counts?: true;
  readonly group?: readonly number[];
  readonly displacements?: Float64Array;
}

/** Milliseconds between words about how far counting has come. */
const NEWS = 500;

if (!isMainThread && parentPort && workerData?.packed) {
  const port = parentPort;
  const { packed, rule, bytes } = workerData as HelperData;
  let last = Date.now();
  const told = (done: number) => {
    const now = Date.now();
    if (now - last < NEWS) return;
    last = now;
    port.postMessage({ counted: done });
  };
  let maker: GraphMaker | undefined;
  port.on('message', ({ counts, group, displacements }: Request) => {
    try {
      maker ??= graphMaker(unpacked(packed), rule, bytes, told);
      if (counts) port.postMessage({ value: maker.counts });
      else {
        const value = maker.batch(group!, displacements);
        port.postMessage({ value }, [...buffersIn(value)]);
      }
    } catch (error) {
      port.postMessage({ error: (error as Error).message });
    }
  });
}
