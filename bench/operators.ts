/**
 * Operators on their own, with benchmark.js: ours beside tfjs' WebAssembly backend and jax-js, each in float32.
 *
 *   npm run bench:operators [-- NAME]
 *
 * Every contender gets the same numbers and gives its result back as an array, since a user would want it so. Ours
 * runs on all cores, tfjs on one (see below).
 */
import { defaultDevice, init, nn as jaxNn, numpy as np } from '@jax-js/jax';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import Benchmark from 'benchmark';
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

type Contenders = Record<string, () => Promise<unknown> | unknown>;

const engine = cpuEngine();
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
  const [x, y] = [input([m, k]), input([k, n])];
  const [ta, tb] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
  const [ja, jb] = [np.array(a).reshape([m, k]), np.array(b).reshape([k, n])];
  return {
    lattigrad: ours(
      [matmul(x, y)],
      new Map([
        [x, a],
        [y, b],
      ]),
    ),
    'tfjs wasm': () => read(() => tf.matMul(ta, tb)),
    'jax-js wasm': () => np.matmul(ja.ref, jb.ref).data(),
  };
}

function elementwise(name: 'exp' | 'sigmoid' | 'softplus', count: number): Contenders {
  const a = floats(count, 3);
  const x = input([count]);
  const [ta, ja] = [tf.tensor1d(a), np.array(a)];
  const f = { exp, sigmoid, softplus }[name];
  const unary = { exp: tf.exp, sigmoid: tf.sigmoid, softplus: tf.softplus }[name];
  const jax = { exp: np.exp, sigmoid: jaxNn.sigmoid, softplus: jaxNn.softplus }[name];
  return {
    lattigrad: ours([f(x)], new Map([[x, a]])),
    'tfjs wasm': () => read(() => unary(ta)),
    'jax-js wasm': () => jax(ja.ref).data(),
  };
}

/** One message sum of a crystal network: sigmoid(x_i + x_j) softplus(x_i - x_j), summed at the target. */
function message(atoms: number, neighbours: number, channels: number): Contenders {
  const [edges, rows] = [atoms * neighbours, dimension('edges', { streamed: true })];
  const a = floats(atoms * channels, 4);
  const values = (of: (k: number) => number) => Int32Array.from({ length: edges }, (_, k) => of(k));
  const [targets, sources] = [values((k) => Math.floor(k / neighbours)), values((k) => (k * 7919) % atoms)];
  const [x, target, source] = [input([atoms, channels]), index(rows, atoms), index(rows, atoms)];
  const [xi, xj] = [gather(x, target), gather(x, source)];
  const summed = segmentSum(mul(sigmoid(xi), softplus(xj)), target);
  const ta = tf.tensor2d(a, [atoms, channels]);
  const [ti, tj] = [tf.tensor1d(targets, 'int32'), tf.tensor1d(sources, 'int32')];
  return {
    lattigrad: ours(
      [sum(summed, { axis: 1 })],
      new Map<Tensor, unknown>([
        [x, a],
        [target, { values: targets, count: atoms }],
        [source, { values: sources, count: atoms }],
      ]),
    ),
    // Equal numbers of neighbours, so that tfjs, which has no segment sum here, can reshape instead.
    'tfjs wasm': () =>
      read(() => {
        const m = tf.mul(tf.sigmoid(tf.gather(ta, ti)), tf.softplus(tf.gather(ta, tj)));
        return tf.sum(tf.sum(tf.reshape(m, [atoms, neighbours, channels]), 1), 1);
      }),
  };
}

// tfjs' threads are for browsers.
setThreadsCount(1);
await tf.setBackend('wasm');
await init('wasm');
defaultDevice('wasm');
const suites: [name: string, flops: number, contenders: Contenders][] = [
  ['matmul 5000x100x200', 2 * 5000 * 100 * 200, product(5000, 100, 200)],
  ['matmul 1000x100x100', 2 * 1000 * 100 * 100, product(1000, 100, 100)],
  ['exp 1M', 1e6, elementwise('exp', 1e6)],
  ['sigmoid 1M', 1e6, elementwise('sigmoid', 1e6)],
  ['softplus 1M', 1e6, elementwise('softplus', 1e6)],
  ['message 1000 atoms x 30 neighbours x 100 channels', 3e6, message(1000, 30, 100)],
];
for (const [name, work, contenders] of suites.filter(([n]) => n.includes(process.argv[2] ?? ''))) {
  console.log(name);
  for (const [who, f] of Object.entries(contenders)) {
    const suite = new Benchmark(who, {
      defer: true,
      minSamples: 20,
      maxTime: 2,
      fn: async (d: { resolve(): void }) => {
        await f();
        d.resolve();
      },
    });
    const done = new Promise<Benchmark>((resolve) => suite.on('complete', () => resolve(suite)));
    suite.run({ async: true });
    const { stats, error } = (await done) as Benchmark & { error?: Error };
    if (error) {
      console.log(`  ${who.padEnd(14)} cannot: ${error.message.split('\n')[0]}`);
      continue;
    }
    console.log(
      `  ${who.padEnd(14)} ${(1000 * stats.mean).toFixed(3).padStart(9)} ms  +- ${stats.rme.toFixed(1)} %  ${(work / stats.mean / 1e9).toFixed(2)} G operations/s`,
    );
  }
}
