/**
 * Uses of primitives and of composed functions on extreme numbers, with their first derivatives, for every engine: what is
 * applied, and numbers for its inputs. The same cases run on the CPU (extremes.test.ts) and on a GPU (gpu/extremes.test.ts).
 */

import { grad } from '../../autograd/index.ts';
import * as T from '../../tensor/index.ts';
import type { Draw, Primitive } from '../../tensor/primitive.ts';
import { primitives } from '../../tensor/primitives/index.ts';
import { node } from '../../tensor/tensor.ts';
import { EXTREMES } from './extremes.ts';
import { composed } from './extremes-composed.ts';
import { drawer, project, size } from './support.ts';

export interface Case {
  readonly name: string;
  readonly inputs: readonly T.Tensor[];
  readonly outputs: readonly T.Tensor[];
}

/** The results, and the derivatives of a projection of each with respect to all inputs. */
const withDerivatives = (name: string, inputs: readonly T.Tensor[], results: readonly T.Tensor[]): Case => ({
  name,
  inputs,
  outputs: [...results, ...results.flatMap((y, k) => grad(project(y, k), inputs))],
});

/** Elementwise, and given by its inputs alone: a power has its exponent besides. */
export const isElementwise = ({ name, lowering }: Primitive): boolean => lowering.kind === 'map' && name !== 'power';
/** Primitives that are tested apart from the others: leaves, and what is one input whatever its other inputs are. */
export const others = primitives.filter((p) => !isElementwise(p) && p.sample !== null);

export function elementwiseCase(op: Primitive, arity: number, count: number): Case {
  const inputs = Array.from({ length: arity }, (_, k) => T.input([count], `x${k}`));
  return withDerivatives(op.name, inputs, [node(op, inputs)]);
}

/** How many inputs an elementwise primitive takes. */
export const arityOf = (op: Primitive): number => op.sample!(drawer(1)).inputs.length;

/** All pairs of extreme numbers; of three inputs the last are taken from the list in another order. */
export function everyPair(arity: number): number[][] {
  const n = EXTREMES.length;
  if (arity === 1) return [[...EXTREMES]];
  const pairs = Array.from({ length: n * n }, (_, k) => [Math.floor(k / n), k % n] as const);
  const columns = [pairs.map(([i]) => EXTREMES[i]), pairs.map(([, j]) => EXTREMES[j])];
  return arity === 2 ? columns : [...columns, pairs.map(([i, j]) => EXTREMES[(7 * i + 3 * j + 1) % n])];
}

/** Any other primitive, at the shapes and row numbers of one of its samples. */
export function primitiveCase(op: Primitive, seed: number): Case {
  const { inputs: drawn, apply } = op.sample!(drawer(seed));
  const inputs = drawn.map(({ shape }, k) => T.input(shape, `x${k}`));
  return withDerivatives(op.name, inputs, [apply(inputs)]);
}

export function composedCase(name: string): Case {
  const { shapes, apply } = composed[name];
  const inputs = shapes.map((shape, k) => T.input(shape, `x${k}`));
  return withDerivatives(name, inputs, [apply(...inputs)].flat());
}

/** Mostly ordinary numbers, mostly extreme ones, or one of a few all over: so that not every sum is NaN. */
export function extremeNumbers(inputs: readonly T.Tensor[], seed: number): Map<T.Tensor, number[]> {
  const draw = drawer(seed);
  const share = [0.02, 0.1, 0.3, 1][draw.integer(0, 3)];
  const few = Array.from({ length: draw.integer(1, 5) }, () => EXTREMES[draw.integer(0, EXTREMES.length - 1)]);
  const pool = draw.integer(0, 1) === 0 ? few : EXTREMES;
  return new Map(inputs.map((x) => [x, Array.from({ length: size(x.shape) }, () => oneOf(draw, share, pool))]));
}

const oneOf = (draw: Draw, share: number, pool: readonly number[]): number =>
  draw.reals(1, 0, 1)[0] < share ? pool[draw.integer(0, pool.length - 1)] : draw.reals(1, -3, 3)[0];
