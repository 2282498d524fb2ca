/** Evaluating tensors without keeping a plan: for small questions, tests and examples. */
import type { Engine, Feeds, Results } from './engines/engine.ts';
import { referenceEngine } from './engines/reference/engine.ts';
import type { Tensor } from './tensor.ts';

export interface RunOptions {
  /** Default: the float64 reference engine. */
  readonly engine?: Engine;
  readonly feeds?: Feeds;
  /** Sizes of named dimensions that no leaf carries. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Values of the outputs, row-major. Engines reuse a plan when the same graph is run again. */
export const run = (outputs: readonly Tensor[], options: RunOptions = {}): Promise<Results> =>
  (options.engine ?? referenceEngine()).compile({ outputs }).run(options.feeds, options.sizes);
