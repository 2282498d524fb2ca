/**
 * Principal components of many vectors: the directions in which they vary most, which are the eigenvectors of their
 * covariance matrix.
 *
 * Components are unit vectors; their largest entry is positive, so that equal data give equal pictures.
 */
import { eigen } from './index.ts';

/** The vector or its opposite: the one whose largest entry is positive. */
function pointed(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, x) => (Math.abs(x) > Math.abs(best) + 1e-12 ? x : best), 0);
  return largest < 0 ? vector.map((x) => -x) : vector;
}

export interface Principal {
  /** Of every channel. */
  readonly mean: Float64Array;
  /** Unit vectors, [channels] each, in the order of their variances. */
  readonly components: readonly Float64Array[];
  /** Variance along every component, of all channels; over the number of vectors. */
  readonly variances: Float64Array;
  /** Shares of the variance that the components explain; NaN if nothing varies. */
  readonly explained: Float64Array;
  /** Coordinates along the components, [vectors, components]. */
  readonly scores: Float64Array;
}

/** The first `most` components of vectors, [count, channels] row-major. */
export function principal(vectors: ArrayLike<number>, channels: number, most = 2): Principal {
  const count = vectors.length / channels;
  if (!Number.isInteger(count) || count < 2) {
    throw new Error(`principal: expected two or more vectors of ${channels} numbers, got ${vectors.length} numbers.`);
  }
  const mean = new Float64Array(channels);
  for (let k = 0; k < vectors.length; k++) mean[k % channels] += vectors[k] / count;
  const covariance = new Float64Array(channels * channels);
  const one = new Float64Array(channels);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < channels; c++) one[c] = vectors[row * channels + c] - mean[c];
    for (let c = 0; c < channels; c++) {
      const x = one[c] / count;
      for (let d = 0; d <= c; d++) covariance[c * channels + d] += x * one[d];
    }
  }
  for (let c = 0; c < channels; c++)
    for (let d = 0; d < c; d++) covariance[d * channels + c] = covariance[c * channels + d];
  if (!covariance.every(Number.isFinite))
    throw new Error('principal: expected finite numbers; did a training diverge?');
  const { values, vectors: directions } = eigen(covariance, { thorough: true });
  const order = Array.from(values.keys()).sort((i, j) => values[j] - values[i]);
  const variances = Float64Array.from(order, (k) => Math.max(0, values[k]));
  const total = variances.reduce((a, b) => a + b, 0);
  const components = order.slice(0, most).map((k) => pointed(directions.slice(k * channels, (k + 1) * channels)));
  const scores = new Float64Array(count * components.length);
  for (let row = 0; row < count; row++) {
    components.forEach((component, k) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += (vectors[row * channels + c] - mean[c]) * component[c];
      scores[row * components.length + k] = sum;
    });
  }
  return {
    mean,
    components,
    variances,
    explained: variances.slice(0, components.length).map((x) => x / total),
    scores,
  };
}
