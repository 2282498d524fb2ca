/**
 * Custom rules: a value computed one way whose derivative is defined another way.
 *
 * The node's first input is the value; the others are what the rule may differentiate with respect to. The
 * rule lives beside the node's attributes, of which functions cannot be a part, and dies with them.
 */
import type { Attributes, Primitive } from '../primitive.ts';
import { freshIdentity, node, type Tensor } from '../tensor.ts';

/** Cotangents of the inputs (null: none flows), given the cotangent of the output, the output and the inputs. */
export type CustomRule = (cotangent: Tensor, output: Tensor, inputs: readonly Tensor[]) => readonly (Tensor | null)[];

interface Custom {
  readonly rule: CustomRule;
  /** Of the function that computes the value; '' if it has none. */
  readonly name: string;
}
const customs = new WeakMap<Attributes, Custom>();

/** The name of the function behind a node of `customPrimitive`; '' if it has none. */
export const customName = (attributes: Attributes): string => customs.get(attributes)!.name;

export const customPrimitive: Primitive = {
  name: 'custom',
  doc: 'a value with a derivative rule of its own',
  shape: ([value]) => value.shape,
  reference: ([value]) => value.data.slice(),
  vjp: (c, y, [, ...inputs], attributes) => [null, ...customs.get(attributes)!.rule(c, y, inputs)],
  lowering: { kind: 'alias' },
  sample: null,
};

/**
 * `f` with its derivative replaced by `rule`, which gets the cotangent of the output, the output and the inputs, and returns a
 * cotangent for each input, of its shape, or null where no derivative flows. It returns graph nodes, so it can be differentiated
 * again. The result takes as many tensors as `f`, and its `length` says so.
 *
 * @example
 * const clipped = withRule((t) => clamp(t, 0, 1), (cotangent) => [cotangent]); // the straight-through gradient
 * const x = tensor([0.5, 2]);
 * grad(sum(clipped(x)), [x])[0]; // [1, 1]
 */
export function withRule(f: (...x: Tensor[]) => Tensor, rule: CustomRule): (...x: Tensor[]) => Tensor {
  const attributes = { rule: freshIdentity() };
  customs.set(attributes, { rule, name: f.name });
  const custom = (...x: Tensor[]) => node(customPrimitive, [f(...x), ...x], attributes);
  return Object.defineProperty(custom, 'length', { value: f.length });
}

/**
 * `x` as a number that derivatives do not see: nothing flows back through it.
 *
 * @example
 * const x = tensor([1, 3], 'x');
 * grad(x.mul(stopGradient(x)).sum(), [x])[0]; // [1, 3]
 */
export const stopGradient: (x: Tensor) => Tensor = withRule(
  (x) => x,
  () => [null],
);
