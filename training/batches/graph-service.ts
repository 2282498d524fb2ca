/**
 * Makes batches of graphs on request: on a helper thread while a training step runs, or right here.
 *
 * Both ways call the same functions on the same numbers, so the batches are the same bits. The helper reads the
 * structures in shared memory; batches come back without copying.
 */
import { Worker } from 'node:worker_threads';
import type { GraphRule } from '../../graph/graph-rule.ts';
import type { GraphBatch, Structure } from '../../graph/index.ts';
import { pack } from '../../graph/packed.ts';
import { graphMaker, type HelperData } from './graph-worker.ts';

export interface GraphService {
  /** Edges of every structure. */
  readonly counts: Int32Array;
  /** The batch of some structures; `displacements` (Angstrom, 3 an atom of the batch) move the atoms first. */
  batch(group: readonly number[], displacements?: Float64Array): Promise<GraphBatch>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** A helper thread (default: if more than one processor may be used). */
  readonly helper: boolean;
  /** Bytes of neighbour lists to keep (default 1 GB). */
  readonly bytes?: number;
  /** Hears how many structures' edges have been counted, now and then. */
  readonly counted?: (done: number) => void;
}

const GIGABYTE = 2 ** 30;

/** Starts the thread of graph-worker.ts, which the package has as JavaScript and a checkout of the repository as TypeScript. */
function startHelper(workerData: HelperData): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./graph-worker.js', import.meta.url), { execArgv: [], workerData });
  }
  // The loader that runs this very file does not reach into threads: there it has to be registered again.
  const program = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
    register();
    return import(${JSON.stringify(new URL('./graph-worker.ts', import.meta.url).href)});
  });`;
  return new Worker(program, { eval: true, execArgv: [], workerData });
}

export async function graphService(
  structures: readonly Structure[],
  rule: GraphRule,
  { helper, bytes = GIGABYTE, counted }: ServiceOptions,
): Promise<GraphService> {
  if (!helper) {
    const maker = graphMaker(structures, rule, bytes, counted);
    return {
      counts: maker.counts,
      batch: async (group, displacements) => maker.batch(group, displacements),
      close: async () => {},
    };
  }
  const worker = startHelper({ packed: pack(structures), rule, bytes });
  // A run that ends, in whatever way, does not wait for its helper.
  worker.unref();
  const waiting: { done: (value: never) => void; failed: (error: unknown) => void }[] = [];
  worker.on('message', ({ value, error, counted: done }) => {
    if (done !== undefined) return counted?.(done as number);
    const { done: answered, failed } = waiting.shift()!;
    if (error === undefined) answered(value as never);
    else failed(new Error(error as string));
  });
  let gone: unknown;
  const lost = (error: unknown) => {
    gone ??= error;
    for (const { failed } of waiting.splice(0)) failed(error);
  };
  worker.on('error', lost);
  worker.on('exit', (code) => lost(new Error(`the thread that makes graphs ended with code ${code}.`)));
  const ask = async <T>(request: object): Promise<T> => {
    // Nobody would answer, ever.
    if (gone !== undefined) throw gone;
    // While an answer is awaited it keeps the process alive.
    worker.ref();
    try {
      return await new Promise<T>((done, failed) => {
        waiting.push({ done, failed });
        worker.postMessage(request);
      });
    } finally {
      if (waiting.length === 0) worker.unref();
    }
  };
  return {
    counts: await ask<Int32Array>({ counts: true }),
    batch: (group, displacements) => ask<GraphBatch>({ group, displacements }),
    close: async () => void (await worker.terminate()),
  };
}
