/** The values of several tensors at once through the interface of engines, with feeds by tensor: what tests of engines look at. */
import type { Engine, Feeds, Results } from '../../tensor/engines/engine.ts';
import { referenceEngine } from '../../tensor/engines/reference/engine.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export interface RunOptions {
  /** Default: the float64 reference engine. */
  readonly engine?: Engine;
  readonly feeds?: Feeds;
  /** Sizes of named dimensions that no leaf carries. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * The values of the outputs, one Float64Array each, in row-major order. Throws where a placeholder is given no value. Code
 * that an engine has compiled for a graph of this structure is used again.
 *
 * @example const [y] = await run([square(tensor([1, 2]))]);  // [1, 4]
 */
export const run = (outputs: readonly Tensor[], options: RunOptions = {}): Promise<Results> =>
  (options.engine ?? referenceEngine()).compile({ outputs }).run(options.feeds, options.sizes);
