/**
 * A team of threads: helpers that share the memory of an engine and compute chunks of kernels beside the calling thread.
 *
 * All engines of a process with the same number of threads use one team. The calling thread never waits for a helper to wake
 * up: it takes chunks like every other thread, and waits only for chunks that helpers have begun. So a team whose helpers
 * never start computes the same, on one thread.
 */
import { CLOSED, CONTROL, CONTROL_WORDS, SPINS, WORKER_SOURCE } from './worker-source.ts';

export interface Job {
  readonly module: number;
  readonly kernel: number;
  readonly chunks: number;
  /** Byte address of the table of arguments and words of a chunk (see worker-source.ts). */
  readonly table: number;
  readonly width: number;
  /** Bytes of temporaries of one thread. */
  readonly temporaries: number;
  /** Pages of 64 KiB that the memory has by now; helpers may not have heard of the last ones. */
  readonly pages: number;
}

export interface Team {
  /** Threads, the calling one included. */
  readonly size: number;
  /** Makes a module known to the helpers, until its owner is collected. */
  register(owner: object, module: WebAssembly.Module, memory: WebAssembly.Memory, elementBytes: number): number;
  /** Runs a job; `runChunk` does chunk k in this thread. */
  run(job: Job, runChunk: (chunk: number) => void): void;
}

interface Helper {
  postMessage(message: unknown): void;
}

/** Threads to use unless an option says otherwise: LATTIGRAD_THREADS, else all processors. */
export function defaultThreads(): number {
  const text = globalThis.process?.env?.LATTIGRAD_THREADS;
  const given = Number(text);
  if (text !== undefined && text !== '') {
    if (!Number.isInteger(given) || given < 1 || given > MOST_ASKED) {
      throw new Error(`LATTIGRAD_THREADS: expected an integer from 1 to ${MOST_ASKED}, got '${text.slice(0, 60)}'.`);
    }
    return given;
  }
  const processors = globalThis.navigator?.hardwareConcurrency ?? nodeProcessors() ?? 1;
  return Math.max(1, Math.min(MOST_THREADS, processors));
}

/** Chunks are few, so more threads would idle. */
const MOST_THREADS = 16;
/** Each takes memory of its own; so many are a slip of the hand. */
const MOST_ASKED = 1024;

const nodeProcessors = (): number | undefined => builtin('node:os')?.availableParallelism();

function builtin<Name extends 'node:os' | 'node:worker_threads'>(name: Name) {
  return globalThis.process?.getBuiltinModule?.(name as 'node:os') as
    | (typeof import('node:os') & typeof import('node:worker_threads'))
    | undefined;
}

/** Can memory be shared between threads here? In browsers only on pages that are isolated (COOP and COEP headers). */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  typeof Atomics === 'object' &&
  'waitAsync' in Atomics &&
  (globalThis.crossOriginIsolated ?? true) &&
  (builtin('node:worker_threads') !== undefined || typeof Worker === 'function');

/** Starts a helper; `failed` hears why a browser does not let it start, or that it broke. Throws where Node has no room. */
function startHelper(worker: string | undefined, failed: (reason: string) => void): Helper | undefined {
  const threads = builtin('node:worker_threads');
  if (threads) {
    const helper = new threads.Worker(WORKER_SOURCE, { eval: true, execArgv: [] });
    helper.unref();
    return helper;
  }
  try {
    const helper = new Worker(worker ?? blobAddress());
    // Most browsers tell only afterwards that a page may not start it, or that there is no such file.
    helper.onerror = ({ message }) => failed(message || 'it was refused, or is not there');
    return helper;
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

let address: string | undefined;

/** The program of helpers under an address that this page gives it. */
function blobAddress(): string {
  address ??= URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  return address;
}

const refused = (worker: string | undefined, reason: string): string =>
  `lattigrad: helper threads do not start from ${worker ?? 'a blob'} (${reason}), so this thread does all the work. ` +
  (worker === undefined
    ? "If the page's Content-Security-Policy forbids blobs: serve the file lattigrad/worker of the package from this origin, " +
      "and say where it is: cpuEngine({ worker: '/lattigrad-worker.js' })."
    : 'Expected the address of the file lattigrad/worker of the package, from this origin, sent with the header ' +
      'Cross-Origin-Embedder-Policy: require-corp. For one thread on purpose: cpuEngine({ threads: 1 }).');

const teams = new Map<string, Team>();

/** The team of so many threads; helpers start when it is first asked for. `worker`: see CpuOptions. */
export function teamOf(size: number, worker?: URL | string): Team {
  const file = worker === undefined ? undefined : String(worker);
  const name = `${size} ${file ?? ''}`;
  const known = teams.get(name);
  if (known) return known;
  const made = createTeam(size, file);
  teams.set(name, made);
  return made;
}

/** May this thread sleep? That of a page may not; it goes on looking. */
function maySleep(control: Int32Array): boolean {
  try {
    // Its own value is not 1 more than itself, so this returns at once.
    Atomics.wait(control, CONTROL.done, Atomics.load(control, CONTROL.done) + 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** The helpers of a team. One that cannot start, or breaks before it has work, is left out; the first of them is told of. */
function startHelpers(count: number, worker: string | undefined): Set<Helper> {
  const helpers = new Set<Helper>();
  let told = false;
  for (let k = 0; k < count; k++) {
    const helper = startHelper(worker, (reason) => {
      if (helper) helpers.delete(helper);
      if (!told) console.warn(refused(worker, reason));
      told = true;
    });
    if (!helper) break;
    helpers.add(helper);
  }
  return helpers;
}

function createTeam(size: number, worker: string | undefined): Team {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  Atomics.store(control, CONTROL.ticket, CLOSED);
  const sleeps = maySleep(control);
  const helpers = startHelpers(size - 1, worker);
  let thread = 0;
  for (const helper of helpers) helper.postMessage({ control, thread: ++thread });
  // Here and not in an engine: it must outlive the owners.
  const forgotten = new FinalizationRegistry<number>((id) => {
    for (const helper of helpers) helper.postMessage({ drop: id });
  });
  let modules = 0;
  let number = 0;

  return {
    size,
    register(owner, module, memory, elementBytes) {
      const id = ++modules;
      forgotten.register(owner, id);
      for (const helper of helpers) helper.postMessage({ add: { id, module, memory, elementBytes } });
      return id;
    },
    run({ module, kernel, chunks, table, width, temporaries, pages }, runChunk) {
      number = (number + 1) & 0x3fffff;
      // Closed while the words of the job change: nobody can take a chunk of a half-written job.
      Atomics.store(control, CONTROL.ticket, (number << 8) | CLOSED);
      control[CONTROL.module] = module;
      control[CONTROL.kernel] = kernel;
      control[CONTROL.table] = table;
      control[CONTROL.width] = width;
      control[CONTROL.temporaries] = temporaries;
      control[CONTROL.pages] = pages;
      Atomics.store(control, CONTROL.done, 0);
      Atomics.store(control, CONTROL.chunks, chunks);
      Atomics.store(control, CONTROL.ticket, number << 8);
      Atomics.notify(control, CONTROL.ticket);
      let own = 0;
      for (;;) {
        const ticket = Atomics.load(control, CONTROL.ticket);
        if ((ticket & 255) >= chunks) break;
        if (Atomics.compareExchange(control, CONTROL.ticket, ticket, ticket + 1) !== ticket) continue;
        runChunk(ticket & 255);
        own++;
      }
      let spins = 0;
      for (;;) {
        const done = Atomics.load(control, CONTROL.done);
        if (done + own >= chunks) break;
        if (sleeps && ++spins > SPINS) Atomics.wait(control, CONTROL.done, done, 1000);
      }
      if (Atomics.exchange(control, CONTROL.failed, 0) !== 0)
        throw new Error('internal: a kernel failed in a helper thread.');
    },
  };
}
