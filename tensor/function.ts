/**
 * Compiled functions: names and tensors in, a function of numbers out.
 *
 *   const f = compile({ x }, { y });
 *   const { y: value } = await f({ x: [1, 2, 3] });
 */

import { printedBy } from './console.ts';
import { described } from './described.ts';
import { type Dimension, isNamed, rowWidth, sameSize, showShape, trailing } from './dimension.ts';
import { cpuEngine } from './engines/cpu/engine.ts';
import type { Engine, Feeds, Plan } from './engines/engine.ts';
import { callerError } from './errors.ts';
import { type IndexValue, initialValue, isLeaf, leafName, leafRole } from './leaves.ts';
import { type NumbersLike, numbersFor } from './nested.ts';
import { expectTensor, type Numbers, showTensor, Tensor, topological } from './tensor.ts';
import { Value } from './value.ts';

/** Tensors by the names under which they are fed or returned. */
export type Named = Readonly<Record<string, Tensor>>;
/** The same, of a record whose names are known; interfaces are such records, too. */
export type TensorRecord<Names> = { readonly [Name in keyof Names]: Tensor };

/** What may be given for a placeholder: numbers in any form, or row numbers for an `index`. */
export type Feed = NumbersLike | IndexValue;

/** Sizes of named dimensions that no placeholder carries. */
export type GivenSizes = Readonly<Record<string, number>>;

/** Values for all inputs, by name. */
export type FeedsOf<Inputs extends TensorRecord<Inputs>> = { readonly [Name in keyof Inputs]: Feed };
type ValuesOf<Outputs extends TensorRecord<Outputs>> = { [Name in keyof Outputs]: Value };
/** A function without inputs is called with nothing. */
type Arguments<Inputs extends TensorRecord<Inputs>> = [keyof Inputs] extends [never]
  ? [feeds?: Readonly<Record<string, never>>, sizes?: GivenSizes]
  : [feeds: FeedsOf<Inputs>, sizes?: GivenSizes];

/** A compiled function. Each call evaluates all outputs once, then gives variables their new values. */
export interface Compiled<
  Inputs extends TensorRecord<Inputs>,
  Outputs extends TensorRecord<Outputs>,
  P extends Plan = Plan,
> {
  (...feeds: Arguments<Inputs>): Promise<ValuesOf<Outputs>>;
  /** The engine's own form of the program; that of the CPU engine reports its kernels and their times. */
  readonly plan: P;
}

export interface CompileOptions<E extends Engine = Engine> {
  /** What compiles and runs (default: `defaultEngine()`). Variables are state of their engine. */
  readonly engine?: E;
  /** New values of variables, computed from the old ones and stored when all outputs are known. */
  readonly update?: readonly (readonly [variable: Tensor, value: Tensor])[];
}

let shared: Engine | undefined;

/**
 * The engine that computes where none is named: WebAssembly in float64 on all cores, made when it is first needed. Each call
 * returns the same one.
 *
 * @example
 * const w = variable([1, 2], 'w');
 * defaultEngine().write(w, [3, 4]);
 * w; // [3, 4]
 */
export function defaultEngine(): Engine {
  shared ??= cpuEngine({ precision: 'f64' });
  return shared;
}

/**
 * Compiles outputs into a function of their inputs.
 *
 * `inputs`: the placeholders (`input`, `index`) that outputs depend on, by name; the function takes their values under these
 * names, as numbers, lists in lists of their shape, flat typed arrays, or values of other functions. A variable among them is
 * given a value for the call instead of its own. `outputs`: tensors of numbers, by name. Variables in `update` get new values
 * with every call, all at once.
 *
 * Throws if outputs depend on a placeholder that is not among the inputs, and, when called, if values are missing, unknown, or
 * do not fit.
 *
 * @example
 * const x = input([3], 'x');
 * const f = compile({ x }, { y: sin(x), total: sum(x) });
 * const { y, total } = await f({ x: [1, 2, 3] });
 * y; // [0.841471, 0.909297, 0.14112]
 * total.item(); // 6
 */
export function compile<
  const Inputs extends TensorRecord<Inputs>,
  const Outputs extends TensorRecord<Outputs>,
  E extends Engine = Engine,
>(
  inputs: Inputs,
  outputs: Outputs,
  { engine, update = [] }: CompileOptions<E> = {},
): Compiled<Inputs, Outputs, ReturnType<E['compile']>> {
  expectRecord(inputs, 'inputs');
  expectRecord(outputs, 'outputs');
  const named: Readonly<Record<string, Tensor>> = outputs;
  const names = Object.keys(named);
  const results = names.map((name) => expectOutput(named[name], name));
  expectInputs(inputs, [...results, ...update.map(([, value]) => value)]);
  const plan = (engine ?? defaultEngine()).compile({ outputs: results, updates: update });
  const call = async (feeds: Readonly<Record<string, Feed>> = {}, sizes: GivenSizes = {}) => {
    if (typeof feeds !== 'object' || feeds === null) {
      throw callerError(`expected values by name, as in f({ x: [1, 2] }), got ${described(feeds)}.`);
    }
    const fed = feedsOf(inputs, feeds);
    const arrays = await plan.run(fed, sizes);
    return Object.fromEntries(names.map((name, k) => [name, withShape(results[k], arrays[k], fed, sizes)]));
  };
  const line = () => `compiled (${signature(inputs)}) -> ${signature(outputs)}`;
  printedBy(call, line);
  return Object.assign(call, { plan, toString: line }) as unknown as Compiled<
    Inputs,
    Outputs,
    ReturnType<E['compile']>
  >;
}

/**
 * The value of a tensor that needs no input: a quick look, without a function to keep. Of a variable, its present value. Throws
 * where the tensor depends on a placeholder, and where `sizes` lack that of a named dimension.
 *
 * @example
 * const value = await tensor([1, 2]).square().value();
 * value.toArray(); // [1, 4]
 */
export async function value(
  x: Tensor,
  options: { readonly engine?: Engine; readonly sizes?: GivenSizes } = {},
): Promise<Value> {
  const { engine, sizes } = options;
  const missing = topological([expectTensor(x)]).find(isPlaceholder);
  if (missing) {
    throw callerError(
      `value: ${showTensor(x)} depends on ${showTensor(missing)}, which has no value here. Use compile({ ${leafName(missing)} }, ...) and feed it.`,
    );
  }
  const [array] = await (engine ?? defaultEngine()).compile({ outputs: [x] }).run(new Map(), sizes);
  return withShape(x, array, new Map(), sizes);
}

/** Such as `x [3], w [4]`. */
const signature = (names: Readonly<Record<string, Tensor>>): string =>
  Object.entries(names)
    .map(([name, { shape }]) => `${name} ${showShape(shape)}`)
    .join(', ');

function expectRecord(names: unknown, what: string): asserts names is Named {
  if (typeof names === 'object' && names !== null && !Array.isArray(names) && !(names instanceof Tensor)) return;
  throw callerError(
    `compile: expected ${what} by name, as in compile({ x }, { y }), got ${names instanceof Tensor ? 'a tensor' : described(names)}.`,
  );
}

function expectOutput(x: Tensor | undefined, name: string): Tensor {
  if (x instanceof Tensor) return x;
  throw callerError(`compile: expected a tensor as the output '${name}', got ${described(x)}.`);
}

const isPlaceholder = (x: Tensor): boolean =>
  isLeaf(x) && (leafRole(x) === 'input' || leafRole(x) === 'index') && initialValue(x) === undefined;

/** Throws unless inputs are leaves that can be fed, and are all that the results need. */
export function expectInputs(inputs: Named, results: readonly Tensor[]): void {
  for (const [name, x] of Object.entries(inputs)) {
    const known: unknown = x;
    if (!(known instanceof Tensor) || !(isPlaceholder(x) || (isLeaf(x) && leafRole(x) === 'variable'))) {
      const found = known instanceof Tensor ? showTensor(x) : described(known);
      throw callerError(
        `compile: expected an input, index or variable as '${name}', got ${found}, which cannot be fed.`,
      );
    }
  }
  const given = new Set(Object.values(inputs));
  if (given.size < Object.keys(inputs).length) {
    throw callerError('compile: expected a tensor of its own under each name of the inputs, got one under two names.');
  }
  const missing = topological(results).find((x) => isPlaceholder(x) && !given.has(x));
  if (missing) {
    throw callerError(
      `compile: the outputs depend on ${showTensor(missing)}, which is not among the inputs ` +
        `(${Object.keys(inputs).join(', ') || 'none'}). Add it: compile({ ${leafName(missing)}, ... }, ...).`,
    );
  }
}

/** Values of the inputs, flat, by their tensors. */
export function feedsOf(inputs: Named, feeds: Readonly<Record<string, Feed>>): Feeds {
  const unknown = Object.keys(feeds).find((name) => !Object.hasOwn(inputs, name));
  if (unknown !== undefined) {
    throw callerError(
      `'${unknown}' is no input of this function, expected ${Object.keys(inputs).join(', ') || 'none'}.`,
    );
  }
  const fed = new Map<Tensor, Numbers | number | IndexValue>();
  for (const [name, x] of Object.entries(inputs)) {
    const feed = feeds[name];
    if (feed === undefined) continue;
    const number = feed instanceof Value && feed.shape.length === 0 ? feed.data[0] : feed;
    fed.set(
      x,
      x.dtype === 'index'
        ? (feed as IndexValue)
        : typeof number === 'number'
          ? number
          : numbersFor(feed, x.shape, name),
    );
  }
  return fed;
}

/** What came out for `x`, with its shape: how many rows a named dimension has, is seen from how many numbers there are. */
export function withShape(x: Tensor, data: Float64Array, fed: Feeds, sizes: GivenSizes = {}): Value {
  const [first] = x.shape;
  if (!isNamed(first)) return new Value(x.shape as number[], data);
  const width = rowWidth(x.shape);
  const rows = width > 0 ? data.length / width : (sizes[first.name] ?? rowsFed(first, fed));
  return new Value([rows, ...trailing(x.shape)], data);
}

/** How many rows of a dimension were fed. */
function rowsFed(size: Dimension, fed: Feeds): number {
  for (const [{ shape }, feed] of fed) {
    if (shape.length === 0 || !sameSize(shape[0], size) || typeof feed === 'number') continue;
    if (!('length' in feed)) return feed.values.length;
    if (rowWidth(shape) > 0) return feed.length / rowWidth(shape);
  }
  return 0;
}
