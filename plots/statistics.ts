/** Means and standard errors of few repeats: sample standard deviation over the square root of their number. */
import { drawable, significant } from './style.ts';

/** What rows of errors are called that belong to no network: the training part's median, whatever the structure. */
export const MEDIAN = 'always the median';

export interface Estimate {
  readonly mean: number;
  /** null for a single value: one repeat says nothing about scatter. */
  readonly standardError: number | null;
  readonly count: number;
}

/** Mean and standard error of repeats: `estimate([1, 2, 3])` is { mean: 2, standardError: 0.577..., count: 3 }. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  if (count < 2) return { mean, standardError: null, count };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1);
  return { mean, standardError: Math.sqrt(variance / count), count };
}

/** Numbers from here on are written with powers of ten. */
const WHOLE = 1e6;

/**
 * The error to two significant digits (to ones where it has more) and the mean to the same decimals: 21.34 ± 0.12,
 * 1235 ± 432; the mean alone without an error.
 */
export function showEstimate({ mean, standardError }: Omit<Estimate, 'count'>, sign = false): string {
  const plus = sign && mean > 0 ? '+' : '';
  if (standardError === null || !(standardError > 0) || !drawable(standardError)) return plus + significant(mean);
  const [, power] = standardError.toExponential(1).split('e') as [string, string];
  const decimals = Math.max(0, 1 - Number(power));
  if (decimals > 6 || Math.max(Math.abs(mean), standardError) >= WHOLE)
    return `${plus}${significant(mean)} ± ${significant(standardError, 2)}`;
  return `${plus}${mean.toFixed(decimals).replace('-', '−')} ± ${standardError.toFixed(decimals)}`;
}
