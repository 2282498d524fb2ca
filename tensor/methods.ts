/**
 * Methods of tensors: the free functions, with the tensor before the dot as their first argument.
 *
 * Elementwise functions and those of ops.ts are methods at once; any other is made one by naming it in the list below.
 */

import { printedBy } from './console.ts';
import { callerError } from './errors.ts';
import { lineOf } from './formula.ts';
import { value } from './function.ts';
import * as ops from './ops.ts';
import { at } from './primitives/at.ts';
import { stopGradient } from './primitives/custom.ts';
import * as elementwise from './primitives/elementwise.ts';
import { linear, matmul } from './primitives/linalg.ts';
import { broadcastTo, permute, reshape, slice, transpose, unsqueeze } from './primitives/movement.ts';
import { mean, reduceMax, sum } from './primitives/reduce.ts';
import { gather, segmentMax, segmentMean, segmentSum } from './primitives/segment.ts';
import { Tensor } from './tensor.ts';

const methods = {
  ...elementwise,
  ...ops,
  at,
  broadcastTo,
  gather,
  linear,
  matmul,
  mean,
  permute,
  reduceMax,
  reshape,
  segmentMax,
  segmentMean,
  segmentSum,
  slice,
  stopGradient,
  sum,
  transpose,
  unsqueeze,
  value,
};

/** What is left of a function when its first argument is before the dot. */
type Method<F> = F extends (x: never, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;

/** The methods of a tensor. */
export type Methods = { readonly [Name in keyof typeof methods]: Method<(typeof methods)[Name]> } & {
  /** One line: name, shape and formula. */
  toString(): string;
};

const hidden = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true });

for (const [name, f] of Object.entries(methods) as [string, (...x: unknown[]) => unknown][]) {
  Object.defineProperty(
    Tensor.prototype,
    name,
    hidden(function (this: Tensor, ...rest: unknown[]) {
      return f(this, ...rest);
    }),
  );
}
Object.defineProperty(
  Tensor.prototype,
  'toString',
  hidden(function (this: Tensor) {
    return lineOf(this);
  }),
);
Object.defineProperty(
  Tensor.prototype,
  'toJSON',
  hidden(function (this: Tensor) {
    return lineOf(this);
  }),
);
// Operators of JavaScript would make text or NaN of a tensor, in silence.
Object.defineProperty(
  Tensor.prototype,
  Symbol.toPrimitive,
  hidden(function (this: Tensor, hint: string) {
    if (hint === 'string') return lineOf(this);
    throw callerError(
      `a tensor is an expression, not a number: ${lineOf(this)}. Write x.add(1) for x + 1 and x.less(2) for x < 2, and await x.value() to look.`,
    );
  }),
);
printedBy(Tensor.prototype, lineOf);
