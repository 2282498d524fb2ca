/**
 * Transfer of weights by name: what a fine-tuning takes over from a pre-trained network, and what it starts afresh.
 *
 * A plan is made first and says everything; applying it writes all of its values or none. Paths are dotted names
 * (`conv_list.0.lin_f.weight`); a pattern covers everything below it, and `*` stands for one segment.
 */
import { showShape } from '../tensor/dimension.ts';
import { callerError } from '../tensor/errors.ts';
import type { Engine } from '../tensor/index.ts';
import { flattenParameters, type NamedArray, type Parameters } from './parameters.ts';

export interface TransferOptions {
  /** Patterns of parameters that keep their fresh values, whatever the source has. */
  readonly reinitialise?: readonly string[];
  /** Patterns of parameters that training must leave as they were copied. */
  readonly freeze?: readonly string[];
}

/** Every parameter of the model is in exactly one of `copied`, `skipped` and `fresh`, in the order of the model. */
export interface TransferPlan {
  readonly copied: readonly string[];
  /** Wanted, but the source lacks the name or has another shape; these keep their fresh values. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Covered by `reinitialise`. */
  readonly fresh: readonly string[];
  /** Some of `copied`; give them to the training step. */
  readonly frozen: readonly string[];
  /** Names in the source that the model does not have. */
  readonly unused: readonly string[];
  /** Values of the copied parameters. */
  readonly values: Readonly<Record<string, NamedArray>>;
}

const covers = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length <= path.length && pattern.every((segment, k) => segment === '*' || segment === path[k]);

const some = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')}, ...` : names.join(', ') || 'none';

/** The names that each pattern covers, together; a pattern that covers none is an error. */
function select(patterns: readonly string[], names: readonly string[], what: string): Set<string> {
  const paths = names.map((name) => name.split('.'));
  const selected = new Set<string>();
  for (const pattern of patterns) {
    const segments = pattern.split('.');
    const covered = names.filter((_, k) => covers(segments, paths[k]));
    for (const name of covered) selected.add(name);
    if (covered.length > 0) continue;
    // As far as the pattern is right, and what goes on from there.
    let right = segments.length;
    while (!paths.some((path) => covers(segments.slice(0, right), path))) right--;
    const next = new Set(
      paths.filter((path) => covers(segments.slice(0, right), path) && path.length > right).map((path) => path[right]),
    );
    const below = right === 0 ? 'The model has' : `Below ${segments.slice(0, right).join('.')} it has`;
    throw callerError(
      `planTransfer: ${what} '${pattern}' matches no parameter. ${below} ${[...next].join(', ') || 'nothing'}.`,
    );
  }
  return selected;
}

function checkArray(name: string, { shape, data }: NamedArray): void {
  const count = shape.reduce((a, b) => a * b, 1);
  if (data.length !== count) {
    throw callerError(`planTransfer: ${name} of shape ${showShape(shape)} needs ${count} numbers, got ${data.length}.`);
  }
  if (!data.every(Number.isFinite)) {
    throw callerError(
      `planTransfer: ${name} of the source holds numbers that are not finite. Did that training diverge?`,
    );
  }
}

/**
 * What would be copied from `source`, values by full names, into `parameters`. Throws if nothing would, if a frozen one
 * would not, if a pattern matches no parameter, and if values to be copied are not finite or do not fit their shape.
 *
 * @example
 * const model = { body: initLinear(key(1), 2, 2), head: initLinear(key(2), 2, 1) };
 * const source = readParameters(model, defaultEngine());
 * const plan = planTransfer(model, source, { reinitialise: ['head'] });
 * plan.copied;  // [body.weight, body.bias]
 */
export function planTransfer(
  parameters: Parameters,
  source: Readonly<Record<string, NamedArray>>,
  { reinitialise = [], freeze = [] }: TransferOptions = {},
): TransferPlan {
  const flat = flattenParameters(parameters);
  const names = [...flat.keys()];
  const afresh = select(reinitialise, names, 'reinitialise');
  const fixed = select(freeze, names, 'freeze');
  const copied: string[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const values: [string, NamedArray][] = [];
  for (const [name, { shape }] of flat) {
    if (afresh.has(name)) continue;
    const array = Object.hasOwn(source, name) ? source[name] : undefined;
    if (array === undefined) skipped.push({ name, reason: 'not in the source' });
    else if (showShape(array.shape) !== showShape(shape)) {
      skipped.push({ name, reason: `the model has ${showShape(shape)}, the source ${showShape(array.shape)}` });
    } else {
      checkArray(name, array);
      copied.push(name);
      values.push([name, array]);
    }
  }
  if (copied.length === 0) {
    const given = Object.keys(source);
    const why =
      afresh.size === names.length
        ? 'reinitialise covers every parameter: transfer less of it, or train from scratch.'
        : `${skipped[0].name}: ${skipped[0].reason}. Is it a checkpoint of another architecture?`;
    throw callerError(
      `planTransfer: nothing can be copied. The model has ${names.length} names (${some(names)}), ` +
        `the source ${given.length} (${some(given)}). ${why}`,
    );
  }
  const loose = [...fixed].filter((name) => !copied.includes(name));
  if (loose.length > 0) {
    const reason = skipped.find(({ name }) => name === loose[0])?.reason ?? 'it is reinitialised';
    throw callerError(
      `planTransfer: ${some(loose)} should be frozen but would not be copied (${loose[0]}: ${reason}). ` +
        'Random numbers are not worth freezing: freeze less, or transfer more.',
    );
  }
  return {
    copied,
    skipped,
    fresh: names.filter((name) => afresh.has(name)),
    frozen: names.filter((name) => fixed.has(name)),
    unused: Object.keys(source).filter((name) => !flat.has(name)),
    values: Object.fromEntries(values),
  };
}

/**
 * Writes the values of a plan into an engine. Throws, with nothing written, if one does not fit these parameters.
 *
 * @example
 * const model = { w: variable([0, 0], 'w') };
 * applyTransfer(model, defaultEngine(), planTransfer(model, { w: { shape: [2], data: [1, 2] } }));
 * await model.w.value();  // [1, 2]
 */
export function applyTransfer(parameters: Parameters, engine: Engine, plan: TransferPlan): void {
  const flat = flattenParameters(parameters);
  for (const [name, { shape }] of Object.entries(plan.values)) {
    const found = flat.get(name);
    if (found && showShape(found.shape) === showShape(shape)) continue;
    const has = found ? `has ${name} of shape ${showShape(found.shape)}, not ${showShape(shape)}` : `has no ${name}`;
    throw callerError(`applyTransfer: the model ${has}. Make the plan for the parameters that it is applied to.`);
  }
  for (const [name, { data }] of Object.entries(plan.values)) engine.write(flat.get(name)!, data);
}
