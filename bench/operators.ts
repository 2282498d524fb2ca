/**
 * Operators on their own, ours beside tfjs' WebAssembly backend and jax-js, each in float32: `npm run bench:operators`.
 *
 * Measured: a call with its result given back as an array, since a user would want it so; every contender gets the same
 * numbers. Excluded: compilation, and moving operands for the other two (ours is fed at every call). Ours runs on all cores,
 * tfjs on one (see below).
 */
import { defaultDevice, init, nn as jaxNn, numpy as np } from '@jax-js/jax';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
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
type Contenders = Record<string, () => () => unknown>;

const options = suiteCommand('operators', 'Operators beside those of other libraries.').parse().opts<SuiteOptions>();
const engine = cpuEngine(options.threads === undefined ? {} : { threads: options.threads });
const floats = (count: number, seed: number): Float32Array =>
  Float32Array.from(uniform(key(seed), count), (u) => 2 * u - 1);

/** A compiled plan of ours, fed at every call. */
function ours(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, unknown>): () => Promise<unknown> {
  const plan = engine.compile({ outputs });
  return () => plan.run(feeds as Feeds);
}

/** A result of tfjs as an array. Not read inside `tidy`, which would look through every number of it for tensors. */
function read(f: () => tf.Tensor): unknown {
  const y = tf.tidy(f);
  const values = y.dataSync();
  y.dispose();
  return values;
}

function product(m: number, k: number, n: number): Contenders {
  const [a, b] = [floats(m * k, 1), floats(k * n, 2)];
  return {
    lattigrad: () => {
      const [x, y] = [input([m, k]), input([k, n])];
      return ours(
        [matmul(x, y)],
        new Map([
          [x, a],
          [y, b],
        ]),
      );
    },
    'tfjs wasm': () => {
      const [x, y] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
      return () => read(() => tf.matMul(x, y));
    },
    'jax-js wasm': () => {
      const [x, y] = [np.array(a).reshape([m, k]), np.array(b).reshape([k, n])];
      return () => np.matmul(x.ref, y.ref).data();
    },
  };
}

function elementwise(name: 'exp' | 'sigmoid' | 'softplus', count: number): Contenders {
  const a = floats(count, 3);
  return {
    lattigrad: () => {
      const x = input([count]);
      return ours([{ exp, sigmoid, softplus }[name](x)], new Map([[x, a]]));
    },
    'tfjs wasm': () => {
      const [x, f] = [tf.tensor1d(a), { exp: tf.exp, sigmoid: tf.sigmoid, softplus: tf.softplus }[name]];
      return () => read(() => f(x));
    },
    'jax-js wasm': () => {
      const [x, f] = [np.array(a), { exp: np.exp, sigmoid: jaxNn.sigmoid, softplus: jaxNn.softplus }[name]];
      return () => f(x.ref).data();
    },
  };
}

/** One message sum of a crystal network: sigmoid(x_i) softplus(x_j), summed at the target, then over channels. */
function message(atoms: number, neighbours: number, channels: number): Contenders {
  const [edges, rows] = [atoms * neighbours, dimension('edges', { streamed: true })];
  const a = floats(atoms * channels, 4);
  const values = (of: (k: number) => number) => Int32Array.from({ length: edges }, (_, k) => of(k));
  const [targets, sources] = [values((k) => Math.floor(k / neighbours)), values((k) => (k * 7919) % atoms)];
  return {
    lattigrad: () => {
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
    },
    // Equal numbers of neighbours, so that tfjs, which has no segment sum here, can reshape instead.
    'tfjs wasm': () => {
      const x = tf.tensor2d(a, [atoms, channels]);
      const [target, source] = [tf.tensor1d(targets, 'int32'), tf.tensor1d(sources, 'int32')];
      return () =>
        read(() => {
          const m = tf.mul(tf.sigmoid(tf.gather(x, target)), tf.softplus(tf.gather(x, source)));
          return tf.sum(tf.sum(tf.reshape(m, [atoms, neighbours, channels]), 1), 1);
        });
    },
  };
}

// tfjs' threads are for browsers.
setThreadsCount(1);
await tf.setBackend('wasm');
await init('wasm');
defaultDevice('wasm');

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
