/**
 * Reverse-mode differentiation: a graph goes in, a graph comes out.
 *
 * The walk visits nodes from outputs to inputs and applies each primitive's rule to the cotangent collected so
 * far. Rules return graph nodes, so the result can be differentiated again, to any order. Cotangents that are
 * absent are zero and cost nothing; one that is the literal 0 counts as absent, whatever the derivatives behind it.
 */

import { described } from '../tensor/described.ts';
import { sameShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import { add, broadcastTo, type Tensor, tensor } from '../tensor/index.ts';
import { literalValue } from '../tensor/leaves.ts';
import { expectTensor, showTensor, topological } from '../tensor/tensor.ts';

/** A tensor for each of `Xs`, as a tuple of the same length. */
export type OnePer<Xs extends readonly Tensor[]> = { -readonly [K in keyof Xs]: Tensor };

export interface Gradient {
  /** dy/dx for each x, of x's shape; zeros where y does not depend on x. */
  readonly gradients: Tensor[];
  /** Whether y is connected to x at all (also through a term of zero weight). */
  readonly reached: boolean[];
}

/**
 * The vector-Jacobian product: for each x, the sum over outputs of cotangent times derivative. Cotangents have the shapes of their
 * outputs, gradients those of xs; `reached` says which xs the outputs depend on. Throws for a number that is written into formulas,
 * such as `tensor(2)`, among the xs.
 *
 * @example
 * const x = tensor([1, 2]);
 * const { gradients } = pullback([x.square(), x.sum()], [tensor([1, 10]), tensor(100)], [x]);
 * gradients[0]; // [102, 140]
 */
export function pullback(outputs: readonly Tensor[], cotangents: readonly Tensor[], xs: readonly Tensor[]): Gradient {
  expectTensors(xs);
  expectCotangents(outputs, cotangents);
  const order = topological(outputs);
  const wanted = new Set(xs);
  // Nodes on a path from some x: only they receive cotangents.
  const active = new Set<Tensor>();
  for (const tensor of order) {
    if (wanted.has(tensor) || tensor.inputs.some((input) => active.has(input))) active.add(tensor);
  }
  const cotangent = new Map<Tensor, Tensor>();
  const collect = (tensor: Tensor, part: Tensor) => {
    if (literalValue(part) === 0) return;
    const known = cotangent.get(tensor);
    cotangent.set(tensor, known ? add(known, part) : part);
  };
  outputs.forEach((output, k) => {
    if (active.has(output)) collect(output, cotangents[k]);
  });
  for (let k = order.length - 1; k >= 0; k--) {
    const tensor = order[k];
    const received = cotangent.get(tensor);
    if (!received || tensor.inputs.length === 0 || !tensor.inputs.some((input) => active.has(input))) continue;
    const parts = tensor.op.vjp(received, tensor, tensor.inputs, tensor.attributes);
    expectParts(parts, tensor);
    tensor.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part && active.has(input)) collect(input, part);
    });
  }
  return {
    gradients: xs.map((x) => cotangent.get(x) ?? broadcastTo(tensor(0), x.shape)),
    reached: xs.map((x) => active.has(x)),
  };
}

/** Throws unless there is a cotangent for each output, of its shape. */
function expectCotangents(outputs: readonly Tensor[], cotangents: readonly Tensor[]): void {
  const odd = outputs.findIndex((y, k) => !(cotangents[k] && sameShape(cotangents[k].shape, y.shape)));
  if (odd < 0 && cotangents.length === outputs.length) return;
  const got = cotangents[Math.max(0, odd)] ? showTensor(cotangents[Math.max(0, odd)]) : 'none';
  throw callerError(
    `pullback: expected a cotangent for each of ${outputs.length} outputs, of its shape; output ${odd < 0 ? outputs.length : odd} got ${got}.`,
  );
}

/** Throws unless a rule gave a cotangent, or null, for each input, of the input's shape. */
function expectParts(parts: readonly (Tensor | null)[], { op, inputs }: Tensor): void {
  // The first input of a custom rule is the value itself, which its rule says nothing about.
  const before = op.name === 'custom' ? 1 : 0;
  if (!Array.isArray(parts) || parts.length !== inputs.length) {
    const got = Array.isArray(parts) ? parts.length - before : 0;
    throw callerError(
      `grad: the rule of '${op.name}' gave ${got} cotangents, expected a list of ${inputs.length - before}, one for each ` +
        'input; null where no derivative flows.',
    );
  }
  parts.forEach((part, k) => {
    if (part === null || part === undefined || sameShape(part.shape, inputs[k].shape)) return;
    throw callerError(
      `grad: the rule of '${op.name}' gave a cotangent ${showTensor(part)} for its input ${k - before}, which is ` +
        `${showTensor(inputs[k])}. A cotangent has the shape of its input: sum it, or broadcast it.`,
    );
  });
}

/** Throws for a number that was written into formulas: it has been computed with already, so that no derivative is left. */
function expectNoNumber(x: Tensor): void {
  const number = literalValue(expectTensor(x));
  if (number === undefined) return;
  throw callerError(
    `grad: cannot differentiate by ${number}, a number that is written into formulas as it is. Make it a variable or an ` +
      `input, or give it a name: tensor(${number}, 'x').`,
  );
}

function expectTensors(xs: readonly Tensor[]): void {
  if (!Array.isArray(xs)) {
    throw callerError(
      `grad: expected a list of tensors to differentiate by, as in grad(y, [x]), got ${described(xs)}.`,
    );
  }
  for (const x of xs) expectNoNumber(x);
}

const scalar = (y: Tensor): Tensor => {
  expectTensor(y);
  if (y.shape.length !== 0) {
    throw callerError(
      `grad: expected a number to differentiate, got ${showTensor(y)}. Sum it, or use vjp with a cotangent.`,
    );
  }
  return y;
};

/**
 * Derivatives of the number y with respect to each tensor in xs, as graph nodes of the shapes of xs. Throws where y is no number
 * (shape []), and for a number that is written into formulas, such as `tensor(2)`, among the xs.
 *
 * At a kink the derivative is a fixed number between both slopes: 0 for |x|, relu and norms. A derivative of 0 stops an
 * infinite one behind it, so that branches not taken add nothing; docs/derivatives.md lists what is returned at kinks,
 * poles and infinities, and `checkGradients` refuses such points.
 *
 * @example
 * const x = tensor([1, 2]);
 * const [slope] = grad(sum(square(x)), [x]);
 * slope; // [2, 4]
 */
export const grad = <const Xs extends readonly Tensor[]>(y: Tensor, xs: Xs): OnePer<Xs> =>
  pullback([scalar(y)], [tensor(1)], xs).gradients as OnePer<Xs>;

/**
 * Like `grad`, and says which xs are reached: a parameter behind a zero weight is, an unused one is not.
 *
 * @example
 * const [x, unused] = [tensor([1, 2]), tensor([3])];
 * const { gradients, reached } = gradWithReach(x.square().sum().mul(0), [x, unused]);
 * gradients[0]; // [0, 0]
 * reached; // [true, false]
 */
export const gradWithReach = (y: Tensor, xs: readonly Tensor[]): Gradient => pullback([scalar(y)], [tensor(1)], xs);
