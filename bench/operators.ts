/**
 * Operators on their own, ours beside tfjs' WebAssembly backend and jax-js, each in float32: `npm run bench:operators`.
 *
 * Measured: a call with its result given back as an array, since a user would want it so; every contender gets the same
 * numbers. Excluded: compilation, and moving operands for the other two (ours is fed at every call). Ours runs on all cores,
 * tfjs on one. The other two are in bench/peers/ with packages of their own (`npm run setup:peers`); where these are not
 * installed, ours runs alone.
 */
import {
  cpuEngine,
  dimension,
  exp,
  type Feeds,
  gather,
  index,
  input,
  key,
  matmul,
  mul,
  segmentSum,
  sigmoid,
  softplus,
  sum,
  type Tensor,
  uniform,
} from '../tensor/index.ts';
import { type Case, runSuite, type SuiteOptions, suiteCommand, type Work } from './suite.ts';

/** By name: prepares the operands, and returns what is timed. */
export type Contenders = Record<string, () => () => unknown>;

/** A matrix product [m, k] x [k, n]. */
export interface Product {
  readonly sizes: readonly [m: number, k: number, n: number];
  readonly a: Float32Array;
  readonly b: Float32Array;
}
export interface Elementwise {
  readonly name: 'exp' | 'sigmoid' | 'softplus';
  readonly a: Float32Array;
}
/** One message sum of a crystal network: sigmoid(x_i) softplus(x_j), summed at the target, then over channels. */
export interface Message {
  readonly sizes: readonly [atoms: number, neighbours: number, channels: number];
  readonly a: Float32Array;
  readonly targets: Int32Array;
  readonly sources: Int32Array;
}

/** What bench/peers/contenders.ts exports. */
interface Peers {
  prepare(): Promise<void>;
  product(given: Product): Contenders;
  elementwise(given: Elementwise): Contenders;
  message(given: Message): Contenders;
}

const options = suiteCommand('operators', 'Operators beside those of other libraries.').parse().opts<SuiteOptions>();
const engine = cpuEngine(options.threads === undefined ? {} : { threads: options.threads });
const floats = (count: number, seed: number): Float32Array =>
  Float32Array.from(uniform(key(seed), count), (u) => 2 * u - 1);

/** A compiled plan of ours, fed at every call. */
function ours(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, unknown>): () => Promise<unknown> {
  const plan = engine.compile({ outputs });
  return () => plan.run(feeds as Feeds);
}

function ourProduct({ sizes: [m, k, n], a, b }: Product): Contenders[string] {
  return () => {
    const [x, y] = [input([m, k]), input([k, n])];
    return ours(
      [matmul(x, y)],
      new Map([
        [x, a],
        [y, b],
      ]),
    );
  };
}

function ourElementwise({ name, a }: Elementwise): Contenders[string] {
  return () => {
    const x = input([a.length]);
    return ours([{ exp, sigmoid, softplus }[name](x)], new Map([[x, a]]));
  };
}

function ourMessage({ sizes: [atoms, , channels], a, targets, sources }: Message): Contenders[string] {
  const rows = dimension('edges', { streamed: true });
  return () => {
    const [x, target, source] = [input([atoms, channels]), index(rows, atoms), index(rows, atoms)];
    const summed = segmentSum(mul(sigmoid(gather(x, target)), softplus(gather(x, source))), target);
    return ours(
      [sum(summed, { axis: 1 })],
      new Map<Tensor, unknown>([
        [x, a],
        [target, { values: targets, count: atoms }],
        [source, { values: sources, count: atoms }],
      ]),
    );
  };
}

/** The other libraries, ready to run; undefined where they are not installed. */
async function peersHere(): Promise<Peers | undefined> {
  try {
    // Their types are in packages that need not be there, so the compiler is not to follow.
    const peers = (await import(new URL('./peers/contenders.ts', import.meta.url).href)) as Peers;
    await peers.prepare();
    return peers;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.log('tfjs and jax-js are not installed, so lattigrad runs alone. To install them: npm run setup:peers');
    return undefined;
  }
}

const peers = await peersHere();
const product = (m: number, k: number, n: number): Contenders => {
  const given: Product = { sizes: [m, k, n], a: floats(m * k, 1), b: floats(k * n, 2) };
  return { lattigrad: ourProduct(given), ...peers?.product(given) };
};
const elementwise = (name: Elementwise['name'], count: number): Contenders => {
  const given: Elementwise = { name, a: floats(count, 3) };
  return { lattigrad: ourElementwise(given), ...peers?.elementwise(given) };
};
const message = (atoms: number, neighbours: number, channels: number): Contenders => {
  const values = (of: (k: number) => number) => Int32Array.from({ length: atoms * neighbours }, (_, k) => of(k));
  const given: Message = {
    sizes: [atoms, neighbours, channels],
    a: floats(atoms * channels, 4),
    targets: values((k) => Math.floor(k / neighbours)),
    sources: values((k) => (k * 7919) % atoms),
  };
  return { lattigrad: ourMessage(given), ...peers?.message(given) };
};

const flop = (amount: number): Work => ({ amount, unit: 'flop' });
const element = (amount: number): Work => ({ amount, unit: 'element' });
const operators: readonly [name: string, work: Work, contenders: Contenders][] = [
  ['matmul 5000x100x200', flop(2 * 5000 * 100 * 200), product(5000, 100, 200)],
  ['matmul 1000x100x100', flop(2 * 1000 * 100 * 100), product(1000, 100, 100)],
  ['exp 1M', element(1e6), elementwise('exp', 1e6)],
  ['sigmoid 1M', element(1e6), elementwise('sigmoid', 1e6)],
  ['softplus 1M', element(1e6), elementwise('softplus', 1e6)],
  ['message sum 1000 atoms x 30 x 100', { amount: 30_000, unit: 'edge' }, message(1000, 30, 100)],
];
const threads: Record<string, number> = { lattigrad: engine.threads, 'tfjs wasm': 1 };
const cases = operators.flatMap(([name, work, contenders]) =>
  Object.entries(contenders).map(
    ([who, prepare]): Case => ({
      name: `${name}, ${who}`,
      prepare: () => ({ once: prepare(), work, ...(who in threads ? { threads: threads[who] } : {}) }),
    }),
  ),
);
await runSuite('operators', cases, options);
