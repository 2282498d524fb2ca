/**
 * Parameters are plain nested records of variables, named as in PyTorch: `conv_list.0.lin_f.weight`.
 *
 * Nothing is registered anywhere: a model is a function of its parameters, and this file walks the record.
 */
import {
  type Engine,
  fold,
  type Key,
  type Numbers,
  normal,
  type Shape,
  showShape,
  type Tensor,
  uniform,
  variable,
} from '../tensor/index.ts';

export type Parameters = { readonly [name: string]: Parameters | Tensor } | readonly (Parameters | Tensor)[];

const isTensor = (x: Parameters | Tensor): x is Tensor => 'op' in x && 'attributes' in x;

/** All parameters under dotted names, in the order of the record. */
export function flattenParameters(parameters: Parameters, prefix = ''): Map<string, Tensor> {
  const flat = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(parameters)) {
    if (isTensor(entry)) flat.set(prefix + name, entry);
    else for (const [key, tensor] of flattenParameters(entry, `${prefix}${name}.`)) flat.set(key, tensor);
  }
  return flat;
}

const sizeOf = (shape: Shape): number => (shape as readonly number[]).reduce((a, b) => a * b, 1);

/** Numbers in all parameters; one that has two names counts once. */
export const countParameters = (parameters: Parameters): number =>
  [...new Set(flattenParameters(parameters).values())].reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);

/** A variable of `shape` drawn from uniform(-1/sqrt(fanIn), 1/sqrt(fanIn)), PyTorch's default for linear layers. */
export function uniformParameter(key: Key, shape: readonly number[], fanIn: number, name: string): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return variable(
    uniform(fold(key, name), sizeOf(shape)).map((u) => (2 * u - 1) * bound),
    shape,
    name,
  );
}

/** A weight [outputs, inputs] drawn from uniform(+-sqrt(6 / (inputs + outputs))) (Glorot & Bengio 2010). */
export function xavierParameter(key: Key, inputs: number, outputs: number, name: string): Tensor {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const draws = uniform(fold(key, name), inputs * outputs).map((u) => (2 * u - 1) * bound);
  return variable(draws, [outputs, inputs], name);
}

/** A variable of `shape` drawn from N(0, 1), PyTorch's default for embeddings. */
export const normalParameter = (key: Key, shape: readonly number[], name: string): Tensor =>
  variable(normal(fold(key, name), sizeOf(shape)), shape, name);

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** Current values of all parameters in an engine. */
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

/** Sets all parameters in an engine. Names and shapes must match exactly. */
export function writeParameters(
  parameters: Parameters,
  engine: Engine,
  values: Readonly<Record<string, NamedArray>>,
): void {
  const flat = flattenParameters(parameters);
  const missing = [...flat.keys()].filter((name) => !Object.hasOwn(values, name));
  const extra = Object.keys(values).filter((name) => !flat.has(name));
  if (missing.length > 0 || extra.length > 0) {
    throw new Error(
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
    throw new Error(`writeParameters: ${shown.join('; ')}${wrong.length > 5 ? `; ${wrong.length - 5} more` : ''}.`);
  }
  for (const [name, tensor] of flat) engine.write(tensor, values[name].data);
}
