/**
 * Reduce the learning rate when a metric stops falling (PyTorch's ReduceLROnPlateau, mode min, relative threshold).
 *
 * The state is a plain record, so that a run can be stored and resumed.
 */
export interface PlateauOptions {
  readonly factor: number;
  /** Steps without improvement that are tolerated. */
  readonly patience: number;
  readonly minimum: number;
  /** An improvement must be larger than this, relative to the best metric. */
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

export interface PlateauState {
  readonly rate: number;
  readonly best: number;
  readonly bad: number;
}

export const plateauStart = (rate: number): PlateauState => ({ rate, best: Number.POSITIVE_INFINITY, bad: 0 });

/** The state after one more value of the metric. */
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
