/** Functions of tensors as the properties take them: one function, or random programs; and how a report shows them. */
import fc from 'fast-check';
import type { Argument } from '../autograd/index.ts';
import { product, showShape } from '../tensor/dimension.ts';
import { isCallerError } from '../tensor/errors.ts';
import { formulaOf } from '../tensor/formula.ts';
import { input, printText, type Tensor } from '../tensor/index.ts';
import { inputName, type Program } from './arbitraries/programs.ts';
import { type OperandOptions, operands } from './arbitraries/tensors.ts';
import { evaluate } from './evaluate.ts';
import type { Finding } from './search.ts';

export type TensorFunction = (...x: Tensor[]) => Tensor;

/** A function with the tensors it is given. */
export interface Call {
  readonly f: TensorFunction;
  /** A formula; undefined where only the graph tells. */
  readonly text: string | undefined;
  readonly args: readonly Argument[];
}

export interface FunctionOptions extends OperandOptions {
  /** How many tensors f takes; told by `shapes`, by a list of domains or by f itself, so it is rarely needed. */
  readonly inputs?: number;
}

/** Functions with `...`, or with default values only, do not tell how many tensors they take. */
function inputsOf(f: TensorFunction, { inputs, shapes, domain }: FunctionOptions): number {
  const listed = Array.isArray(domain) ? domain.length : undefined;
  const count = inputs ?? shapes?.length ?? listed ?? f.length;
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(
    `inputs: expected how many tensors the function takes, as in \`inputs: 2\`, got ${count}` +
      `${inputs === undefined ? ', the number of arguments that the function itself tells' : ''}.`,
  );
}

/** Calls of a function, or of random programs, with drawn tensors. */
export function calls(f: TensorFunction | fc.Arbitrary<Program>, options: FunctionOptions): fc.Arbitrary<Call> {
  if (typeof f === 'function') {
    return operands(inputsOf(f, options), options).map((args) => ({ f, text: undefined, args }));
  }
  const count = options.inputs ?? options.shapes?.length ?? PROGRAM_INPUTS;
  return fc.tuple(f, operands(count, options)).map(([program, args]) => ({
    f: (...x) => program.apply(...x.slice(0, program.inputs)),
    text: program.text,
    args: args.slice(0, program.inputs),
  }));
}
/** Tensors that are drawn for a program, which takes as many as it needs. */
const PROGRAM_INPUTS = 2;

/** A call as a graph. */
export interface Built {
  readonly xs: readonly Tensor[];
  readonly y: Tensor;
  readonly feeds: ReadonlyMap<Tensor, readonly number[]>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The graph of a call and finite values, or what is wrong with it. */
export async function build({ f, args }: Call): Promise<Built | Finding> {
  const xs = args.map(({ shape }, k) => input(shape, inputName(k)));
  let y: Tensor;
  try {
    y = f(...xs);
  } catch (error) {
    const shapes = args.map(({ shape }) => showShape(shape)).join(' and ');
    // What the library itself refuses is nearly always a shape.
    if (!isCallerError(error)) {
      return { kind: 'threw', lines: [`your function threw, for ${shapes}: ${messageOf(error)}`] };
    }
    const hint =
      'Say which tensors the function takes, as in `shapes: [["n", "k"], ["k"]]`, with letters for any sizes.';
    return { kind: 'refused', lines: [`the function does not take ${shapes}: ${messageOf(error)}`, hint] };
  }
  const feeds = new Map(xs.map((x, k) => [x, args[k].data as readonly number[]]));
  const [values] = await evaluate([y], feeds);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return { xs, y, feeds };
  const hint = 'Say where it is defined, as in `domain: { low: 0.1, high: 3 }` or `domain: { avoid: [0] }`.';
  return { kind: 'domain', lines: [`the function is ${values[at]} here. ${hint}`] };
}

export const isBuilt = (made: Built | Finding): made is Built => 'y' in made;

/** Longer formulas are printed as graphs, and longer graphs are cut: a person reads no more. */
const LONGEST_FORMULA = 80;
const MOST_LINES = 8;

/** The function as a formula or a graph, and its input: what a counterexample shows. */
export function showCall({ f, text, args }: Call): string[] {
  const numbers = args.map(({ shape, data }, k) => `${inputName(k)} = ${showValue(shape, data)}`);
  return [...(text === undefined ? showGraph(f, args) : [`f = ${text}`]), ...numbers];
}

/** A short formula, or else the graph line by line; nothing if the function does not take the tensors. */
function showGraph(f: TensorFunction, args: readonly Argument[]): string[] {
  let y: Tensor;
  try {
    y = f(...args.map(({ shape }, k) => input(shape, inputName(k))));
  } catch {
    return [];
  }
  const formula = formulaOf(y);
  if (formula.length <= LONGEST_FORMULA && !formula.includes('...')) return [`f = ${formula}`];
  const lines = printText([y]).split('\n');
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), `... ${lines.length} lines`] : lines;
  return ['f =', ...shown.map((line) => `  ${line}`)];
}

/** Numbers in brackets as their shape nests them; a number alone without any. */
function showValue(shape: readonly number[], data: Argument['data']): string {
  const [size, ...rest] = shape;
  if (size === undefined) return Object.is(data[0], -0) ? '-0' : String(data[0]);
  const width = product(rest);
  const rows = Array.from({ length: size }, (_, k) => showValue(rest, data.slice(k * width, (k + 1) * width)));
  return `[${rows.join(', ')}]`;
}
