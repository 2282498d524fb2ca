/** The property that derivatives are right: they agree with differences of what they are derivatives of. */
import type fc from 'fast-check';
import { checkGradients, type GradientFault, grad, gradientFault } from '../autograd/index.ts';
import { product } from '../tensor/dimension.ts';
import { sum, type Tensor } from '../tensor/index.ts';
import { inputName, type Program } from './arbitraries/programs.ts';
import { build, type Call, calls, type FunctionOptions, isBuilt, showCall, type TensorFunction } from './functions.ts';
import { expectOptions, FUNCTION_OPTIONS } from './options.ts';
import { type Finding, report, type SearchOptions, search, short, Unsuitable } from './search.ts';

export interface GradientOptions extends FunctionOptions, SearchOptions {
  /** Highest order of derivative, from 1 (default 2). */
  readonly order?: number;
  /** Step of the differences (default 1e-3, see `checkGradients`). */
  readonly step?: number;
  /** Allowed deviation, relative to the largest entry of a derivative, or to 1 if all are smaller (default 1e-6). */
  readonly tolerance?: number;
}

const TOLERANCE = 1e-6;
/** A wrong number, a wrong shape and an error while differentiating are one kind of mistake: they turn into each other. */
const RULE = 'rule';

/** The derivative in words, such as `derivative of order 2, by x[1]`. */
function showFault(
  { order, argument, element, rule, differences }: GradientFault,
  { args }: Call,
  y: Tensor,
): string[] {
  const place = args[argument].shape.length === 0 ? '' : `[${element}]`;
  const name = `${inputName(argument)}${place}`;
  const inputs = args.reduce((sum, { data }) => sum + data.length, 0);
  const note = 'Of several numbers, the derivative of their sum with fixed weights is meant.';
  const isSum = product(y.shape as number[]) > 1 || (order > 1 && inputs > 1);
  return [
    order === 1
      ? `the derivative of f by ${name} is wrong`
      : `the derivative of order ${order} is wrong: the one by ${name} of those of order ${order - 1}`,
    `the rule gives  ${short(rule)}`,
    `differences are ${short(differences)} (off by ${short(rule - differences)})`,
    ...(isSum ? [note] : []),
  ];
}

async function examine(call: Call, order: number, step: number, tolerance: number): Promise<Finding | undefined> {
  const built = await build(call);
  if (!isBuilt(built)) return built;
  try {
    // What the library refuses here it calls x and y, as the report does.
    grad(sum(built.y), [...built.xs]);
    await checkGradients(call.f, call.args, { order, step, tolerance });
  } catch (error) {
    const fault = gradientFault(error);
    if (fault === undefined) return { kind: RULE, lines: [`differentiating it fails: ${(error as Error).message}`] };
    // At kinks and singular points, or beside them, differences prove nothing.
    if (fault.singular) throw new Unsuitable((error as Error).message);
    return { kind: RULE, lines: showFault(fault, call, built.y) };
  }
  return undefined;
}

/**
 * Throws a readable counterexample unless all derivatives of `f` up to `order` agree with central differences in
 * float64, for tensors of many shapes. `f` is a function of tensors, or `programs(...)`: random programs.
 *
 * Order 1 is the gradient of sum(w f) with fixed weights w; order n is the gradient of a fixed sum of all derivatives
 * of order n - 1. Points on kinks, and beside them, are drawn again; if nearly all points are such, the error says so.
 * The counterexample is as small as one was found: often a single number.
 *
 * @example
 * await gradientsAgree((x) => log(x), { domain: { low: 0.2, high: 3 }, runs: 10 });
 * @example
 * await gradientsAgree((a, b) => matmul(a, b), { shapes: [['n', 'k'], ['k', 'm']], order: 3, runs: 10 });
 */
export async function gradientsAgree(
  f: TensorFunction | fc.Arbitrary<Program>,
  options: GradientOptions = {},
): Promise<void> {
  const { order = 2, step = 1e-3, tolerance = TOLERANCE } = options;
  const name = 'gradientsAgree';
  expectOptions(name, options, [...FUNCTION_OPTIONS, 'order', 'step', 'tolerance']);
  const found = await search(name, calls(f, options), (call) => examine(call, order, step, tolerance), options);
  if (!found) return;
  const [title, ...numbers] = found.finding.lines;
  throw new Error(report(`${name}: ${title}`, numbers, showCall(found.input), found.footer()));
}
