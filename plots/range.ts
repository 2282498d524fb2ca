/**
 * What a parity plot says in numbers: errors over all finite points, and the range of both axes.
 *
 * Errors never depend on the range: points that lie outside of it are counted in them.
 */
import { drawable, padded } from './style.ts';

export interface ParityPoint {
  readonly predicted: number;
  readonly label: number;
  readonly group?: string;
}

export interface Agreement {
  readonly count: number;
  /** Points left out because a value is not finite (or beyond 1e100). */
  readonly notFinite: number;
  /** Mean absolute error, in the unit of the points; NaN without points. */
  readonly mae: number;
  /** 1 - sum of squared errors / sum of squared deviations of the labels; NaN where the labels do not vary. */
  readonly r2: number;
}

const usable = ({ predicted, label }: ParityPoint): boolean => drawable(predicted) && drawable(label);

/** The points whose values are both finite (and at most 1e100). */
export const finitePoints = (points: readonly ParityPoint[]): ParityPoint[] => points.filter(usable);

/** The errors of points, over those that are finite: `agreement([{ label: 1, predicted: 3 }]).mae` is 2. */
export function agreement(points: readonly ParityPoint[]): Agreement {
  const known = finitePoints(points);
  const n = known.length;
  const mean = known.reduce((sum, { label }) => sum + label / n, 0);
  const squares = known.reduce((sum, { predicted, label }) => sum + (predicted - label) ** 2, 0);
  const spread = known.reduce((sum, { label }) => sum + (label - mean) ** 2, 0);
  // Labels that are equal but for the rounding of their mean.
  const constant = known.every(({ label }) => label === known[0].label);
  return {
    count: n,
    notFinite: points.length - n,
    // The sum first: the very number that a run's result holds.
    mae: n === 0 ? Number.NaN : known.reduce((sum, { predicted, label }) => sum + Math.abs(predicted - label), 0) / n,
    r2: n < 2 || constant ? Number.NaN : 1 - squares / spread,
  };
}

/** Ranges are cut from so many points on; of fewer none is called an outlier. */
const ENOUGH = 10;
/** At most this share of the values is cut off at each end (and at least one value may be). */
const SHARE = 0.005;
/** The range is cut where the values within the shares span less than one part in so many of it. */
const SQUASHED = 3;

/**
 * The range of an axis for values of `count` points (finite). All of them lie within, unless few outliers would squash
 * the rest: without SHARE of the values at each end, the others span less than a SQUASHED-th of the whole. Then the range
 * is that of the values that are at most half the span of those others away from them.
 */
export function uncrowdedRange(of: ArrayLike<number>, count = of.length): [number, number] {
  if (of.length === 0) return [0, 1];
  const values = Float64Array.from(of).sort();
  const cut = Math.max(1, Math.floor(values.length * SHARE));
  const [low, high] = [values[cut], values.at(-1 - cut)!];
  const span = high - low;
  const squashed = count >= ENOUGH && span > 0 && values.at(-1)! - values[0] > SQUASHED * span;
  const near = squashed ? values.filter((v) => v >= low - span / 2 && v <= high + span / 2) : values;
  return padded([near[0], near.at(-1)!], 0.04);
}

/** Labels and predictions of points, one after the other. */
function bothOf(points: readonly ParityPoint[]): Float64Array {
  const values = new Float64Array(2 * points.length);
  points.forEach(({ predicted, label }, k) => {
    values[2 * k] = predicted;
    values[2 * k + 1] = label;
  });
  return values;
}

/** The common range of both axes of a parity plot. */
export const parityRange = (points: readonly ParityPoint[]): [number, number] =>
  uncrowdedRange(bothOf(points), points.length);
