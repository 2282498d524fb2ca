/**
 * Loops over the first axis of a tensor, such as a recurrent network over its times.
 *
 * A graph has no loops: `scan` calls the function once for every step while the graph is built, so that the graph, and with
 * it the time to compile it, grows with the number of steps. docs/performance.md has measurements.
 */
import { described } from './described.ts';
import { isNamed, sameShape, showShape, trailing } from './dimension.ts';
import { callerError } from './errors.ts';
import { concat, reshape, slice, unsqueeze } from './primitives/movement.ts';
import { showTensor, Tensor } from './tensor.ts';

/** One tensor, or several in a list or under names. */
export type Tensors = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** The same arrangement of tensors, whatever the literal types were. */
type Like<T extends Tensors> = T extends Tensor ? Tensor : { -readonly [K in keyof T]: Tensor };

/**
 * Carries state through the rows of `xs` and collects an output of each: `[carry, output] = f(carry, row)`, from the first row
 * to the last. Returns the last carry and all outputs, stacked along a new first axis.
 *
 * `carry`, `xs` and outputs are tensors, or lists or records of them. All of `xs` have the same first axis, [steps, ...], and
 * f gets their rows, [...]; carries keep their shapes from step to step, and so do outputs.
 *
 * The loop is unrolled: f is called `steps` times, when the graph is built, and the graph has so many copies of it. Up to some
 * hundreds of steps that is a matter of a second (docs/performance.md); for thousands look for a formula without a loop, such as
 * `cumsum`. Derivatives of any order follow from those of f.
 *
 * Throws where `xs` have no first axis, different ones, an empty or a named one, whose size only a run knows; and, with step and
 * name, where a carry or an output changes its shape.
 *
 * @example
 * const xs = tensor([[1, 2], [3, 4], [5, 6]]);
 * const [last, sums] = scan((total, x) => [total.add(x), total.add(x)], tensor([0, 0]), xs);
 * last; // [9, 12]
 * sums; // [[1, 2], [4, 6], [9, 12]]
 */
export function scan<const C extends Tensors, const X extends Tensors, Y extends Tensors>(
  f: (carry: Like<C>, x: Like<X>) => readonly [Tensors, Y],
  carry: C,
  xs: X,
): [carry: Like<C>, outputs: Like<Y>] {
  const given = partsOf(xs, 'xs');
  const steps = stepsOf(given);
  const columns = given.map(([, x]) => rowsOf(x));
  let present = partsOf(carry, 'the carry');
  const outputs: Parts[] = [];
  let like: Tensors = [];
  for (let step = 0; step < steps; step++) {
    const row = given.map(([name], k): Part => [name, columns[k][step]]);
    const result = f(together(present, carry) as Like<C>, together(row, xs) as Like<X>);
    if (!Array.isArray(result) || result.length !== 2) {
      throw callerError(`scan: expected f to return [carry, output], got ${described(result)} at step ${step}.`);
    }
    present = expectAlike(partsOf(result[0], 'the carry'), present, `the carry after step ${step}`);
    const output = partsOf(result[1], 'the output');
    outputs.push(expectAlike(output, outputs[0] ?? output, `the output of step ${step}`));
    like = result[1];
  }
  const stacked = outputs[0].map(([name], k): Part => [name, joined(outputs.map((parts) => parts[k][1]))]);
  return [together(present, carry) as Like<C>, together(stacked, like) as Like<Y>];
}

/** A tensor under its name; a single tensor has the name ''. */
type Part = readonly [name: string, tensor: Tensor];
type Parts = readonly Part[];

function partsOf(tensors: Tensors, what: string): Parts {
  if (tensors instanceof Tensor) return [['', tensors]];
  const parts = typeof tensors === 'object' && tensors !== null ? Object.entries(tensors) : undefined;
  if (parts?.every(([, x]) => x instanceof Tensor)) return parts;
  throw callerError(
    `scan: expected ${what} to be a tensor, or a list or record of tensors, got ${described(tensors)}.`,
  );
}

/** Parts in the arrangement that they were taken from. */
function together(parts: Parts, like: Tensors): Tensors {
  if (like instanceof Tensor) return parts[0][1];
  return Array.isArray(like) ? parts.map(([, x]) => x) : Object.fromEntries(parts);
}

const nameOf = (name: string): string => (name === '' ? '' : ` '${name}'`);

/** How many rows all of `xs` have. */
function stepsOf(xs: Parts): number {
  const [first] = xs;
  if (!first) throw callerError('scan: expected at least one tensor to go through, got none.');
  for (const [name, x] of xs) {
    const [size] = x.shape;
    const where = `scan: xs${nameOf(name)}, ${showTensor(x)},`;
    if (size === undefined) throw callerError(`${where} has no axis to go through.`);
    if (isNamed(size)) {
      throw callerError(
        `${where} has the named axis '${size.name}': how many steps there are must be known when the graph is built.`,
      );
    }
    if (size === 0) throw callerError(`${where} has no rows: outputs of no step have no shape.`);
    if (size !== first[1].shape[0]) throw callerError(`${where} has another first axis than ${showTensor(first[1])}.`);
  }
  return first[1].shape[0] as number;
}

/** The parts in the order of those before them. Throws unless they have the same names and shapes. */
function expectAlike(parts: Parts, before: Parts, where: string): Parts {
  const found = new Map(parts);
  if (parts.length !== before.length || before.some(([name]) => !found.has(name))) {
    const list = (all: Parts) => all.map(([name]) => name || 'one tensor').join(', ') || 'nothing';
    throw callerError(`scan: expected ${where} to hold ${list(before)} as before, got ${list(parts)}.`);
  }
  return before.map(([name, x]): Part => {
    const now = found.get(name)!;
    if (sameShape(now.shape, x.shape)) return [name, now];
    throw callerError(
      `scan: expected ${where}${nameOf(name)} to keep its shape ${showShape(x.shape)}, got ${showShape(now.shape)}.`,
    );
  });
}

/** All rows of x, by halves: what reaches each row in the derivative is then added up by halves, too. */
function rowsOf(x: Tensor): Tensor[] {
  const count = x.shape[0] as number;
  if (count === 1) return [reshape(x, trailing(x.shape))];
  const half = Math.ceil(count / 2);
  return [...rowsOf(slice(x, [[0, half]])), ...rowsOf(slice(x, [[half, count]]))];
}

/** Tensors stacked along a new first axis, by halves. */
function joined(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return unsqueeze(parts[0], 0);
  const half = Math.ceil(parts.length / 2);
  return concat([joined(parts.slice(0, half)), joined(parts.slice(half))]);
}
