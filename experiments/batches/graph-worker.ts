/**
 * Graphs of groups of structures, and the little program of a helper thread that makes them on request.
 *
 * Imports nothing but geometry: it is bundled and run where tensors are not needed.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { collate, type GraphBatch, type Structure } from '../../graph/index.ts';
import { edgeStore, edgesOf, type GraphRule } from './graph-rule.ts';

export interface GraphMaker {
  readonly counts: Int32Array;
  batch(group: readonly number[], displacements?: Float64Array): GraphBatch;
}

export function graphMaker(structures: readonly Structure[], rule: GraphRule, bytes: number): GraphMaker {
  const edges = edgeStore(structures, rule, bytes);
  return {
    counts: Int32Array.from(structures, (_, k) => edges(k).target.length),
    batch(group, displacements) {
      if (!displacements) return collate(group.map((k) => ({ structure: structures[k]!, edges: edges(k) })));
      let at = 0;
      return collate(
        group.map((k) => {
          const still = structures[k]!;
          const positions = still.positions.map((x) => x + displacements[at++]!);
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

interface Request {
  readonly counts?: true;
  readonly group?: readonly number[];
  readonly displacements?: Float64Array;
}

if (!isMainThread && parentPort && workerData?.structures) {
  const port = parentPort;
  const { structures, rule, bytes } = workerData as { structures: Structure[]; rule: GraphRule; bytes: number };
  let maker: GraphMaker | undefined;
  port.on('message', ({ counts, group, displacements }: Request) => {
    try {
      maker ??= graphMaker(structures, rule, bytes);
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
