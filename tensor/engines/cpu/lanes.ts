/**
 * Scalar and vector arithmetic under one face: records that say how to emit each scalar operation.
 *
 * `scalar` works on one number, `vector` on as many as fit into 128 bits. Functions of one number go through the vector
 * routine, so that the tail of a loop gets the same bits as its body.
 */
import type { ScalarOp } from '../../compile/expr.ts';
import { expF32x4, type Fused, log1pF32x4, logF32x4 } from './math-f32.ts';
import { expF64x2, log1pF64x2, logF64x2 } from './math-f64.ts';
import { cosF32x4, cosF64x2, sinF32x4, sinF64x2 } from './trig.ts';
import { F32, F64, type FunctionBuilder, simd, V128, type ValueType } from './wasm.ts';

export interface Lanes {
  readonly type: ValueType;
  /** Numbers handled at once, and bytes of each. */
  readonly count: number;
  readonly bytes: number;
  readonly load: readonly number[];
  readonly store: readonly number[];
  literal(f: FunctionBuilder, value: number): void;
  /** Emits an operation whose arguments are on the stack; selectLess finds [x, y, a, b] there. */
  readonly ops: Record<ScalarOp, (f: FunctionBuilder) => void>;
  /** [a, b, c] become a b + c and -(a b) + c in one rounding, where the machine can. */
  readonly multiplyAdd?: readonly number[] | undefined;
  readonly negatedMultiplyAdd?: readonly number[] | undefined;
}

export interface VectorLanes extends Lanes {
  readonly scalar: Lanes;
  readonly splat: readonly number[];
  readonly loadSplat: readonly number[];
  extract(lane: number): number[];
  replace(lane: number): number[];
}

export type Precision = 'f32' | 'f64';

/** Functions that every module imports; indices are positions in this list. For large arguments only. */
export const MATH_IMPORTS = ['sin', 'cos'] as const;
const [SIN, COS] = [0, 1];

const emit =
  (...bytes: number[]) =>
  (f: FunctionBuilder) =>
    void f.op(...bytes);

function f32(relaxed: boolean): VectorLanes {
  const fused: Fused = relaxed ? simd(0x105) : undefined;
  const routines = {
    exp: expF32x4(fused),
    log: logF32x4(fused),
    log1pUnit: log1pF32x4(fused),
    sin: sinF32x4(SIN),
    cos: cosF32x4(COS),
  };
  const [splat, extract] = [simd(0x13), (lane: number) => [...simd(0x1f), lane]];
  const single = (routine: (f: FunctionBuilder) => void) => (f: FunctionBuilder) => {
    f.op(...splat);
    routine(f);
    f.op(...extract(0));
  };
  const scalar: Lanes = {
    type: F32,
    count: 1,
    bytes: 4,
    load: [0x2a],
    store: [0x38],
    literal: (f, value) => void f.f32(value),
    ops: {
      add: emit(0x92),
      sub: emit(0x93),
      mul: emit(0x94),
      div: emit(0x95),
      min: emit(0x96),
      max: emit(0x97),
      abs: emit(0x8b),
      neg: emit(0x8c),
      sqrt: emit(0x91),
      floor: emit(0x8e),
      exp: single(routines.exp),
      log: single(routines.log),
      log1pUnit: single(routines.log1pUnit),
      sin: single(routines.sin),
      cos: single(routines.cos),
      selectLess: emit(0x5d, 0x1b),
    },
  };
  return {
    type: V128,
    count: 4,
    bytes: 4,
    load: simd(0),
    store: simd(0x0b),
    scalar,
    splat,
    loadSplat: simd(0x09),
    extract,
    replace: (lane) => [...simd(0x20), lane],
    literal: (f, value) => void f.v128f32(value),
    ops: {
      add: emit(...simd(0xe4)),
      sub: emit(...simd(0xe5)),
      mul: emit(...simd(0xe6)),
      div: emit(...simd(0xe7)),
      min: emit(...simd(0xe8)),
      max: emit(...simd(0xe9)),
      abs: emit(...simd(0xe0)),
      neg: emit(...simd(0xe1)),
      sqrt: emit(...simd(0xe3)),
      floor: emit(...simd(0x68)),
      ...routines,
      // A mask of whole lanes: relaxed_laneselect is one instruction where bitselect is three.
      selectLess: emit(...simd(0x43), ...(relaxed ? simd(0x10b) : simd(0x52))),
    },
    multiplyAdd: fused,
    negatedMultiplyAdd: relaxed ? simd(0x106) : undefined,
  };
}

function f64(): VectorLanes {
  const routines = { exp: expF64x2, log: logF64x2, log1pUnit: log1pF64x2, sin: sinF64x2(SIN), cos: cosF64x2(COS) };
  const [splat, extract] = [simd(0x14), (lane: number) => [...simd(0x21), lane]];
  const single = (routine: (f: FunctionBuilder) => void) => (f: FunctionBuilder) => {
    f.op(...splat);
    routine(f);
    f.op(...extract(0));
  };
  const scalar: Lanes = {
    type: F64,
    count: 1,
    bytes: 8,
    load: [0x2b],
    store: [0x39],
    literal: (f, value) => void f.f64(value),
    ops: {
      add: emit(0xa0),
      sub: emit(0xa1),
      mul: emit(0xa2),
      div: emit(0xa3),
      min: emit(0xa4),
      max: emit(0xa5),
      abs: emit(0x99),
      neg: emit(0x9a),
      sqrt: emit(0x9f),
      floor: emit(0x9c),
      exp: single(routines.exp),
      log: single(routines.log),
      log1pUnit: single(routines.log1pUnit),
      sin: single(routines.sin),
      cos: single(routines.cos),
      selectLess: emit(0x63, 0x1b),
    },
  };
  return {
    type: V128,
    count: 2,
    bytes: 8,
    load: simd(0),
    store: simd(0x0b),
    scalar,
    splat,
    loadSplat: simd(0x0a),
    extract,
    replace: (lane) => [...simd(0x22), lane],
    literal: (f, value) => void f.v128f64(value),
    ops: {
      add: emit(...simd(0xf0)),
      sub: emit(...simd(0xf1)),
      mul: emit(...simd(0xf2)),
      div: emit(...simd(0xf3)),
      min: emit(...simd(0xf4)),
      max: emit(...simd(0xf5)),
      abs: emit(...simd(0xec)),
      neg: emit(...simd(0xed)),
      sqrt: emit(...simd(0xef)),
      floor: emit(...simd(0x75)),
      ...routines,
      selectLess: emit(...simd(0x49), ...simd(0x52)),
    },
  };
}

/** Vector arithmetic of a precision; `relaxed` allows fused multiply-add in float32 (float64 is for exact checks). */
export const lanesOf = (precision: Precision, relaxed: boolean): VectorLanes =>
  precision === 'f32' ? f32(relaxed) : f64();
