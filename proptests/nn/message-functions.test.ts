/**
 * Random message functions: whatever a layer computes on edges must differentiate right and compile well.
 *
 * A random expression of gathered atom rows, the distance, a table of it and weights is summed at targets, for one to
 * three layers; the network is trained on forces. Checked: gradients on both engines against each other and against
 * finite differences, that nothing of size [edges, channels] is stored, and the number of sweeps over edges.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import { atoms, evaluateRadial, graphInputs, strainedGeometry } from '../../nn/index.ts';
import {
  add,
  cpuEngine,
  div,
  gather,
  input,
  key,
  l2Loss,
  linear,
  mul,
  neg,
  referenceEngine,
  segmentSum,
  sigmoid,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  uniform,
  unsqueeze,
  variable,
} from '../../tensor/index.ts';
import { crystals } from '../../testing/index.ts';
import { feedGraph } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

/** Sweeps over edges that a layer may need, gradients of forces included. */
const SWEEPS_PER_LAYER = 4;
const CUTOFF = 4;
/** More than a row that may be stored, and no whole number of vectors. */
const CHANNELS = 19;

type Message =
  | { readonly leaf: 'target' | 'source' | 'distance' | 'table' | 'weight' }
  | { readonly unary: keyof typeof UNARY; readonly of: Message }
  | { readonly binary: keyof typeof BINARY; readonly left: Message; readonly right: Message }
  /** A sum over channels, spread over all of them again: attention. */
  | { readonly attend: Message; readonly to: Message };

const UNARY = {
  sigmoid,
  softplus,
  tanh,
  silu,
  sin,
  length: (x: Tensor) => sqrt(add(1, square(x))),
  inverse: (x: Tensor) => div(1, add(1, square(x))),
} as const;
const BINARY = { add, sub, mul } as const;

const message: fc.Arbitrary<Message> = fc.letrec<{ message: Message }>((tie) => ({
  message: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ leaf: fc.constantFrom('target', 'source', 'distance', 'table', 'weight') }),
    fc.record({ unary: fc.constantFrom(...(Object.keys(UNARY) as (keyof typeof UNARY)[])), of: tie('message') }),
    fc.record({
      binary: fc.constantFrom(...(Object.keys(BINARY) as (keyof typeof BINARY)[])),
      left: tie('message'),
      right: tie('message'),
    }),
    fc.record({ attend: tie('message'), to: tie('message') }),
  ),
})).message;

/** Loss, parameters and placeholders of a network whose layers use these message functions. */
function network(layers: readonly Message[]) {
  const inputs = graphInputs();
  const { vectors } = strainedGeometry(inputs);
  const r = sqrt(sum(square(vectors), { axis: -1 }));
  let parameterCount = 0;
  const parameters: Tensor[] = [];
  const parameter = (...shape: number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = uniform(key(100 + parameterCount++), size).map(
      (u) => (2 * u - 1) / Math.sqrt(shape[shape.length - 1]),
    );
    const made = variable(values, shape, `p${parameterCount}`);
    parameters.push(made);
    return made;
  };
  let x = silu(gather(parameter(100, CHANNELS), inputs.species));
  for (const layer of layers) {
    const [mixed, slope] = [linear(x, parameter(CHANNELS, CHANNELS)), parameter(CHANNELS)];
    const build = (m: Message): Tensor => {
      if ('leaf' in m) {
        if (m.leaf === 'target') return gather(mixed, inputs.target);
        if (m.leaf === 'source') return gather(mixed, inputs.source);
        if (m.leaf === 'distance') return mul(unsqueeze(r, 1), slope);
        if (m.leaf === 'weight') return add(mul(0, unsqueeze(r, 1)), parameter(CHANNELS));
        const weight = parameter(CHANNELS);
        return evaluateRadial((at) => sin(mul(unsqueeze(at, 1), weight)), r, inputs, 'table');
      }
      if ('unary' in m) return UNARY[m.unary](build(m.of));
      if ('binary' in m) return BINARY[m.binary](build(m.left), build(m.right));
      const values = build(m.attend);
      return mul(values, tanh(sum(mul(values, build(m.to)), { axis: -1, keep: true })));
    };
    // Multiplied by what depends on distance, so that there are forces whatever the expression.
    const whole = mul(build(layer), sigmoid(mul(unsqueeze(r, 1), slope)));
    x = add(x, mul(0.1, segmentSum(whole, inputs.target)));
  }
  const energy = sum(mul(tanh(x), parameter(CHANNELS)));
  const forces = neg(grad(energy, [inputs.positions])[0]);
  const labels = input([atoms, 3], 'labels');
  return { inputs, labels, parameters, loss: l2Loss(forces, labels) };
}

const largest = (x: ArrayLike<number>): number => Array.from(x).reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);

test('gradients of force losses are right, nothing wide is stored, and edges are swept a few times', async () => {
  let most = 0;
  await check(
    fc.tuple(fc.array(message, { minLength: 1, maxLength: 3 }), crystals({ minAtoms: 2, maxAtoms: 3 })),
    async ([layers, structure]) => {
      const { inputs, labels, parameters, loss } = network(layers);
      const batch = collate([structure, structure].map((s) => ({ structure: s, edges: neighbours(s, CUTOFF) })));
      const feeds = new Map([
        ...feedGraph(inputs, batch, { cutoff: CUTOFF, knots: 24 }),
        [labels, uniform(key(5), batch.positions.length)],
      ]);
      const outputs = [loss, ...grad(loss, parameters)];
      const reference = referenceEngine();
      const expected = await reference.compile({ outputs }).run(feeds);
      for (const [precision, tolerance] of [
        ['f64', 1e-9],
        ['f32', 3e-3],
      ] as const) {
        const plan = cpuEngine({ precision }).compile({ outputs });
        const found = await plan.run(feeds);
        const scale = largest(expected.map(largest));
        for (const [k, values] of expected.entries()) {
          // In float32 a gradient that cancels keeps the rounding of what it is made of.
          const bound = tolerance * Math.max(largest(values), 1e-2 * scale);
          values.forEach((v, e) => {
            assert.ok(
              Math.abs(found[k][e] - v) <= bound,
              `${precision}: output ${k}[${e}] is ${found[k][e]}, expected ${v}`,
            );
          });
        }
        const { stored, streamedSweeps } = plan.report();
        assert.equal(stored, [], 'wide tensors over edges that are stored');
        most = Math.max(most, streamedSweeps / layers.length);
        assert.ok(
          streamedSweeps <= SWEEPS_PER_LAYER * layers.length,
          `${streamedSweeps} sweeps over edges in ${layers.length} layers`,
        );
      }
      // One element of each parameter against a central difference of the loss.
      const plan = reference.compile({ outputs: [loss] });
      for (const [k, p] of parameters.entries()) {
        const gradient = expected[k + 1];
        const e = gradient.reduce((best, v, i) => (Math.abs(v) > Math.abs(gradient[best]) ? i : best), 0);
        const values = reference.read(p);
        const at = async (h: number): Promise<number> => {
          reference.write(
            p,
            values.map((v, i) => (i === e ? v + h : v)),
          );
          return (await plan.run(feeds))[0][0];
        };
        const h = 1e-3;
        const slope = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
        reference.write(p, values);
        const bound = 1e-6 * Math.max(largest(gradient), Math.abs(expected[0][0]));
        assert.ok(
          Math.abs(slope - gradient[e]) <= bound,
          `parameter ${k}[${e}]: gradient ${gradient[e]}, difference ${slope}`,
        );
      }
    },
    20,
  );
  console.log(`most sweeps over edges for one layer: ${most}`);
});

test.run();
