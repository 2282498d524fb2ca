/**
 * What can be imported from the package `lattigrad`, as one table: the name of each entry, and the file that it is.
 *
 * An entry is added here, by a line. `optional` names the peer package without which its import fails.
 */

/** Folders whose code is in the package; what experiments/ and plots/ add is in `lattigrad-experiments`. */
export const PACKED_ROOMS: readonly string[] =
  'text files tensor autograd graph data nn universe training testing'.split(' ');

export interface Entry {
  /** As in `import ... from 'lattigrad/nn'`; '.' is the package itself. */
  readonly name: string;
  /** In the repository. */
  readonly source: string;
  /** Runs in browsers as well as in Node. */
  readonly browser: boolean;
  readonly optional?: Peer;
}

/** Packages that users add themselves where they want what needs them, with their versions (decision 52). */
export const PEERS = { 'gpu.js': '2.24.1', webgpu: '0.6.2', 'fast-check': '^4.0.0' } as const;
export type Peer = keyof typeof PEERS;

export const ENTRIES: readonly Entry[] = [
  { name: '.', source: 'index.ts', browser: true },
  { name: './nn', source: 'nn/index.ts', browser: true },
  { name: './graph', source: 'graph/index.ts', browser: true },
  { name: './data', source: 'data/index.ts', browser: false },
  { name: './universe', source: 'universe/index.ts', browser: true },
  { name: './training', source: 'training/index.ts', browser: false },
  { name: './gpu', source: 'tensor/gpu.ts', browser: true, optional: 'gpu.js' },
  { name: './gpu/node', source: 'tensor/engines/gpu/node-webgpu.ts', browser: false, optional: 'webgpu' },
  { name: './testing', source: 'testing/index.ts', browser: true, optional: 'fast-check' },
];

/**
 * The files of the package that do something when they are imported, beside defining what they export: bundlers must keep
 * them though nothing of theirs is named. Elementwise primitives list themselves, methods.ts and value.ts give tensors their
 * methods and consoles their lines, and the others import these for that.
 */
export const SIDE_EFFECTS: readonly string[] = [
  'tensor/methods.ts',
  'tensor/primitives/elementwise.ts',
  'tensor/primitives/index.ts',
  'tensor/value.ts',
  'tensor/index.ts',
  'index.ts',
  'training/batches/graph-worker.ts',
];
