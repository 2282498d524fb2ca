/**
 * The operators of bench/operators.ts in tfjs' WebAssembly backend and in jax-js, each in float32.
 *
 * Their packages are installed by `npm run setup:peers`, into this folder; nothing else needs them.
 */
import { defaultDevice, init, nn as jaxNn, numpy as np } from '@jax-js/jax';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Contenders, Elementwise, Message, Product } from '../operators.ts';

/** A result of tfjs as an array. Not read inside `tidy`, which would look through every number of it for tensors. */
function read(f: () => tf.Tensor): unknown {
  const y = tf.tidy(f);
  const values = y.dataSync();
  y.dispose();
  return values;
}

export const product = ({ sizes: [m, k, n], a, b }: Product): Contenders => ({
  'tfjs wasm': () => {
    const [x, y] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
    return () => read(() => tf.matMul(x, y));
  },
  'jax-js wasm': () => {
    const [x, y] = [np.array(a).reshape([m, k]), np.array(b).reshape([k, n])];
    return () => np.matmul(x.ref, y.ref).data();
  },
});

export const elementwise = ({ name, a }: Elementwise): Contenders => ({
  'tfjs wasm': () => {
    const [x, f] = [tf.tensor1d(a), { exp: tf.exp, sigmoid: tf.sigmoid, softplus: tf.softplus }[name]];
    return () => read(() => f(x));
  },
  'jax-js wasm': () => {
    const [x, f] = [np.array(a), { exp: np.exp, sigmoid: jaxNn.sigmoid, softplus: jaxNn.softplus }[name]];
    return () => f(x.ref).data();
  },
});

/** Equal numbers of neighbours, so that tfjs, which has no segment sum here, can reshape instead. */
export const message = ({ sizes: [atoms, neighbours, channels], a, targets, sources }: Message): Contenders => ({
  'tfjs wasm': () => {
    const x = tf.tensor2d(a, [atoms, channels]);
    const [target, source] = [tf.tensor1d(targets, 'int32'), tf.tensor1d(sources, 'int32')];
    return () =>
      read(() => {
        const m = tf.mul(tf.sigmoid(tf.gather(x, target)), tf.softplus(tf.gather(x, source)));
        return tf.sum(tf.sum(tf.reshape(m, [atoms, neighbours, channels]), 1), 1);
      });
  },
});

/** Makes both libraries ready; tfjs' threads are for browsers. */
export async function prepare(): Promise<void> {
  setThreadsCount(1);
  await tf.setBackend('wasm');
  await init('wasm');
  defaultDevice('wasm');
}
