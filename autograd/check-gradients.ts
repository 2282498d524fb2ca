/**
 * Gradient checks against central differences in float64, to any order.
 *
 * Order 1 compares the gradient of sum(w f(x)), with fixed weights w, with differences of f. Order n compares the
 * gradient of a fixed projection of the (n-1)-th derivatives with differences of that projection, so each order is tested
 * against the one below. A point where the slopes to the left and to the right differ (a kink) is refused, because central
 * differences average over both.
 */

import { showShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import { input, mul, type Numbers, type Results, referenceEngine, sum, type Tensor, tensor } from '../tensor/index.ts';
import { flatten, type NumbersLike } from '../tensor/nested.ts';
import { add } from '../tensor/primitives/elementwise.ts';
import { pullback } from './grad.ts';
import { type Choice, choicesOf, showNode, stopsOf } from './kinks.ts';

export interface GradientCheckOptions {
  /** Highest order of derivative to check, from 1 (default 2). */
  readonly order?: number;
  /**
   * Half-width of the difference, relative to max(1, |x|) (default 1e-3, Richardson-extrapolated). Where differences do not
   * confirm a derivative, they are taken with steps of 1/16 and 1/256 of it, too: a function may be bent more than that.
   */
  readonly step?: number;
  /**
   * Allowed deviation, relative to the largest entry of the gradient with respect to the same argument, or to 1 if all are
   * smaller (default 1e-7). Derivatives far below 1 are therefore not tested: multiply such a function until its slopes are
   * near 1.
   */
  readonly tolerance?: number;
}

/** Flat numbers with a shape, as one of the points at which derivatives are checked. */
export interface Argument {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** A derivative that differences do not confirm, in numbers. */
export interface GradientFault {
  readonly order: number;
  /** With respect to which argument, and which of its elements. */
  readonly argument: number;
  readonly element: number;
  /** What the rule gives, and what differences give. */
  readonly rule: number;
  readonly differences: number;
  /** The point lies on a kink or a singular point, or next to one: the rule may be right. */
  readonly singular: boolean;
}

const faults = new WeakMap<object, GradientFault>();

/**
 * What `checkGradients` found, in numbers, if this is its error about a derivative; undefined for anything else.
 *
 * @example
 * const wrong = withRule((x) => sin(x), (cotangent) => [cotangent]);
 * const error = await checkGradients(wrong, [{ shape: [], data: [1] }]).catch((reason: unknown) => reason);
 * const { rule, differences } = gradientFault(error)!;
 * [rule, differences]; // [1, 0.540302]
 */
export const gradientFault = (error: unknown): GradientFault | undefined =>
  typeof error === 'object' && error !== null ? faults.get(error) : undefined;

function withFault(error: Error, fault: GradientFault): Error {
  faults.set(error, fault);
  return error;
}

/** Numbers with their shape; flat typed arrays are vectors. */
function argumentOf(given: Argument | NumbersLike, k: number): Argument {
  if (typeof given === 'object' && 'shape' in given && 'data' in given) return given;
  const { data, shape = [data.length] } = flatten(given, `checkGradients: argument ${k}`);
  return { shape, data };
}

/** Slopes on both sides of a change of choice that differ by more than this part of their size, or of 1, are a kink. */
const JUMP = 1e-3;
/** Parts of the step with which differences are taken until they confirm a derivative. */
const SHORTER = [1, 1 / 16, 1 / 256];

/** A fixed direction without symmetry: its entries differ from each other and from zero. */
const direction = (length: number, salt: number): Float64Array =>
  Float64Array.from({ length }, (_, k) => Math.sin(1.7 * (k + 1) + salt) + 0.3);

/** A number made of all of y: y itself if it is one number, so that messages show the derivative that a reader expects. */
const project = (y: Tensor, salt: number): Tensor => {
  const size = (y.shape as number[]).reduce((a, b) => a * b, 1);
  return size === 1 && Number.isInteger(salt) ? sum(y) : sum(mul(y, tensor(direction(size, salt), y.shape)));
};

interface Slopes {
  readonly central: number;
  readonly left: number;
  readonly right: number;
}

/** Values of the projection at -h, -h/2, 0, h/2 and h as derivatives. Richardson: central errors are even in h. */
function slopesOf([a, b, centre, c, d]: readonly number[], h: number): Slopes {
  const central = (outer: number, inner: number) => (4 * inner - outer) / 3;
  return {
    central: central((d - a) / (2 * h), (c - b) / h),
    left: (4 * (centre - b) - (centre - a)) / h,
    right: (4 * (c - centre) - (d - centre)) / h,
  };
}

/** The first choice whose side differs between the points, and at which element. */
function changeOf(choices: readonly Choice[], sides: readonly Results[]): string | undefined {
  for (const [k, { by, side }] of choices.entries()) {
    const [first, ...others] = sides.map((results) => results[k]);
    const e = first.findIndex((value, i) => others.some((other) => !Object.is(value + 0, other[i] + 0)));
    if (e >= 0) return `${showNode(by)}, at its element ${e} of ${showShape(side.shape)}`;
  }
  return undefined;
}

/**
 * Throws, with argument, element and all numbers, unless the derivatives of `f` at `points` (one for each argument, as lists in
 * lists or flat with a shape) exist, are finite and agree with central differences in float64, up to `order`, by default 2.
 * `f` may return a tensor of any shape of numbers.
 *
 * On a kink (or closer to one than the step) the slopes from the left and from the right differ: the error says so, and of
 * which operation the kink is; move the point. Where an infinite derivative was stopped by one of 0 (see `gate`), as for
 * cos(sqrt(x)) at 0, differences decide, and the error says that, too. It throws as well unless `order` is a whole number from 1,
 * and `step` and `tolerance` are finite and above 0.
 *
 * @example await checkGradients((x) => sin(x), [[0.3, 1]]);
 */
export async function checkGradients(
  f: (...x: Tensor[]) => Tensor,
  points: readonly (Argument | NumbersLike)[],
  { order = 2, step = 1e-3, tolerance = 1e-7 }: GradientCheckOptions = {},
): Promise<void> {
  expectOptions(order, step, tolerance);
  const reference = referenceEngine();
  const args = points.map((argument, k) => argumentOf(argument, k));
  const xs = args.map((arg, k) => input(arg.shape, `argument ${k}`));
  const centre = args.map((arg) => Float64Array.from(arg.data));
  const at = (point: readonly Float64Array[], outputs: readonly Tensor[]) =>
    reference.compile({ outputs }).run(new Map(xs.map((x, k) => [x, point[k]])));
  const moved = (k: number, e: number, shift: number) =>
    centre.map((values, i) => (i === k ? values.map((v, j) => (j === e ? v + shift : v)) : values));

  let projection = project(f(...xs), 0);
  for (let level = 1; level <= order; level++) {
    const { gradients } = pullback([projection], [tensor([1], [])], xs);
    const choices = choicesOf([projection]);
    const outputs = [projection, ...choices.map(({ side }) => side)];
    const here = await at(centre, outputs);
    const analytic = await at(centre, gradients);
    for (let k = 0; k < xs.length; k++) {
      const largest = analytic[k].reduce((m, g) => (Number.isFinite(g) ? Math.max(m, Math.abs(g)) : m), 1);
      for (let e = 0; e < centre[k].length; e++) {
        const found = analytic[k][e];
        const where = `checkGradients: derivative of order ${level} with respect to element ${e} of argument ${k} ${showShape(args[k].shape)}`;
        const fault = ({ central }: Slopes, singular: boolean): GradientFault => ({
          order: level,
          argument: k,
          element: e,
          rule: found,
          differences: central,
          singular,
        });
        const tried: Tried[] = [];
        const confirmed = (slopes: Slopes) =>
          Number.isFinite(found) && Math.abs(found - slopes.central) <= tolerance * largest;
        for (const part of SHORTER) {
          const h = part * step * Math.max(1, Math.abs(centre[k][e]));
          const around = await Promise.all([-h, -h / 2, h / 2, h].map((shift) => at(moved(k, e, shift), outputs)));
          const points = [...around.slice(0, 2), here, ...around.slice(2)];
          const slopes = slopesOf(
            points.map(([value]) => value[0]),
            h,
          );
          const change = changeOf(
            choices,
            points.map((results) => results.slice(1)),
          );
          if (part === 1 && change !== undefined && differ(slopes)) {
            throw withFault(kinkAt(where, change, slopes, found, h), fault(slopes, true));
          }
          tried.push({ slopes, change });
          if (confirmed(slopes)) break;
        }
        if (confirmed(tried.at(-1)!.slopes)) continue;
        const stops = await at(centre, stopsOf(gradients));
        const stopped = stops.some((values) => values.includes(1));
        const { slopes, change } = clearest(tried);
        const singular = change !== undefined || differ(slopes);
        throw withFault(
          disagreement(where, slopes, found, `${tolerance} of ${largest}`, { change, stopped }),
          fault(slopes, singular),
        );
      }
    }
    projection = gradients.map((g, k) => project(g, level + 0.1 * k)).reduce((a, b) => add(a, b));
  }
}

/** Throws unless the options ask for a check: no order, step or tolerance lets everything pass. */
function expectOptions(order: number, step: number, tolerance: number): void {
  const positive = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;
  if (Number.isInteger(order) && order > 0 && positive(step) && positive(tolerance)) return;
  throw callerError(
    `checkGradients: expected a whole order from 1, and a finite step and tolerance above 0, got ${order}, ${step} and ${tolerance}.`,
  );
}

/** Differences with one step, and the change of a choice within it. */
interface Tried {
  readonly slopes: Slopes;
  readonly change: string | undefined;
}

/** The differences whose slopes on both sides agree best; the first ones where none agree. */
const clearest = (tried: readonly Tried[]): Tried => {
  const apart = ({ slopes: { left, right } }: Tried) => Math.abs(left - right);
  return tried.reduce((best, next) => (apart(next) < apart(best) ? next : best));
};

const kinkAt = (where: string, change: string, slopes: Slopes, found: number, h: number): Error =>
  callerError(
    `${where}: the point lies on a kink of ${change}, or closer to it than ${h}: the slope is ${slopes.left} to the left and ` +
      `${slopes.right} to the right, the rule gives ${found}. Differences cannot test that: move the point or take a smaller step.`,
  );

/** Do the slopes on both sides tell of a kink? */
const differ = ({ left, right }: Slopes): boolean =>
  !(Math.abs(right - left) <= JUMP * Math.max(1, Math.abs(left), Math.abs(right)));

interface Reasons {
  readonly change: string | undefined;
  /** Whether a derivative of 0 stopped one that is not finite. */
  readonly stopped: boolean;
}

function disagreement(
  where: string,
  slopes: Slopes,
  found: number,
  allowed: string,
  { change, stopped }: Reasons,
): Error {
  const { central, left, right } = slopes;
  const sides = differ(slopes)
    ? ` The slope is ${left} to the left and ${right} to the right: a singular point, move it.`
    : '';
  const choice = change
    ? ` A side changes within the step, of ${change}: is the rule right there? If so, move the point.`
    : '';
  const stop = stopped ? ' On the way a derivative of 0 has stopped one that is infinite or NaN, see `gate`.' : '';
  return callerError(
    `${where}: the rule gives ${found}, differences give ${central} (tolerance ${allowed}).${sides}${choice}${stop}`,
  );
}
