/** The public face of tensor/: building graphs, printing them, and running them on an engine. */
export * from './dimension.ts';
export { type CpuEngine, type CpuOptions, cpuEngine } from './engines/cpu/engine.ts';
export type { CpuPlan } from './engines/cpu/plan.ts';
export type { PlanReport } from './engines/cpu/plan-report.ts';
export { printProfile } from './engines/cpu/profile.ts';
export type { Engine, Feeds, Plan, Program, Results } from './engines/engine.ts';
export { referenceEngine } from './engines/reference/engine.ts';
export { constant, constantIndex, type IndexValue, index, input, literal, sizeOf, variable } from './leaves.ts';
export * from './ops.ts';
export type { Draw, Primitive, Sample } from './primitive.ts';
export { withRule } from './primitives/custom.ts';
export {
  abs,
  add,
  cos,
  div,
  erf,
  exp,
  floor,
  gate,
  less,
  log,
  mul,
  neg,
  type Operand,
  reciprocal,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  sub,
  tanh,
  where,
} from './primitives/elementwise.ts';
export { primitives } from './primitives/index.ts';
export { interpolate, interpolateTransposed } from './primitives/interpolate.ts';
export { linear, matmul } from './primitives/linalg.ts';
export { broadcastTo, concat, permute, reshape, slice, stack, transpose, unsqueeze } from './primitives/movement.ts';
export { mean, reduceMax, sum } from './primitives/reduce.ts';
export { degree, gather, segmentMax, segmentMean, segmentSum } from './primitives/segment.ts';
export { printDot, printText } from './print.ts';
export * from './random.ts';
export { run } from './run.ts';
export { type DType, internedCount, type Numbers, type Tensor } from './tensor.ts';
