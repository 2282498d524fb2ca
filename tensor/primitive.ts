/**
 * What a primitive is: one record that says everything there is to know about an operation.
 *
 * The set of primitives is closed under differentiation: a vector-Jacobian rule receives nodes and returns nodes, so
 * derivatives of any order are again graphs of primitives. Engines never see a rule; rules never see numbers.
 *
 * To add an operation, write its record, list it in primitives/index.ts (tests are generated from that list), and export a
 * function that makes its node from tensor/index.ts. Engines need a change only for a new kind of `Lowering`.
 */
import type { Expr } from './compile/expr.ts';
import type { Shape } from './dimension.ts';
import type { DType, Tensor } from './tensor.ts';

/** Static parameters of a node (axes, ranges, ...). Must survive JSON: they are part of a node's identity. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A concrete array of the reference engine. Index tensors hold their row numbers in `data`. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Where an axis of an input reads from: position `start + step * (index along the output's axis)`; axis -1 is fixed. */
export interface AxisView {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** How the compiler treats a primitive. Kernels are built from these few forms, whatever the primitive's name. */
export type Lowering =
  | { readonly kind: 'leaf' }
  /** Elementwise: a scalar expression of the inputs' elements, all of the output's shape. */
  | { readonly kind: 'map'; readonly expr: (x: readonly Expr[], attributes: Attributes) => Expr }
  /** An affine relabelling of one input's axes: broadcast, permute, slice. */
  | { readonly kind: 'view'; readonly axes: (input: Shape, attributes: Attributes) => readonly AxisView[] }
  /** The same numbers in row-major order under another shape. */
  | { readonly kind: 'reshape' }
  /** The first input itself (the others only matter to the rule). */
  | { readonly kind: 'alias' }
  /** The input placed into zeros: element i of an axis of the input goes to `start + step * i`. */
  | { readonly kind: 'pad'; readonly places: (attributes: Attributes) => readonly { start: number; step: number }[] }
  /** The sum or maximum over the axes that the attribute `axes` lists. */
  | { readonly kind: 'reduce'; readonly mode: 'add' | 'max' }
  /** Rows of input 0 picked by index input 1. */
  | { readonly kind: 'gather' }
  /** Rows of input 0 added up (or their maximum taken) at the rows named by index input 1. */
  | { readonly kind: 'segment'; readonly mode: 'add' | 'max' }
  /** Rows of a table interpolated at the knots of an index, and the transpose of that (see primitives/interpolate.ts). */
  | { readonly kind: 'interpolate' }
  | { readonly kind: 'interpolateTransposed' }
  /** `a[..., k] b[k, n]`, or `b[n, k]` transposed. */
  | { readonly kind: 'matmul' }
  /** `a[..., m]^T b[..., n]`, contracted over all leading axes. */
  | { readonly kind: 'matmulTN' };

/** Draws random numbers for the generated tests; proptests/ supplies it. */
export interface Draw {
  integer(low: number, high: number): number;
  /** Real numbers in [low, high], at least `gap` away from every point in `avoid`. */
  reals(count: number, low: number, high: number, avoid?: readonly number[], gap?: number): number[];
}

/** One randomly drawn use of a primitive: values of its inputs, and how to apply it to them. */
export interface Sample {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly apply: (inputs: readonly Tensor[]) => Tensor;
}

export interface Primitive {
  readonly name: string;
  /** One line for the table of primitives. */
  readonly doc: string;
  readonly dtype?: DType;
  /** The output's shape; throws when the inputs do not fit. */
  readonly shape: (inputs: readonly Tensor[], attributes: Attributes) => Shape;
  /** The float64 definition: the oracle that all engines are tested against. */
  readonly reference: (
    inputs: readonly NumberArray[],
    attributes: Attributes,
    shape: readonly number[],
  ) => Float64Array;
  /** Cotangents of the inputs (null where no derivative flows), given that of the output. */
  readonly vjp: (
    cotangent: Tensor,
    output: Tensor,
    inputs: readonly Tensor[],
    attributes: Attributes,
  ) => readonly (Tensor | null)[];
  readonly lowering: Lowering;
  /** Draws inputs inside the domain for the generated tests; null for leaves. */
  readonly sample: ((draw: Draw) => Sample) | null;
}
