/**
 * The equivariant transformer beyond goldens and laws: its size, its derivatives against finite differences in both
 * presets, what its training step stores and how often it sweeps over edges, and its tables' error against its bound.
 */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours, type Structure } from '../../graph/index.ts';
import { exponentialNormalParameters } from '../../nn/basis.ts';
import {
  applyTorchMDET,
  countParameters,
  evaluateRadial,
  expandExponentialNormal,
  flattenParameters,
  type GraphInputs,
  graphInputs,
  initTorchMDET,
  initXavierLinear,
  strainedGeometry,
  type TorchMDETConfig,
  torchmdETDefaults,
  torchmdETGrid,
  withDerivatives,
} from '../../nn/index.ts';
import {
  type CpuPlan,
  cpuEngine,
  dimension,
  type Feeds,
  index,
  input,
  key,
  linear,
  type Numbers,
  referenceEngine,
  silu,
  square,
  sum,
  type Tensor,
} from '../../tensor/index.ts';
import { feedGraph, trainingStep } from '../support/by-tensor.ts';
import { run } from '../support/run.ts';

const SMALL: TorchMDETConfig = {
  ...torchmdETDefaults,
  hidden_channels: 6,
  num_heads: 2,
  num_layers: 2,
  num_rbf: 5,
  num_post_layers: 1,
  post_hidden_channels: 4,
  cutoff: 3.5,
  filter: 'exact',
};

const crystal: Structure = {
  id: 'crystal',
  numbers: Int32Array.of(8, 29),
  positions: Float64Array.of(0.1, 0, 0.2, 1.4, 1.6, 1.3),
  cell: Float64Array.of(3.1, 0, 0, 0.4, 3.3, 0, -0.2, 0.3, 3.0),
  periodic: [true, true, true],
};

const feedsOf = (inputs: GraphInputs, config: TorchMDETConfig): Feeds =>
  feedGraph(
    inputs,
    collate([{ structure: crystal, edges: neighbours(crystal, config.cutoff) }]),
    torchmdETGrid(config),
  );

test('the full-size network has the 1,759,461 parameters of the paper', () => {
  assert.is(countParameters(initTorchMDET(torchmdETDefaults, key(0))), 1_759_461);
});

test('every projection starts differently, biases at zero, the last layers as in PyTorch', async () => {
  const parameters = initTorchMDET({ ...SMALL, level: 'node' }, key(1));
  const engine = referenceEngine();
  const seen = new Set<number>();
  for (const [name, tensor] of flattenParameters(parameters)) {
    const values = engine.read(tensor);
    if (name.endsWith('bias') && !name.startsWith('post_lin_list')) {
      assert.ok(
        values.every((v) => v === 0),
        name,
      );
    } else if (name.endsWith('weight') && !name.includes('norm')) {
      assert.not.ok(seen.has(values[0]), `${name} repeats another's numbers`);
      seen.add(values[0]);
    }
    if (name.startsWith('post_lin_list') && name.endsWith('bias'))
      assert.ok(
        values.some((v) => v !== 0),
        name,
      );
  }
});

for (const preset of ['paper', 'physical'] as const) {
  test(`${preset}: gradients of a loss of forces and of vectors are slopes`, async () => {
    const config: TorchMDETConfig = { ...SMALL, level: 'node', preset };
    const parameters = initTorchMDET(config, key(3));
    const inputs = graphInputs();
    const { forces } = withDerivatives(inputs, (v) =>
      applyTorchMDET(parameters, inputs, v, { ...config, level: 'graph' }),
    );
    const vectors = applyTorchMDET(parameters, inputs, strainedGeometry(inputs).vectors, config);
    const feeds = feedsOf(inputs, config);
    for (const loss of [sum(square(forces)), sum(square(vectors))]) {
      await checkSlopes(loss, [...flattenParameters(parameters)], feeds);
    }
  });
}

/** Each parameter's gradient along one direction against a central difference of the loss. */
async function checkSlopes(loss: Tensor, named: readonly (readonly [string, Tensor])[], feeds: Feeds): Promise<void> {
  const engine = cpuEngine({ precision: 'f64' });
  const gradients = await engine
    .compile({
      outputs: grad(
        loss,
        named.map(([, t]) => t),
      ),
    })
    .run(feeds);
  const plan = engine.compile({ outputs: [loss] });
  const at = async (tensor: Tensor, values: Numbers): Promise<number> => {
    engine.write(tensor, values);
    return (await plan.run(feeds))[0][0];
  };
  for (const [k, [name, tensor]] of named.entries()) {
    const start = engine.read(tensor);
    const direction = start.map((_, i) => Math.sin(1 + 0.7 * i));
    const h = name.includes('betas') ? 1e-4 : 1e-5;
    const moved = (s: number) => start.map((x, i) => x + s * h * direction[i]);
    const slope = ((await at(tensor, moved(1))) - (await at(tensor, moved(-1)))) / (2 * h);
    engine.write(tensor, start);
    const found = gradients[k].reduce((total, g, i) => total + g * direction[i], 0);
    assert.ok(
      Math.abs(found - slope) <= 1e-6 * Math.max(1e-2, Math.abs(slope)),
      `${name}: gradient ${found}, finite difference ${slope}`,
    );
  }
}

test('a training step on forces sweeps over edges four times a layer and stores nothing wide', async () => {
  for (const num_layers of [2, 3]) {
    const config: TorchMDETConfig = { ...SMALL, hidden_channels: 64, num_heads: 4, num_layers, filter: 'table' };
    const parameters = initTorchMDET(config, key(5));
    const inputs = graphInputs();
    const { forces } = withDerivatives(inputs, (v) => applyTorchMDET(parameters, inputs, v, config));
    const { plan, step } = trainingStep(cpuEngine(), sum(square(forces)), parameters);
    const { loss } = await step(feedsOf(inputs, config), 1e-3);
    assert.ok(Number.isFinite(loss));
    const report = (plan as CpuPlan).report();
    assert.equal(report.stored, [], 'wide tensors over edges');
    // Four a layer, and four of the neighbour embedding and the geometry.
    assert.ok(report.streamedSweeps <= 4 * num_layers + 4, `${report.streamedSweeps} sweeps in ${num_layers} layers`);
  }
});

test('tables on the recommended grid keep the bound that their docstring states', async () => {
  for (const cutoff of [5, 8]) {
    const { means, betas, alpha } = exponentialNormalParameters(50, cutoff);
    const [e, k] = [dimension('edges'), dimension('knots')];
    const [m, b, r] = [input([50]), input([50]), input([e])];
    const grid = { radii: input([k]), spacing: input([]), bend: input([]), knot: index(e, k) };
    const { weight } = initXavierLinear(key(3), 50, 16);
    const f = (x: Tensor) => silu(linear(expandExponentialNormal({ means: m, betas: b, alpha, cutoff }, x), weight));
    const outputs = (['exact', 'table'] as const).flatMap((mode) => {
      const y = evaluateRadial(f, r, grid, mode);
      return [y, grad(sum(y), [r])[0]];
    });
    const distances = Float64Array.from({ length: 5000 }, (_, i) => 0.5 + ((cutoff - 0.5) * (i + 0.5)) / 5000);
    // The grid as batches are fed it.
    const inputs = graphInputs();
    const graph = { ...collate([{ structure: crystal, edges: neighbours(crystal, 3) }]), distances };
    const fed = feedGraph(inputs, graph, torchmdETGrid({ cutoff }));
    const feeds = new Map<Tensor, unknown>([
      [m, means],
      [b, betas],
      [r, distances],
    ]);
    for (const part of ['radii', 'spacing', 'bend', 'knot'] as const) feeds.set(grid[part], fed.get(inputs[part]));
    const values = await run(outputs, { engine: cpuEngine({ precision: 'f64' }), feeds: feeds as Feeds });
    const largest = (x: Float64Array) => x.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    for (const [order, bound] of [2e-5, 4e-4].entries()) {
      const error = largest(values[order].map((v, i) => v - values[order + 2][i])) / largest(values[order]);
      assert.ok(error <= bound, `cutoff ${cutoff}, derivative ${order}: error ${error} > ${bound}`);
    }
  }
});

test('what cannot work says what to do', () => {
  assert.throws(() => initTorchMDET({ ...SMALL, num_heads: 4 }, key(0)), /multiple of num_heads, got 6 and 4/);
  const inputs = graphInputs();
  const parameters = initTorchMDET(SMALL, key(0));
  assert.throws(
    () => applyTorchMDET(parameters, inputs, strainedGeometry(inputs).vectors, { ...SMALL, level: 'node' }),
    /level 'node' needs parameters with a vector head/,
  );
});

test.run();
