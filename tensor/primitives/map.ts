/**
 * What elementwise primitives share: how their records are made, and how they are applied to tensors and numbers.
 *
 * Functions that elementwise.ts calls while it is loaded are declared as functions, so that it does not matter which of
 * these two files is loaded first.
 */
import type * as E from '../compile/expr.ts';
import { broadcastShapes } from '../dimension.ts';
import { literal, literalValue } from '../leaves.ts';
import type { Draw, Primitive } from '../primitive.ts';
import { expectSameShape, expectTensor, node, type Tensor } from '../tensor.ts';
import type { CustomRule } from './custom.ts';
import { withoutInverse } from './inverses.ts';
import { broadcastTo } from './movement.ts';

/** A tensor, or a number that stands for a tensor of shape []. */
export type Operand = Tensor | number;
/** Where the inputs of generated tests lie: from `low` (-2) to `high` (2), away from kinks and poles. */
export interface Domain {
  readonly low?: number;
  readonly high?: number;
  /** Kinks and poles. */
  readonly avoid?: readonly number[];
}

/**
 * The record of an elementwise primitive: name, number of operands, a line on it, its definition in float64, the scalar
 * expression that kernels are printed from, and its rule. `domain` is that of all operands, or a list with one for each.
 */
export function record(
  name: string,
  arity: number,
  doc: string,
  f: (...x: number[]) => number,
  expr: (...x: E.Expr[]) => E.Expr,
  vjp: CustomRule,
  domain: Domain | readonly Domain[] = {},
): Primitive {
  const primitive: Primitive = {
    name,
    doc,
    shape: (inputs) => {
      for (const x of inputs.slice(1)) expectSameShape(inputs[0], x, name);
      return inputs[0].shape;
    },
    reference: (inputs) => {
      const [a, b, c] = inputs.map((x) => x.data);
      if (c) return a.map((x, k) => f(x, b[k], c[k]));
      return b ? a.map((x, k) => f(x, b[k])) : a.map((x) => f(x));
    },
    vjp,
    lowering: { kind: 'map', expr: (x) => expr(...x) },
    sample: (draw) => {
      const shape = sampleShape(draw);
      const inputs = Array.from({ length: arity }, (_, k) => {
        const { low = -2, high = 2, avoid = [] } = Array.isArray(domain) ? domain[k]! : (domain as Domain);
        return {
          shape,
          data: draw.reals(
            shape.reduce((a, b) => a * b, 1),
            low,
            high,
            avoid,
            0.05,
          ),
        };
      });
      return { inputs, apply: (x) => node(primitive, x) };
    },
  };
  return primitive;
}

/** Shapes that exercise scalar code, vector lanes and their tails. */
const sampleShape = (draw: Draw): number[] =>
  Array.from({ length: draw.integer(0, 3) }, () => [1, 3, 4, 5, 9][draw.integer(0, 4)]);

/** A number as a literal, a tensor as it is. Throws for anything else. */
export const asTensor = (x: Operand): Tensor => (typeof x === 'number' ? literal(x) : expectTensor(x));

/** An operation and the names of those of its operands that have one, such as `add of 'x' and 'bias'`. */
function namesIn(op: string, operands: readonly Tensor[]): string {
  const names = operands.flatMap(({ attributes: { name } }) => (typeof name === 'string' ? [`'${name}'`] : []));
  return names.length > 0 ? `${op} of ${names.join(' and ')}` : op;
}

/** Applies an elementwise primitive to operands of any broadcastable shapes; folds literals. */
export function apply(op: Primitive, ...operands: Operand[]): Tensor {
  const x = operands.map(asTensor);
  const where = namesIn(op.name, x);
  const shape = x.map((t) => t.shape).reduce((a, b) => broadcastShapes(a, b, where));
  const values = x.map(literalValue);
  if (values.every((v) => v !== undefined)) {
    const folded = op.reference(
      values.map((v) => ({ shape: [], data: Float64Array.of(v) })),
      {},
      [],
    )[0];
    return broadcastTo(literal(folded), shape);
  }
  const stretchedInputs = x.map((t) => broadcastTo(t, shape));
  return withoutInverse(op.name, stretchedInputs) ?? node(op, stretchedInputs);
}
