/**
 * Function forms: derivatives of functions from tensors to tensors, in a few lines over `pullback`.
 *
 * Each takes a function and arguments and returns graph nodes; nothing is evaluated. Any of them can be nested
 * in any other, to any order.
 */

import { described } from '../tensor/described.ts';
import { isNamed, product, showShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import { broadcastTo, reshape, slice, stack, type Tensor, tensor, variable } from '../tensor/index.ts';
import { grad, type OnePer, pullback } from './grad.ts';

/** A function of as many tensors as there are in `Xs`. */
type FunctionOf<Xs extends readonly Tensor[]> = (...x: OnePer<Xs>) => Tensor;

/** A fresh leaf standing for `x`, so that differentiation is with respect to this argument alone. */
const fresh = (x: Tensor): Tensor => variable(0, x.shape, 'argument');

/**
 * `[f(...x), derivatives with respect to each x]`, for an `f` that returns a number (shape []); each derivative has the shape of
 * its x. Throws where `f` returns anything else.
 *
 * @example
 * const [y, [slope]] = valueAndGrad((x) => x.square().sum(), tensor([1, 2]));
 * y; // 5
 * slope; // [2, 4]
 */
export function valueAndGrad<Xs extends Tensor[]>(f: FunctionOf<Xs>, ...x: Xs): [value: Tensor, gradients: OnePer<Xs>] {
  const y = f(...(x as OnePer<Xs>));
  return [y, grad(y, x)];
}

/**
 * `[y, pull]`: the value of f, and the function from a cotangent of y (of y's shape, or broadcast to it) to cotangents of each x: the
 * vector-Jacobian products. Throws where a cotangent does not broadcast.
 *
 * @example
 * const [y, pull] = vjp((x) => x.square(), tensor([1, 2]));
 * y; // [1, 4]
 * pull(tensor([1, 10]))[0]; // [2, 40]
 */
export function vjp<Xs extends Tensor[]>(
  f: FunctionOf<Xs>,
  ...x: Xs
): [value: Tensor, pull: (cotangent: Tensor) => OnePer<Xs>] {
  const y = f(...(x as OnePer<Xs>));
  return [y, (cotangent) => pullback([y], [broadcastTo(cotangent, y.shape)], x).gradients as OnePer<Xs>];
}

/**
 * `[y, derivative of y along the tangents]`, both of y's shape: the Jacobian-vector product. A tangent has, or broadcasts to, the
 * shape of its x. Throws where one does not.
 *
 * The pullback is linear in its cotangent u, so pulling back once more with respect to u gives the pushforward; u itself does not
 * survive in the result.
 *
 * @example
 * const [y, change] = jvp((x) => x.square(), [tensor([1, 2])], [tensor([1, 10])]);
 * y; // [1, 4]
 * change; // [2, 40]
 */
export function jvp<const Xs extends readonly Tensor[]>(
  f: FunctionOf<Xs>,
  x: Xs,
  tangents: OnePer<Xs>,
): [value: Tensor, derivative: Tensor] {
  const y = f(...([...x] as OnePer<Xs>));
  return [y, pushforward(y, x, tangents)];
}

/**
 * The derivative of y along tangents of xs, of y's shape, for a y that is already built. A tangent has, or broadcasts to, the shape
 * of its x. Throws where one does not.
 *
 * @example
 * const x = tensor([1, 2]);
 * pushforward(x.square(), [x], [tensor([1, 10])]); // [2, 40]
 */
export function pushforward(y: Tensor, xs: readonly Tensor[], tangents: readonly Tensor[]): Tensor {
  const u = fresh(y);
  const { gradients } = pullback([y], [u], xs);
  return pullback(
    gradients,
    gradients.map((g, k) => broadcastTo(tangents[k], g.shape)),
    [u],
  ).gradients[0];
}

/**
 * Hessian-vector products of a function that returns a number: for each x, of its shape, the sum over x' of d2f/dx dx' times the
 * vector of x'. No Hessian is formed (Pearlmutter 1994). Throws where `f` returns anything else than a number, or a vector does not
 * broadcast to its x.
 *
 * @example
 * const [product] = hvp((x) => x.pow(3).sum(), [tensor([1, 2])], [tensor([1, 10])]);
 * product; // [6, 120]
 */
export function hvp<const Xs extends readonly Tensor[]>(f: FunctionOf<Xs>, x: Xs, vectors: OnePer<Xs>): OnePer<Xs> {
  const gradients: readonly Tensor[] = grad(f(...([...x] as OnePer<Xs>)), x);
  return pullback(
    gradients,
    gradients.map((g, k) => broadcastTo(vectors[k], g.shape)),
    x,
  ).gradients as OnePer<Xs>;
}

const elements = (x: Tensor): number => {
  if (x.shape.some(isNamed)) {
    throw callerError(`jacobian: ${showShape(x.shape)} has a named dimension; a full Jacobian needs numbers.`);
  }
  return product(x.shape as number[]);
};

/** Throws unless a function was given: these forms differentiate functions, not tensors. */
function expectFunction(f: unknown, where: string): void {
  if (typeof f === 'function') return;
  throw callerError(
    `${where}: expected a function of tensors, as in ${where}((x) => x.square().sum(), x), got ${described(f)}.`,
  );
}

/**
 * The full Jacobian dy/dx, of shape [...y, ...x]: one pullback for each element of y. Throws where a shape has a name.
 *
 * @example jacobian((x) => x.square(), tensor([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacobian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  expectFunction(f, 'jacobian');
  const y = f(x);
  const n = elements(y);
  elements(x);
  const flat = reshape(y, [n]);
  const rows = Array.from({ length: n }, (_, k) => grad(reshape(slice(flat, [[k, k + 1]]), []), [x])[0]);
  return reshape(n === 0 ? broadcastTo(tensor(0), [0, ...x.shape]) : stack(rows), [...y.shape, ...x.shape]);
}

/**
 * The Hessian of a function that returns a number, of shape [...x, ...x]. Throws where it returns anything else, or the shape of x
 * has a name.
 *
 * @example hessian((x) => x.prod(0), tensor([2, 3])); // [[0, 1], [1, 0]]
 */
export function hessian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  expectFunction(f, 'hessian');
  return jacobian((t) => grad(f(t), [t])[0], x);
}

/**
 * The derivative of order `order` of a function of one number, a number again; of order 0 it is f(x). Throws where f(x) is no
 * number and the order is above 0.
 *
 * @example nth(sin, tensor(1, 'x'), 2); // -0.841471
 */
export function nth(f: (x: Tensor) => Tensor, x: Tensor, order: number): Tensor {
  expectFunction(f, 'nth');
  if (!(Number.isInteger(order) && order >= 0)) {
    throw callerError(`nth: expected a whole order from 0, got ${order}.`);
  }
  let y = f(x);
  for (let k = 0; k < order; k++) y = grad(y, [x])[0];
  return y;
}
