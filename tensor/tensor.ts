/**
 * A tensor is a node of an immutable graph: an operation, its inputs, a shape. Building does no arithmetic.
 *
 * Equal expressions are one node: nodes are interned weakly by (operation, attributes, inputs), so common
 * subexpressions cost nothing and graphs that are dropped leave no trace. Leaves have an identity of their
 * own and are never merged, even when their values agree; only literals are.
 */

import { labelled } from './console.ts';
import { described } from './described.ts';
import { type Shape, sameShape, showShape, validateShape } from './dimension.ts';
import { callerError } from './errors.ts';
import type { Methods } from './methods.ts';
import type { Attributes, Primitive } from './primitive.ts';

/** `real` numbers are float64 on the reference engine and the engine's precision elsewhere; `index` tensors hold row numbers. */
export type DType = 'real' | 'index';

/**
 * An expression: what is computed from which inputs, and the shape of the result. Its methods are the library's free functions:
 * `x.mul(y)` is `mul(x, y)` (see methods.ts).
 *
 * Tensors are made by `input`, `variable`, `tensor` and `index`, and by operations on them, never by `new`.
 *
 * @example
 * const y = input([3], 'x').sin().mul(2).sum();
 * y.shape; // []
 * String(y); // tensor [] = sum(sin(x) * 2)
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: methods.ts puts exactly these on the prototype.
export class Tensor {
  constructor(
    /** Tells expressions apart; later ones have larger numbers. */
    readonly id: number,
    readonly op: Primitive,
    readonly inputs: readonly Tensor[],
    readonly attributes: Attributes,
    /** The size of each axis: a number, or a named dimension for the first one. [] is a single number. */
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}
}
export interface Tensor extends Methods {}

/** Numbers a user may pass as the values of a tensor. */
export type Numbers = Float64Array | Float32Array | Int32Array | readonly number[];

let nextId = 1;
const interned = new Map<string, WeakRef<Tensor>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (interned.get(key)?.deref() === undefined) interned.delete(key);
});

/** How many distinct live expressions are interned (for tests of leaks). */
export const internedCount = (): number => interned.size;

/** Primitives (by their lowering) that take row numbers; all others take numbers only. */
const TAKE_INDICES: ReadonlySet<string> = new Set([
  'gather',
  'segment',
  'interpolate',
  'interpolateTransposed',
  'alias',
]);

/** The node `op(inputs)`; the shape rule of `op` checks the inputs. */
export function node(op: Primitive, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  const key = `${op.name} ${JSON.stringify(attributes)} ${inputs.map((x) => x.id).join(',')}`;
  const known = interned.get(key)?.deref();
  if (known) return known;
  const shape = op.shape(inputs, attributes);
  if (!TAKE_INDICES.has(op.lowering.kind) && inputs.some(({ dtype }) => dtype === 'index')) {
    throw callerError(`${op.name}: expected numbers, got row numbers (an index). Use them with gather or segmentSum.`);
  }
  validateShape(shape, op.name);
  const created = labelled(new Tensor(nextId++, op, inputs, attributes, shape, op.dtype ?? 'real'), String);
  interned.set(key, new WeakRef(created));
  forget.register(created, key);
  return created;
}

let nextIdentity = 1;
/** A fresh identity for a leaf. */
export const freshIdentity = (): number => nextIdentity++;

/** Every node below `outputs`, inputs before users. */
export function topological(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: derivative graphs are deeper than the call stack likes.
  for (const output of outputs) {
    const stack: { tensor: Tensor; next: number }[] = [{ tensor: output, next: 0 }];
    if (seen.has(output)) continue;
    seen.add(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.tensor.inputs.length) {
        const input = top.tensor.inputs[top.next++];
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ tensor: input, next: 0 });
        }
      } else {
        order.push(top.tensor);
        stack.pop();
      }
    }
  }
  return order;
}

/** Throws unless `x` is a tensor: text or a list is none, whatever types were told. */
export function expectTensor(x: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  throw callerError(`expected a tensor or a number, got ${described(x)}. Make lists to tensors with tensor([...]).`);
}

/** A tensor in messages: its shape, after its name if it is a leaf that has one, such as `'weight' [64, 3]`. */
export function showTensor({ shape, attributes }: Tensor): string {
  return typeof attributes.name === 'string' ? `'${attributes.name}' ${showShape(shape)}` : showShape(shape);
}

/** The shape that both tensors have. Throws, with `where`, unless they have the same. */
export function expectSameShape(a: Tensor, b: Tensor, where: string): Shape {
  if (!sameShape(a.shape, b.shape)) {
    throw callerError(`${where}: expected equal shapes, got ${showTensor(a)} and ${showTensor(b)}.`);
  }
  return a.shape;
}
