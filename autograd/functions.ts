/**
 * Function forms: derivatives of functions from tensors to tensors, in a few lines over `pullback`.
 *
 * Each takes a function and arguments and returns graph nodes; nothing is evaluated. Any of them can be nested
 * in any other, to any order.
 */

import { isNamed, showShape } from '../tensor/dimension.ts';
import { broadcastTo, literal, product, reshape, slice, stack, type Tensor, variable } from '../tensor/index.ts';
import { grad, pullback } from './grad.ts';

type Scalar = (...x: Tensor[]) => Tensor;
type Mapping = (...x: Tensor[]) => Tensor;

/** A fresh leaf standing for `x`, so that differentiation is with respect to this argument alone. */
const fresh = (x: Tensor): Tensor => variable(0, x.shape, 'argument');

/** `[f(...x), derivatives with respect to each x]`, for an `f` that returns a number (shape []). */
export function valueAndGrad(f: Scalar, ...x: Tensor[]): [value: Tensor, gradients: Tensor[]] {
  const y = f(...x);
  return [y, grad(y, x)];
}

/** `[y, pull]`: the value of f, and the function from a cotangent of y (of y's shape) to cotangents of each x. */
export function vjp(f: Mapping, ...x: Tensor[]): [value: Tensor, pull: (cotangent: Tensor) => Tensor[]] {
  const y = f(...x);
  return [y, (cotangent) => pullback([y], [broadcastTo(cotangent, y.shape)], x).gradients];
}

/**
 * `[y, derivative of y along the tangents]`; a tangent has, or broadcasts to, the shape of its x. The pullback is linear in its cotangent u, so pulling back once
 * more with respect to u gives the pushforward; u itself does not survive in the result.
 */
export function jvp(
  f: Mapping,
  x: readonly Tensor[],
  tangents: readonly Tensor[],
): [value: Tensor, derivative: Tensor] {
  const y = f(...x);
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
export function hvp(f: Scalar, x: readonly Tensor[], vectors: readonly Tensor[]): Tensor[] {
  const gradients = grad(f(...x), x);
  return pullback(
    gradients,
    gradients.map((g, k) => broadcastTo(vectors[k], g.shape)),
    x,
  ).gradients;
}

const elements = (x: Tensor): number => {
  if (x.shape.some(isNamed)) {
    throw new Error(`jacobian: ${showShape(x.shape)} has a named dimension; a full Jacobian needs numbers.`);
  }
  return product(x.shape as number[]);
};

/** The full Jacobian dy/dx, of shape [...y, ...x]: one pullback for each element of y. Throws where a shape has a name. */
export function jacobian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const y = f(x);
  const n = elements(y);
  elements(x);
  const flat = reshape(y, [n]);
  const rows = Array.from({ length: n }, (_, k) => grad(reshape(slice(flat, [[k, k + 1]]), []), [x])[0]);
  return reshape(n === 0 ? broadcastTo(literal(0), [0, ...x.shape]) : stack(rows), [...y.shape, ...x.shape]);
}

/** The Hessian of a function that returns a number, of shape [...x, ...x]. */
export const hessian = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => jacobian((t) => grad(f(t), [t])[0], x);

/** The derivative of order `order` of a function of one number. @example nth(sin, x, 2)  // -sin x */
export function nth(f: (x: Tensor) => Tensor, x: Tensor, order: number): Tensor {
  let y = f(x);
  for (let k = 0; k < order; k++) y = grad(y, [x])[0];
  return y;
}
