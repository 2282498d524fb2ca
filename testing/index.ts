/**
 * The public face of testing/: property-based tests of what is written with lattigrad, for any test runner.
 *
 * Properties throw, or reject, with a counterexample that a person can read; arbitraries are those of fast-check
 * (https://fast-check.dev), which has to be installed beside lattigrad. docs/how-to/testing.md shows how to use them.
 */
export { CELLS } from './arbitraries/cells.ts';
export { type CrystalOptions, crystals } from './arbitraries/crystals.ts';
export type { Domain } from './arbitraries/domain.ts';
export { batches, type GraphOptions, graphs } from './arbitraries/graphs.ts';
export { OPERATIONS, type Operation } from './arbitraries/operations.ts';
export type { Pattern } from './arbitraries/patterns.ts';
export { type Program, type ProgramOptions, programs } from './arbitraries/programs.ts';
export { reals } from './arbitraries/reals.ts';
export { rotations, vectors } from './arbitraries/rotations.ts';
export { type ShapeOptions, shapes } from './arbitraries/shapes.ts';
export { type Argument, type OperandOptions, operands, tensors } from './arbitraries/tensors.ts';
export { type EngineOptions, type EngineUnderTest, enginesAgree, usualEngines } from './engines.ts';
export type { FunctionOptions, TensorFunction } from './functions.ts';
export { type GradientOptions, gradientsAgree } from './gradients.ts';
export { LAWS, type LeftOut } from './laws/chosen.ts';
export type { Law, LawName } from './laws/law.ts';
export { type LawOptions, type LawReport, lawsOf, obeysLaws } from './laws/obeys-laws.ts';
export {
  type EnergyOf,
  networkPotential,
  type Potential,
  type PotentialOptions,
  type PotentialValues,
  potential,
} from './laws/potential.ts';
export type { SearchOptions } from './search.ts';
