/** Order statistics of lists of numbers: sorted values, medians and quantiles. */

/** The values in ascending order, as numbers and not as texts; the list itself stays as it is. */
export const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/**
 * The value below which a share (0 to 1) of the ascending values lies; NaN without values. Between two values it is
 * interpolated linearly, or the lower one is taken (the methods `linear` and `lower` of NumPy's quantile).
 *
 *   quantile(sorted([4, 1, 2, 3]), 0.5)   // 2.5
 */
export function quantile(ascending: Float64Array, share: number, method: 'linear' | 'lower' = 'linear'): number {
  const at = share * (ascending.length - 1);
  const [below, above] = [ascending[Math.floor(at)], ascending[Math.ceil(at)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below === above || method === 'lower' ? below : below + (at - Math.floor(at)) * (above - below);
}

/** The middle one of ascending values, or the mean of the two in the middle; NaN without values. */
export function medianOfSorted(ascending: Float64Array): number {
  const { length } = ascending;
  if (length === 0) return Number.NaN;
  const [low, high] = [ascending[(length - 1) >> 1], ascending[length >> 1]];
  // Halves are added, because the sum of two large numbers may be infinite.
  return low === high ? low : low / 2 + high / 2;
}

/**
 * The middle value, or the mean of the two in the middle. Throws an Error without values, and where one is not finite.
 */
export function median(values: readonly number[] | Float64Array): number {
  const bad = values.findIndex((value: number) => !Number.isFinite(value));
  if (values.length === 0) throw new Error('median: expected at least one value, got none.');
  if (bad >= 0) throw new Error(`median: expected finite values, got ${values[bad]} (value ${bad + 1}).`);
  return medianOfSorted(sorted(values));
}
