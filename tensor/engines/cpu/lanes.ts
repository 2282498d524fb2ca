/**
 * Scalar and vector arithmetic under one face: four records that say how to emit each scalar operation.
 *
 * `f32`, `f64` work on one number, `f32x4` and `f64x2` on a vector of them. A record lacks the operations it
 * cannot do; the printer then falls back from vector to scalar for that loop.
 */
import type { ScalarOp } from '../../compile/expr.ts';
import { expF32x4, logF32x4 } from './math.ts';
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
  readonly ops: Partial<Record<ScalarOp, (f: FunctionBuilder) => void>>;
}

export interface VectorLanes extends Lanes {
  readonly scalar: Lanes;
  readonly splat: readonly number[];
  extract(lane: number): number[];
  replace(lane: number): number[];
}

/** Functions that every module imports; indices are positions in this list. */
export const MATH_IMPORTS = ['exp', 'log', 'sin', 'cos'] as const;

const emit =
  (...bytes: number[]) =>
  (f: FunctionBuilder) =>
    void f.op(...bytes);
const callMath = (name: (typeof MATH_IMPORTS)[number]) => (f: FunctionBuilder) =>
  void f.call(MATH_IMPORTS.indexOf(name));
/** Through float64 and back. */
const promoted = (name: (typeof MATH_IMPORTS)[number]) => (f: FunctionBuilder) =>
  void f.op(0xbb).call(MATH_IMPORTS.indexOf(name)).op(0xb6);
/** A vector routine for one number, so that tails of a loop get the same bits as its body. */
const throughVector = (routine: (f: FunctionBuilder) => void) => (f: FunctionBuilder) => {
  f.op(...simd(0x13));
  routine(f);
  f.op(...simd(0x1f), 0);
};

export const f32: Lanes = {
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
    exp: throughVector(expF32x4),
    log: throughVector(logF32x4),
    sin: promoted('sin'),
    cos: promoted('cos'),
    selectLess: emit(0x5d, 0x1b),
  },
};

export const f64: Lanes = {
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
    exp: callMath('exp'),
    log: callMath('log'),
    sin: callMath('sin'),
    cos: callMath('cos'),
    selectLess: emit(0x63, 0x1b),
  },
};

export const f32x4: VectorLanes = {
  type: V128,
  count: 4,
  bytes: 4,
  load: simd(0),
  store: simd(0x0b),
  scalar: f32,
  splat: simd(0x13),
  extract: (lane) => [...simd(0x1f), lane],
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
    exp: expF32x4,
    log: logF32x4,
    selectLess: emit(...simd(0x43), ...simd(0x52)),
  },
};

export const f64x2: VectorLanes = {
  type: V128,
  count: 2,
  bytes: 8,
  load: simd(0),
  store: simd(0x0b),
  scalar: f64,
  splat: simd(0x14),
  extract: (lane) => [...simd(0x21), lane],
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
    selectLess: emit(...simd(0x49), ...simd(0x52)),
  },
};

export type Precision = 'f32' | 'f64';
export const vectorOf = (precision: Precision): VectorLanes => (precision === 'f32' ? f32x4 : f64x2);
