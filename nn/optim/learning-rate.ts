/**
 * Learning rates that change in the course of a training: a cosine for trainings of known length, and a plateau rule
 * that lowers the rate when a metric stops falling.
 */

/**
 * The learning rate of a step (from 0) of a training of `steps` steps: it rises linearly to `peak` over the share
 * `warmup` of them and then falls to zero along a cosine (I. Loshchilov and F. Hutter, ICLR 2017). Good for short
 * trainings.
 *
 * @example
 * cosineRate(0, 100, 0.01);  // 0.002
 * cosineRate(5, 100, 0.01);  // 0.01
 * cosineRate(53, 100, 0.01);  // 0.00491733
 */
export function cosineRate(step: number, steps: number, peak: number, warmup = 0.05): number {
  const rise = Math.max(1, warmup * steps);
  if (step < rise) return (peak * (step + 1)) / rise;
  return 0.5 * peak * (1 + Math.cos((Math.PI * (step - rise)) / Math.max(1, steps - rise)));
}

/**
 * How a rate is lowered on a plateau: as PyTorch's ReduceLROnPlateau does it in mode `min` with a relative threshold.
 */
export interface PlateauOptions {
  /** The rate is multiplied by this. */
  readonly factor: number;
  /** How many values of the metric in a row may be no improvement. */
  readonly patience: number;
  /** The rate is never lowered below this. */
  readonly minimum: number;
  /** A value is an improvement if it is lower than the best one by more than this share of it. */
  readonly threshold: number;
  /** Smaller changes of the rate than this are not made. */
  readonly epsilon: number;
}

export const plateauDefaults: PlateauOptions = {
  factor: 0.8,
  patience: 10,
  minimum: 1e-5,
  threshold: 2e-4,
  epsilon: 1e-8,
};

/** What the rule remembers: a plain record, so that a training can be stored and resumed. */
export interface PlateauState {
  /** The present learning rate. */
  readonly rate: number;
  /** The lowest value of the metric so far. */
  readonly best: number;
  /** How many values since then were no improvement. */
  readonly bad: number;
}

/**
 * The state before the first value of the metric, with the learning rate to begin with.
 *
 * @example
 * plateauStart(0.01).rate;  // 0.01
 */
export const plateauStart = (rate: number): PlateauState => ({ rate, best: Number.POSITIVE_INFINITY, bad: 0 });

/**
 * The state after one more value of the metric, which is to become small: the rate is lowered after more than
 * `patience` values in a row that were no improvement. A pure function, so that a training can be resumed.
 *
 * @example
 * const options = { factor: 0.5, patience: 1, minimum: 1e-5, threshold: 0, epsilon: 0 };
 * const last = [1, 1, 1].reduce((state, loss) => plateauStep(state, loss, options), plateauStart(0.01));
 * last.rate;  // 0.005
 */
export function plateauStep(
  state: PlateauState,
  metric: number,
  options: PlateauOptions = plateauDefaults,
): PlateauState {
  const improved = metric < state.best * (1 - options.threshold);
  const best = improved ? metric : state.best;
  const bad = improved ? 0 : state.bad + 1;
  if (bad <= options.patience) return { rate: state.rate, best, bad };
  const reduced = Math.max(state.rate * options.factor, options.minimum);
  return { rate: state.rate - reduced > options.epsilon ? reduced : state.rate, best, bad: 0 };
}
