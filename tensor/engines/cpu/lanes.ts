/**
 * The arithmetic of one number and of a vector of numbers, described alike: how to emit each scalar operation.
 *
 * A scalar is one float32 or float64; a vector holds as many of them as fit into 128 bits, one in each lane. Functions
 * such as exp have a vector routine only, and a single number goes through it as well, so that the numbers left over at
 * the end of a loop get the same bits as all others.
 */
import type { ScalarOp } from '../../compile/expr.ts';
import type { Instruction } from './instructions.ts';
import { expF32x4, log1pF32x4, logF32x4, type MultiplyAdd } from './math-f32.ts';
import { expF64x2, log1pF64x2, logF64x2 } from './math-f64.ts';
import { cosF32x4, cosF64x2, sinF32x4, sinF64x2 } from './trig.ts';
import { F32, F64, type FunctionBuilder, V128, type ValueType } from './wasm.ts';

/** Emits an operation whose arguments are on the stack, and leaves its result there. */
type Emit = (f: FunctionBuilder) => void;

export interface Lanes {
  readonly type: ValueType;
  /** Numbers handled at once, and bytes of each. */
  readonly count: number;
  readonly bytes: number;
  readonly load: Instruction;
  readonly store: Instruction;
  literal(f: FunctionBuilder, value: number): void;
  /** Every scalar operation; selectLess finds [x, y, a, b] on the stack and leaves x where a < b, else y. */
  readonly ops: Readonly<Record<ScalarOp, Emit>>;
  /** [a, b, c] become a b + c and -(a b) + c in one rounding, where the machine can. */
  readonly multiplyAdd?: Instruction | undefined;
  readonly negatedMultiplyAdd?: Instruction | undefined;
}

export interface VectorLanes extends Lanes {
  readonly scalar: Lanes;
  /** Makes one number a vector of equal numbers: a number on the stack, and one in memory. */
  readonly splat: Instruction;
  readonly loadSplat: Instruction;
  /** The number in a lane of a vector, and a vector with another number in a lane. */
  extract(f: FunctionBuilder, lane: number): void;
  replace(f: FunctionBuilder, lane: number): void;
}

export type Precision = 'f32' | 'f64';
type VectorRoutine = 'exp' | 'log' | 'log1pUnit' | 'sin' | 'cos';

/** Functions that every module imports; their indices are positions in this list. For large arguments only. */
export const MATH_IMPORTS = ['sin', 'cos'] as const;
const [SIN, COS] = [0, 1];

const emit =
  (...instructions: Instruction[]): Emit =>
  (f) =>
    void f.op(...instructions);

/** The operations that are one instruction, for numbers or vectors of this type. */
const instructionsOf = (type: 'f32' | 'f64' | 'f32x4' | 'f64x2') => ({
  add: emit(`${type}.add`),
  sub: emit(`${type}.sub`),
  mul: emit(`${type}.mul`),
  div: emit(`${type}.div`),
  min: emit(`${type}.min`),
  max: emit(`${type}.max`),
  abs: emit(`${type}.abs`),
  neg: emit(`${type}.neg`),
  sqrt: emit(`${type}.sqrt`),
  floor: emit(`${type}.floor`),
});

/** What differs between the precisions. */
interface Format {
  readonly number: Precision;
  readonly vector: 'f32x4' | 'f64x2';
  readonly type: ValueType;
  readonly bytes: number;
  readonly loadSplat: Instruction;
  readonly routines: Readonly<Record<VectorRoutine, Emit>>;
  /** Chooses between two vectors by a mask of whole lanes. */
  readonly select: Instruction;
  readonly multiplyAdd?: Instruction | undefined;
  readonly negatedMultiplyAdd?: Instruction | undefined;
}

function lanesIn(format: Format): VectorLanes {
  const { number, vector, bytes, routines } = format;
  const [splat, extractLane, replaceLane] = [
    `${vector}.splat`,
    `${vector}.extract_lane`,
    `${vector}.replace_lane`,
  ] as const;
  const ofOneNumber =
    (routine: Emit): Emit =>
    (f) => {
      f.op(splat);
      routine(f);
      f.lane(extractLane, 0);
    };
  const scalar: Lanes = {
    type: format.type,
    count: 1,
    bytes,
    load: `${number}.load`,
    store: `${number}.store`,
    literal: (f, value) => void f[number](value),
    ops: {
      ...instructionsOf(number),
      exp: ofOneNumber(routines.exp),
      log: ofOneNumber(routines.log),
      log1pUnit: ofOneNumber(routines.log1pUnit),
      sin: ofOneNumber(routines.sin),
      cos: ofOneNumber(routines.cos),
      selectLess: emit(`${number}.lt`, 'select'),
    },
  };
  return {
    type: V128,
    count: 16 / bytes,
    bytes,
    load: 'v128.load',
    store: 'v128.store',
    scalar,
    splat,
    loadSplat: format.loadSplat,
    extract: (f, lane) => void f.lane(extractLane, lane),
    replace: (f, lane) => void f.lane(replaceLane, lane),
    literal: (f, value) => void (number === 'f32' ? f.v128f32(value) : f.v128f64(value)),
    ops: { ...instructionsOf(vector), ...routines, selectLess: emit(`${vector}.lt`, format.select) },
    multiplyAdd: format.multiplyAdd,
    negatedMultiplyAdd: format.negatedMultiplyAdd,
  };
}

function f32(fused: boolean): VectorLanes {
  const multiplyAdd: MultiplyAdd = fused ? 'f32x4.relaxed_madd' : undefined;
  return lanesIn({
    number: 'f32',
    vector: 'f32x4',
    type: F32,
    bytes: 4,
    loadSplat: 'v128.load32_splat',
    routines: {
      exp: expF32x4(multiplyAdd),
      log: logF32x4(multiplyAdd),
      log1pUnit: log1pF32x4(multiplyAdd),
      sin: sinF32x4(SIN),
      cos: cosF32x4(COS),
    },
    // One machine instruction where bitselect is three; it comes with the fused instructions.
    select: fused ? 'i32x4.relaxed_laneselect' : 'v128.bitselect',
    multiplyAdd,
    negatedMultiplyAdd: fused ? 'f32x4.relaxed_nmadd' : undefined,
  });
}

const f64 = (): VectorLanes =>
  lanesIn({
    number: 'f64',
    vector: 'f64x2',
    type: F64,
    bytes: 8,
    loadSplat: 'v128.load64_splat',
    routines: { exp: expF64x2, log: logF64x2, log1pUnit: log1pF64x2, sin: sinF64x2(SIN), cos: cosF64x2(COS) },
    select: 'v128.bitselect',
  });

/** Vector arithmetic of a precision; `fused` allows fused multiply-add in float32 (float64 is for exact checks). */
export const lanesOf = (precision: Precision, fused: boolean): VectorLanes =>
  precision === 'f32' ? f32(fused) : f64();
