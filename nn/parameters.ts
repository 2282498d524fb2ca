/**
 * Parameters of a network: plain nested records of variables, with the names that PyTorch gives them.
 *
 * Nothing is registered anywhere: a network is a function of its parameters, and the functions here walk the record.
 * The full name of a parameter is its path with dots, such as `conv_list.0.lin_f.weight`; its variable carries it, too,
 * so that errors and printed graphs say which parameter is meant.
 */

import { showShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import {
  type Engine,
  fold,
  type Key,
  type Numbers,
  normal,
  type Shape,
  type Tensor,
  uniform,
  variable,
} from '../tensor/index.ts';
import { initialValue } from '../tensor/leaves.ts';

/** Records and lists, nested as deep as one likes, with variables at their ends. */
export type Parameters = { readonly [name: string]: Parameters | Tensor } | readonly (Parameters | Tensor)[];

const isTensor = (x: Parameters | Tensor): x is Tensor => 'op' in x && 'attributes' in x;

/**
 * All parameters under their full names, in the order of the record: names of records and numbers of lists, joined by
 * dots.
 *
 * @example
 * const flat = flattenParameters({ layers: [initLinear(key(1), 3, 2)] });
 * [...flat.keys()];  // [layers.0.weight, layers.0.bias]
 */
export function flattenParameters(parameters: Parameters, prefix = ''): Map<string, Tensor> {
  const flat = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(parameters)) {
    if (isTensor(entry)) flat.set(prefix + name, entry);
    else for (const [key, tensor] of flattenParameters(entry, `${prefix}${name}.`)) flat.set(key, tensor);
  }
  return flat;
}

/**
 * The same record, whose variables carry their full names. To be called once, on fresh parameters: every variable is
 * made anew, with the values that it was made with, so what was written to it in an engine is lost. A variable that
 * stands at two places stays one, under its first name. Names do not change numbers: plans do not depend on them, and
 * random numbers are drawn under the short names before.
 */
export function nameParameters<P extends Parameters>(parameters: P): P {
  const made = new Map<Tensor, Tensor>();
  const named = (entry: Parameters | Tensor, path: string): Parameters | Tensor => {
    if (!isTensor(entry)) return below(entry, `${path}.`);
    const known = made.get(entry);
    if (known) return known;
    const fresh = variable(initialValue(entry) as Float64Array, entry.shape, path);
    made.set(entry, fresh);
    return fresh;
  };
  const below = (record: Parameters, prefix: string): Parameters =>
    Array.isArray(record)
      ? record.map((entry: Parameters | Tensor, k) => named(entry, `${prefix}${k}`))
      : Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, named(entry, prefix + name)]));
  return below(parameters, '') as P;
}

const sizeOf = (shape: Shape): number => (shape as readonly number[]).reduce((a, b) => a * b, 1);

/**
 * How many numbers all parameters hold together; a variable that has two names counts once.
 *
 * @example
 * countParameters(initLinear(key(1), 3, 2));  // 8
 */
export const countParameters = (parameters: Parameters): number =>
  [...new Set(flattenParameters(parameters).values())].reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);

/**
 * A variable of `shape` with numbers drawn uniformly from -1/sqrt(fanIn) to 1/sqrt(fanIn), PyTorch's default for linear
 * layers. `name` is folded into the key, so that weight and bias of a layer can be drawn under one key.
 *
 * @example
 * const weight = uniformParameter(key(1), [2, 3], 3, 'weight');
 * weight.shape;  // [2, 3]
 */
export function uniformParameter(key: Key, shape: readonly number[], fanIn: number, name: string): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return variable(
    uniform(fold(key, name), sizeOf(shape)).map((u) => (2 * u - 1) * bound),
    shape,
    name,
  );
}

/**
 * A weight [outputs, inputs] with numbers drawn uniformly from -b to b, b = sqrt(6 / (inputs + outputs)) (X. Glorot and
 * Y. Bengio, AISTATS 2010, equation 16; it is named after Xavier Glorot). `name` is folded into the key.
 *
 * @example
 * const weight = xavierParameter(key(1), 3, 2, 'weight');
 * weight.shape;  // [2, 3]
 */
export function xavierParameter(key: Key, inputs: number, outputs: number, name: string): Tensor {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const draws = uniform(fold(key, name), inputs * outputs).map((u) => (2 * u - 1) * bound);
  return variable(draws, [outputs, inputs], name);
}

/**
 * A variable of `shape` with numbers drawn from the normal distribution N(0, 1), PyTorch's default for embeddings.
 * `name` is folded into the key.
 *
 * @example
 * const table = normalParameter(key(1), [100, 8], 'embedding');
 * table.shape;  // [100, 8]
 */
export const normalParameter = (key: Key, shape: readonly number[], name: string): Tensor =>
  variable(normal(fold(key, name), sizeOf(shape)), shape, name);

/** The values of a parameter outside of an engine. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/**
 * The values that all parameters have in an engine, with their shapes, by their full names.
 *
 * @example
 * const layer = { weight: variable([[1, 2]], 'weight') };
 * readParameters(layer, defaultEngine()).weight.data;  // [1, 2]
 */
export const readParameters = (
  parameters: Parameters,
  engine: Engine,
): Record<string, { shape: number[]; data: Float64Array }> =>
  Object.fromEntries(
    [...flattenParameters(parameters)].map(([name, t]) => [
      name,
      { shape: [...(t.shape as number[])], data: engine.read(t) },
    ]),
  );

/**
 * Sets all parameters in an engine to `values`. Throws an Error, with nothing written, unless names and shapes match
 * exactly.
 *
 * @example
 * const w = variable([0, 0], 'w');
 * writeParameters({ w }, defaultEngine(), { w: { shape: [2], data: [1, 2] } });
 * await w.value();  // [1, 2]
 */
export function writeParameters(
  parameters: Parameters,
  engine: Engine,
  values: Readonly<Record<string, NamedArray>>,
): void {
  const flat = flattenParameters(parameters);
  const missing = [...flat.keys()].filter((name) => !Object.hasOwn(values, name));
  const extra = Object.keys(values).filter((name) => !flat.has(name));
  if (missing.length > 0 || extra.length > 0) {
    throw callerError(
      `writeParameters: the names do not match the model. Missing: ${missing.slice(0, 5).join(', ') || 'none'}. ` +
        `Not in the model: ${extra.slice(0, 5).join(', ') || 'none'}. Is it a checkpoint of another architecture?`,
    );
  }
  // All are looked at before any is written, so that an engine never holds half of a checkpoint.
  const wrong = [...flat].filter(([name, { shape }]) => showShape(values[name].shape) !== showShape(shape));
  if (wrong.length > 0) {
    const shown = wrong
      .slice(0, 5)
      .map(
        ([name, { shape }]) =>
          `${name} has shape ${showShape(shape)}, the values have ${showShape(values[name].shape)}`,
      );
    throw callerError(`writeParameters: ${shown.join('; ')}${wrong.length > 5 ? `; ${wrong.length - 5} more` : ''}.`);
  }
  for (const [name, tensor] of flat) engine.write(tensor, values[name].data);
}
