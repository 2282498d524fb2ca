/** Means and standard errors of few repeats: sample standard deviation over the square root of their number. */
export interface Estimate {
  readonly mean: number;
  /** null for a single value: one repeat says nothing about scatter. */
  readonly standardError: number | null;
  readonly count: number;
}

export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  if (count < 2) return { mean, standardError: null, count };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1);
  return { mean, standardError: Math.sqrt(variance / count), count };
}

/** `12.3 +- 0.4`, with the digits that the standard error allows. */
export function showEstimate({ mean, standardError }: Estimate, sign = false): string {
  const plus = sign && mean > 0 ? '+' : '';
  if (standardError === null || !(standardError > 0)) return plus + Number(mean.toPrecision(3));
  const digits = Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(standardError))));
  return `${plus}${mean.toFixed(digits)} +- ${standardError.toFixed(digits)}`;
}
