/**
 * A list of numbers in few words: its range, middle and spread, and where robust limits would call a value an outlier.
 *
 * Quantiles are interpolated linearly between the sorted values. Nothing here knows what the numbers are.
 */
import { quantile, sorted } from './index.ts';

export interface Spread {
  readonly count: number;
  readonly min: number;
  /** First and third quartile. */
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation, over the number of values. */
  readonly deviation: number;
  /** Mean absolute error of always saying the median. */
  readonly medianError: number;
}

/** Finite numbers; undefined if there are none. */
export function spreadOf(values: ArrayLike<number>): Spread | undefined {
  const ascending = sorted(values);
  const count = ascending.length;
  if (count === 0) return undefined;
  const mean = ascending.reduce((sum, x) => sum + x / count, 0);
  const median = quantile(ascending, 0.5);
  return {
    count,
    min: ascending[0],
    low: quantile(ascending, 0.25),
    median,
    high: quantile(ascending, 0.75),
    max: ascending[count - 1],
    mean,
    deviation: Math.sqrt(ascending.reduce((sum, x) => sum + (x - mean) ** 2 / count, 0)),
    medianError: ascending.reduce((sum, x) => sum + Math.abs(x - median) / count, 0),
  };
}

/** Values outside are outliers. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * Tukey's fences: the quartiles and `times` the distance between them; undefined where the quartiles are equal, since
 * then every other value would be outside. For sizes (>= 0, over several powers of ten) on a logarithmic scale and to
 * the upper side only; zeros do not count.
 */
export function fences(values: ArrayLike<number>, scale: 'linear' | 'size'): Limits | undefined {
  const kept = scale === 'linear' ? sorted(values) : sorted(Array.from(values).filter((x) => x > 0)).map(Math.log);
  const [low, high] = [quantile(kept, 0.25), quantile(kept, 0.75)];
  const span = high - low;
  if (!(span > 0)) return undefined;
  // Far out by Tukey (1977); logarithms of sizes have short tails, of which 1.5 leaves one value in 300.
  if (scale === 'linear') return { low: low - 3 * span, high: high + 3 * span };
  return { low: Number.NEGATIVE_INFINITY, high: Math.exp(high + 1.5 * span) };
}
