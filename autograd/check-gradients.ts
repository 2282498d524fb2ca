/**
 * Gradient checks against central differences in float64, to any order.
 *
 * Order 1 compares the gradient of sum(w f(x)), with fixed weights w, with differences of f. Order n compares the
 * gradient of a fixed projection of the (n-1)-th derivatives with differences of that projection, so each
 * order is tested against the one below.
 */

import { showShape } from '../tensor/dimension.ts';
import { constant, type Feeds, input, mul, type Numbers, run, sum, type Tensor } from '../tensor/index.ts';
import { add } from '../tensor/primitives/elementwise.ts';
import { pullback } from './grad.ts';

export interface GradientCheckOptions {
  /** Highest order of derivative to check (default 2). */
  readonly order?: number;
  /** Half-width of the difference, relative to max(1, |x|) (default 1e-4, Richardson-extrapolated). */
  readonly step?: number;
  /** Allowed deviation, relative to the largest entry of the gradient or 1 (default 1e-7). */
  readonly tolerance?: number;
  /** Values of other placeholders that f uses. */
  readonly feeds?: Feeds;
}

export interface Argument {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** A fixed, unremarkable direction: no entry is zero, none repeats. */
const direction = (length: number, salt: number): Float64Array =>
  Float64Array.from({ length }, (_, k) => Math.sin(1.7 * (k + 1) + salt) + 0.3);

/**
 * Throws, with argument, element and both numbers, unless the derivatives of `f` at `args` agree with central
 * differences. `f` may return a tensor of any shape of numbers.
 */
export async function checkGradients(
  f: (...x: Tensor[]) => Tensor,
  args: readonly Argument[],
  { order = 2, step = 1e-3, tolerance = 1e-7, feeds = new Map() }: GradientCheckOptions = {},
): Promise<void> {
  const xs = args.map((arg, k) => input(arg.shape, `argument ${k}`));
  const project = (y: Tensor, salt: number): Tensor => {
    const size = (y.shape as number[]).reduce((a, b) => a * b, 1);
    return sum(mul(y, constant(direction(size, salt), y.shape)));
  };
  let projection = project(f(...xs), 0);
  for (let level = 1; level <= order; level++) {
    const { gradients } = pullback([projection], [constant([1], [])], xs);
    const values = (at: readonly Float64Array[], outputs: readonly Tensor[]) =>
      run(outputs, { feeds: new Map([...feeds, ...xs.map((x, k) => [x, at[k]!] as const)]) });
    const centre = args.map((arg) => Float64Array.from(arg.data));
    const analytic = await values(centre, gradients);
    for (let k = 0; k < xs.length; k++) {
      const largest = analytic[k]!.reduce((m, g) => Math.max(m, Math.abs(g)), 1);
      for (let e = 0; e < centre[k]!.length; e++) {
        const slope = async (h: number): Promise<number> => {
          const at = async (shift: number) => {
            const moved = centre.map((c) => c.slice());
            moved[k]![e]! += shift;
            return (await values(moved, [projection]))[0]![0]!;
          };
          return ((await at(h)) - (await at(-h))) / (2 * h);
        };
        const h = step * Math.max(1, Math.abs(centre[k]![e]!));
        // Richardson: the error of a central difference is even in h.
        const numeric = (4 * (await slope(h / 2)) - (await slope(h))) / 3;
        const found = analytic[k]![e]!;
        if (!(Math.abs(found - numeric) <= tolerance * largest)) {
          throw new Error(
            `checkGradients: derivative of order ${level} with respect to element ${e} of argument ${k} ` +
              `${showShape(args[k]!.shape)}: the rule gives ${found}, differences give ${numeric} (tolerance ${tolerance} of ${largest}).`,
          );
        }
      }
    }
    projection = gradients.map((g, k) => project(g, level + 0.1 * k)).reduce((a, b) => add(a, b));
  }
}
