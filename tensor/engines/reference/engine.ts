/**
 * The reference engine: a float64 interpreter that evaluates one node after another by its definition.
 *
 * All other engines are tested against it. It is meant to be obviously right, not fast: nothing is fused or reused, and
 * every intermediate array exists in full.
 */
import type { Dimension } from '../../dimension.ts';
import { product, resolveShape, resolveSize } from '../../dimension.ts';
import { type IndexValue, initialValue, written } from '../../leaves.ts';
import type { NumberArray } from '../../primitive.ts';
import { type Numbers, type Tensor, topological } from '../../tensor.ts';
import { bind, type Engine, expectProgram, type Feeds, type Plan, type Program } from '../engine.ts';

/**
 * The reference engine: it evaluates one node after another by its definition, in float64, and is meant to be right, not fast.
 * Other engines are compared with it. It keeps variables of its own.
 *
 * @example
 * const engine = referenceEngine();
 * await tensor([0, 1]).exp().value({ engine }); // [1, 2.71828]
 */
export function referenceEngine(): Engine {
  const state = new WeakMap<Tensor, Float64Array>();
  const read = (variable: Tensor): Float64Array =>
    (state.get(variable) ?? (initialValue(variable) as Float64Array)).slice();

  const compile = (program: Program): Plan => {
    expectProgram(program);
    const { outputs, updates = [] } = program;
    const order = topological([...outputs, ...updates.map(([, value]) => value)]);
    const leaves = order.filter((tensor) => tensor.op.lowering.kind === 'leaf');
    return {
      async run(feeds: Feeds = new Map(), given = {}) {
        const { bindings, sizes } = bind(leaves, feeds, given, (variable) => state.get(variable));
        const values = new Map<Tensor, NumberArray>();
        for (const { tensor, value, filled } of bindings) {
          const shape = resolveShape(tensor.shape, sizes);
          const data =
            tensor.dtype === 'index'
              ? Float64Array.from((value as IndexValue).values)
              : filled
                ? new Float64Array(product(shape)).fill((value as Float64Array)[0])
                : Float64Array.from(value as Float64Array);
          values.set(tensor, { shape, data });
        }
        for (const tensor of order) {
          if (values.has(tensor)) continue;
          if (tensor.op.name === 'sizeOf') {
            const rows = resolveSize(tensor.attributes.dimension as Dimension, sizes);
            values.set(tensor, { shape: [], data: Float64Array.of(rows) });
            continue;
          }
          const shape = resolveShape(tensor.shape, sizes);
          const inputs = tensor.inputs.map((x) => values.get(x)!);
          values.set(tensor, { shape, data: tensor.op.reference(inputs, tensor.attributes, shape) });
        }
        for (const [variable, value] of updates) state.set(variable, values.get(value)!.data.slice());
        return outputs.map((output) => values.get(output)!.data.slice());
      },
    };
  };
  return {
    name: 'reference',
    compile,
    read,
    write: (variable: Tensor, value: Numbers) => void state.set(variable, Float64Array.from(written(variable, value))),
    sync: async () => {},
  };
}
