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

/** `[f(...x), derivatives with respect to each x]`, for an `f` that returns a number (shape []). */
export function valueAndGrad<Xs extends Tensor[]>(f: FunctionOf<Xs>, ...x: Xs): [value: Tensor, gradients: OnePer<Xs>] {
  const y = f(...(x as OnePer<Xs>));
  return [y, grad(y, x)];
}

/** `[y, pull]`: the value of f, and the function from a cotangent of y (of y's shape) to cotangents of each x. */
export function vjp<Xs extends Tensor[]>(
  f: FunctionOf<Xs>,
  ...x: Xs
): [value: Tensor, pull: (cotangent: Tensor) => OnePer<Xs>] {
  const y = f(...(x as OnePer<Xs>));
  return [y, (cotangent) => pullback([y], [broadcastTo(cotangent, y.shape)], x).gradients as OnePer<Xs>];
}

/**
 * `[y, derivative of y along the tangents]`; a tangent has, or broadcasts to, the shape of its x. The pullback is linear in its cotangent u, so pulling back once
 * more with respect to u gives the pushforward; u itself does not survive in the result.
 */
export function jvp<const Xs extends readonly Tensor[]>(
  f: FunctionOf<Xs>,
  x: Xs,
  tangents: OnePer<Xs>,
): [value: Tensor, derivative: Tensor] {
  const y = f(...([...x] as OnePer<Xs>));
  return [y, pushforward(y, x, tangents)];
}

/** The derivative of y along tangents of xs, for a y that is already built. */
export function pushforward(y: Tensor, xs: readonly Tensor[], tangents: readonly Tensor[]): Tensor {
  const u = fresh(y);
  const { gradients } = pullback([y], [u], xs);
  return pullback(
    gradients,
    gradients.map((g, k) => broadcastTo(tangents[k], g.shape)),
    [u],
  ).gradients[0];
}

/** Hessian-vector products of a scalar function: for each x, sum over x' of d2f/dx dx' times its vector. */
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

/** The full Jacobian dy/dx, of shape [...y, ...x]: one pullback for each element of y. Throws where a shape has a name. */
export function jacobian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  expectFunction(f, 'jacobian');
  const y = f(x);
  const n = elements(y);
  elements(x);
  const flat = reshape(y, [n]);
  const rows = Array.from({ length: n }, (_, k) => grad(reshape(slice(flat, [[k, k + 1]]), []), [x])[0]);
  return reshape(n === 0 ? broadcastTo(tensor(0), [0, ...x.shape]) : stack(rows), [...y.shape, ...x.shape]);
}

/** The Hessian of a function that returns a number, of shape [...x, ...x]. */
export function hessian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  expectFunction(f, 'hessian');
  return jacobian((t) => grad(f(t), [t])[0], x);
}

/** The derivative of order `order` of a function of one number. @example nth(sin, x, 2)  // -sin x */
export function nth(f: (x: Tensor) => Tensor, x: Tensor, order: number): Tensor {
  let y = f(x);
  for (let k = 0; k < order; k++) y = grad(y, [x])[0];
  return y;
}
