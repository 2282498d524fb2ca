/**
 * The public face of tensor/: leaves, operations, compiled functions and engines.
 *
 * Operations are free functions and methods at once: `mul(x, y)` is `x.mul(y)`.
 */
import './methods.ts';

export { type Dimension, dimension, type Shape, type Size } from './dimension.ts';
export { einsum } from './einsum.ts';
export { type CpuEngine, type CpuOptions, cpuEngine } from './engines/cpu/engine.ts';
export type { CpuPlan } from './engines/cpu/plan.ts';
export type { PlanReport } from './engines/cpu/plan-report.ts';
export { printProfile } from './engines/cpu/profile.ts';
export type { Engine, Feeds, Plan, Program, Results } from './engines/engine.ts';
export { referenceEngine } from './engines/reference/engine.ts';
export {
  type Compiled,
  type CompileOptions,
  compile,
  defaultEngine,
  type Feed,
  type GivenSizes,
  type Named,
  type TensorRecord,
  value,
} from './function.ts';
export { constantIndex, type IndexValue, index, input, sizeOf, tensor, variable } from './leaves.ts';
export type { NumbersLike } from './nested.ts';
export * from './ops.ts';
export { at } from './primitives/at.ts';
export { type CustomRule, stopGradient, withRule } from './primitives/custom.ts';
export * from './primitives/elementwise.ts';
export { linear, matmul } from './primitives/linalg.ts';
export {
  broadcastTo,
  concat,
  permute,
  reshape,
  type SliceRange,
  slice,
  stack,
  transpose,
  unsqueeze,
} from './primitives/movement.ts';
export { type PrimitiveDefinition, primitive } from './primitives/own.ts';
export { mean, type ReduceOptions, reduceMax, sum } from './primitives/reduce.ts';
export type { Scalar, ScalarOperand } from './primitives/scalar.ts';
/**
 * Scalar expressions to write the `expression` of a `primitive` with: the arithmetic of one element. Numbers may stand wherever
 * an expression may, and what is used twice is computed once.
 *
 * @example const softsign = (x: Scalar): Scalar => scalar.div(x, scalar.add(1, scalar.abs(x)));
 */
export * as scalar from './primitives/scalar.ts';
export { degree, gather, segmentMax, segmentMean, segmentSum } from './primitives/segment.ts';
export { printDot, printText } from './print.ts';
export { printSvg } from './print-svg.ts';
export { fold, integers, type Key, key, normal, permutation, split, uniform } from './random.ts';
export { scan, type Tensors } from './scan.ts';
export { type DType, type Numbers, Tensor } from './tensor.ts';
export { type Nested, Value } from './value.ts';
