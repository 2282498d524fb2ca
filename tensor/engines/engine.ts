/**
 * The interface of an engine: it compiles a program (a graph with outputs and state updates) into a plan.
 *
 * Results of a run belong to the caller: they are copied out, and later runs never change them. Variables
 * live in the engine, start at the value they were made with, and change only through a plan's updates or
 * `write`.
 */

import { expectNumbers, expectRows } from '../checks.ts';
import { dimension, resolveSize, rowWidth, type Shape, type Sizes, sameShape, showShape } from '../dimension.ts';
import { callerError } from '../errors.ts';
import { type IndexValue, indexCount, initialValue, isLeaf, leafName, leafRole, reachable } from '../leaves.ts';
import type { Numbers, Tensor } from '../tensor.ts';

export interface Program {
  readonly outputs: readonly Tensor[];
  /** New values of variables, computed from the old ones and stored when everything else is done. */
  readonly updates?: readonly (readonly [variable: Tensor, value: Tensor])[];
}

/** Values of placeholders: numbers (row-major) for inputs, row numbers for indices. */
export type Feeds = ReadonlyMap<Tensor, Numbers | number | IndexValue>;

/** One array per output, in float64, row-major. */
export type Results = Float64Array[];

export interface Plan {
  /** Runs once. `sizes` gives the sizes of named dimensions that no leaf carries. Throws where a leaf has no fitting value. */
  run(feeds?: Feeds, sizes?: Readonly<Record<string, number>>): Promise<Results>;
}

export interface Engine {
  readonly name: string;
  /** Throws unless outputs are numbers, and updates give variables new values of their shape. */
  compile(program: Program): Plan;
  /** The current value of a variable, copied. */
  read(variable: Tensor): Float64Array;
  /** Makes `read` answer for all runs so far; a GPU brings its variables back here, other engines have them at hand. */
  sync(): Promise<void>;
  /** Gives a variable another value. Throws, with its name, unless the numbers fit its shape. */
  write(variable: Tensor, value: Numbers): void;
}

/** A leaf with the array it is bound to in one run. */
export interface Binding {
  readonly tensor: Tensor;
  readonly value: Numbers | IndexValue;
  /** A single number that fills the shape. */
  readonly filled: boolean;
}

/** Throws unless outputs are numbers, and updates give variables new values of their shape. */
export function expectProgram({ outputs, updates = [] }: Program): void {
  for (const [what, tensor] of [
    ...outputs.map((tensor) => ['an output', tensor] as const),
    ...updates.map(([, tensor]) => ['the new value of a variable', tensor] as const),
  ]) {
    if (tensor.dtype === 'index') throw callerError(`${what}: expected numbers, got row numbers (an index).`);
  }
  const twice = updates.find(([variable], k) => updates.findIndex(([other]) => other === variable) !== k);
  if (twice) throw callerError(`updates: the variable '${leafName(twice[0])}' is given two new values, expected one.`);
  for (const [variable, { shape }] of updates) {
    if (!isLeaf(variable) || leafRole(variable) !== 'variable') {
      throw callerError(`updates: expected a variable, got ${leafName(variable)} ${showShape(variable.shape)}.`);
    }
    if (!sameShape(variable.shape, shape)) {
      throw callerError(
        `updates: the variable '${leafName(variable)}' ${showShape(variable.shape)} cannot become ${showShape(shape)}.`,
      );
    }
  }
}

const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'object' && value !== null && 'values' in value && 'count' in value;

/**
 * Binds leaves to values and infers the sizes of named dimensions; two leaves that disagree about a size are
 * an error, as is a leaf without a value.
 */
export function bind(
  leaves: readonly Tensor[],
  feeds: Feeds,
  given: Readonly<Record<string, number>>,
  state: (variable: Tensor) => Numbers | undefined,
): { bindings: Binding[]; sizes: Sizes } {
  const sizes = new Map<string, number>();
  const source = new Map<string, string>();
  const learn = (size: Shape[number], value: number, who: string) => {
    if (typeof size === 'number') {
      if (size !== value) throw callerError(`${who}: expected ${size} rows, got ${value}.`);
      return;
    }
    if (!Number.isInteger(value) || value < 0) {
      throw callerError(`${who}: expected an integer >= 0 for dimension '${size.name}', got ${value}.`);
    }
    const known = sizes.get(size.name);
    if (known !== undefined && known !== value) {
      throw callerError(`${who} has ${value} rows along '${size.name}', but ${source.get(size.name)} has ${known}.`);
    }
    sizes.set(size.name, value);
    source.set(size.name, who);
  };
  for (const [name, value] of Object.entries(given)) learn(dimension(name), value, 'sizes');
  const bindings = leaves.filter(isLeaf).map((tensor): Binding => {
    const name = `${leafRole(tensor)} '${leafName(tensor)}' ${showShape(tensor.shape)}`;
    const value =
      feeds.get(tensor) ?? (leafRole(tensor) === 'variable' ? state(tensor) : undefined) ?? initialValue(tensor);
    if (value === undefined) throw callerError(`${name} was given no value: add one to the feeds of this call.`);
    if (tensor.dtype === 'index') {
      if (!isIndexValue(value)) throw callerError(`${name}: expected {values, count}, got ${typeof value}.`);
      expectRows(value, reachable(tensor, value.count), name);
      learn(tensor.shape[0], value.values.length, name);
      learn(indexCount(tensor), value.count, `${name} (what it points into)`);
      return { tensor, value, filled: false };
    }
    if (isIndexValue(value)) throw callerError(`${name}: expected numbers, got an index.`);
    const numbers = typeof value === 'number' ? [value] : value;
    if (feeds.has(tensor)) expectNumbers(numbers, name);
    const filled = (leafRole(tensor) === 'variable' || typeof value === 'number') && numbers.length === 1;
    if (tensor.shape.length > 0 && !filled) {
      const width = rowWidth(tensor.shape);
      if (width > 0 && numbers.length % width !== 0) {
        throw callerError(`${name}: ${numbers.length} numbers do not make whole rows of ${width}.`);
      }
      if (width > 0) learn(tensor.shape[0], numbers.length / width, name);
    } else if (numbers.length !== 1) {
      throw callerError(`${name}: expected one number, got ${numbers.length}.`);
    }
    return { tensor, value: numbers, filled };
  });
  for (const { tensor } of bindings) if (tensor.shape.length > 0) resolveSize(tensor.shape[0], sizes);
  return { bindings, sizes };
}
