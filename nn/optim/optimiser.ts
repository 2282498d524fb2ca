/** What optimisers have in common, so that a training step takes any of them. */
import { type Numbers, type Tensor, variable } from '../../tensor/index.ts';

/** The updates of one step of an optimiser, to be compiled with a loss. */
export interface Optimiser {
  /**
   * What is remembered of the parameters from step to step: variables of the parameters' shapes, which start at zero. A
   * name, such as `first`, tells apart what belongs to the same parameter.
   */
  readonly memory: readonly { readonly parameter: Tensor; readonly name: string; readonly variable: Tensor }[];
  /** Parameters and memory with their values after the step. */
  readonly updates: readonly (readonly [variable: Tensor, value: Tensor])[];
  /** The values of the leaves for step number `step`, counted from 1. */
  feed(step: number, learningRate: number): [Tensor, Numbers][];
}

/**
 * An optimiser with its settings: it makes the updates for parameters and their gradients, which have their shapes.
 * `reached` (default: all) says which parameters the loss depends on; the others are left alone, they are not even decayed.
 */
export type OptimiserRule = (
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  reached?: readonly boolean[],
) => Optimiser;

/** A variable of zeros with the shape of a parameter. */
export const zerosLike = (parameter: Tensor, name: string): Tensor =>
  variable(new Float64Array((parameter.shape as number[]).reduce((a, b) => a * b, 1)), parameter.shape, name);
