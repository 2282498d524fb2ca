/**
 * The program of a helper thread, as a text: workers of Node and of browsers both run it without a file of its own, and no
 * bundler can rewrite it. For pages whose policy forbids that, the package has the same text as the file worker.js.
 *
 * A job is a kernel and a number of chunks. A thread takes a chunk by counting up the ticket, which holds the number of the
 * job and that of the next chunk. It does so by compare-and-exchange, so that a late thread never takes a chunk of a newer
 * job for one of an older. A thread without work looks for some a few thousand times, then sleeps.
 */

/** Words of the control array. */
export const CONTROL = {
  /** (job number << 8) | next chunk */
  ticket: 0,
  chunks: 1,
  /** Which registered module, and which of its functions. */
  module: 2,
  kernel: 3,
  /** Byte address of the table of arguments, and words of one chunk in it. */
  table: 4,
  width: 5,
  /** Bytes of temporaries of one thread. */
  temporaries: 6,
  /** Chunks that helpers have finished. */
  done: 7,
  /** Set by a helper whose kernel trapped. */
  failed: 8,
  /** Pages of 64 KiB that the memory of the module has. */
  pages: 9,
} as const;
export const CONTROL_WORDS = 16;
/** A ticket with this chunk number offers nothing. */
export const CLOSED = 255;

/** Looks before sleeping. */
export const SPINS = 3000;

export const WORKER_SOURCE = `
const node = typeof process === 'object' && process.versions && process.versions.node;
const port = node ? process.getBuiltinModule('node:worker_threads').parentPort : self;
const modules = new Map();

/* A row of the table: number of fills, (address, elements, is maximum) of each, then the arguments of the kernel. */
function runChunk({ memory, functions, elementBytes }, kernel, address, width, thread, temporaries, pages) {
  /* A memory that was grown while it was on its way here may still look short; growing by nothing makes it look again. */
  if (memory.buffer.byteLength < 65536 * pages) memory.grow(0);
  /* Words of the job are signed, addresses beyond 2 GiB are not. */
  const row = new Uint32Array(memory.buffer, address >>> 0, width);
  const Reals = elementBytes === 4 ? Float32Array : Float64Array;
  let at = 1;
  for (let k = 0; k < row[0]; k++, at += 3) {
    new Reals(memory.buffer, row[at], row[at + 1]).fill(row[at + 2] ? -Infinity : 0);
  }
  const args = Array.from(row.subarray(at));
  args[2] += thread * temporaries;
  functions[kernel](...args);
}

async function serve(control, thread) {
  let spins = 0;
  for (;;) {
    const ticket = Atomics.load(control, ${CONTROL.ticket});
    if ((ticket & 255) < Atomics.load(control, ${CONTROL.chunks})) {
      const known = modules.get(control[${CONTROL.module}]);
      if (known) {
        const [kernel, table, width, temporaries, pages] = [control[${CONTROL.kernel}], control[${CONTROL.table}], control[${CONTROL.width}], control[${CONTROL.temporaries}], control[${CONTROL.pages}]];
        if (Atomics.compareExchange(control, ${CONTROL.ticket}, ticket, ticket + 1) === ticket) {
          try {
            runChunk(known, kernel, table + 4 * width * (ticket & 255), width, thread, temporaries, pages);
          } catch (error) {
            Atomics.store(control, ${CONTROL.failed}, 1);
            console.error(error);
          }
          Atomics.add(control, ${CONTROL.done}, 1);
          Atomics.notify(control, ${CONTROL.done});
          spins = 0;
        }
        continue;
      }
      /* The module is on its way: let messages in. */
      await new Promise((resolve) => setTimeout(resolve, 0));
      continue;
    }
    if (++spins < ${SPINS}) continue;
    const { async, value } = Atomics.waitAsync(control, ${CONTROL.ticket}, ticket);
    if (async) await value;
    spins = 0;
  }
}

function receive({ control, thread, add, drop }) {
  if (control) serve(control, thread);
  if (drop !== undefined) modules.delete(drop);
  if (add) {
    const { id, module, memory, elementBytes } = add;
    const { exports } = new WebAssembly.Instance(module, { env: { memory, sin: Math.sin, cos: Math.cos } });
    const functions = [];
    for (let k = 0; exports['f' + k]; k++) functions.push(exports['f' + k]);
    modules.set(id, { memory, functions, elementBytes });
  }
}
if (node) port.on('message', receive);
else port.onmessage = (event) => receive(event.data);
`;
