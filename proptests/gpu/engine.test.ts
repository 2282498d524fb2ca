/**
 * The GPU engine as an engine: who owns which numbers, in which order things happen, what stays on the device, and what
 * crosses the bus.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import * as nn from '../../nn/index.ts';
import { gpuEngine } from '../../tensor/gpu.ts';
import * as T from '../../tensor/index.ts';
import { crystals } from '../../testing/index.ts';
import * as byTensor from '../support/by-tensor.ts';
import { check } from '../support/check.ts';
import { run } from '../support/run.ts';
import { identical } from '../tensor/support.ts';
import { liveBuffers, provokeError, testGpu } from './device.ts';

const gpu = await testGpu(test);
const N = T.dimension('rows');

setFlagsFromString('--expose-gc');
/** Takes garbage away now. What hangs on it goes a moment later. */
const collect = runInNewContext('gc') as () => void;

/** A small pre-training on the given engine. */
function training(engine: T.Engine, average: number | null = null) {
  const structures = fc.sample(crystals({ minAtoms: 1, maxAtoms: 3 }), { seed: 5, numRuns: 2 });
  const batch = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, 3.5) })));
  const config = { ...nn.cgcnnDefaults, cutoff: 3.5, dim1: 6, dim2: 5, edge_dim: 4, gc_count: 1, post_fc_count: 1 };
  const parameters = nn.initCGCNN(config, T.key(1));
  const inputs = nn.graphInputs();
  const predicted = nn.withDerivatives(inputs, (vectors) => nn.applyCGCNN(parameters, inputs, vectors, config));
  const [labels, weights] = [nn.labelInputs(), nn.lossWeightInputs()];
  const trainingStep = byTensor.trainingStep(engine, nn.forceFieldLoss(predicted, labels, weights), parameters, {
    average,
  });
  const feeds = new Map<unknown, unknown>([
    ...byTensor.feedGraph(inputs, batch, { cutoff: 3.5, knots: 16 }),
    ...byTensor.feedLossWeights(weights, [1, 5, 5]),
    [labels.energy, T.normal(T.key(2), batch.sizes.structures)],
    [labels.forces, T.normal(T.key(3), 3 * batch.sizes.atoms)],
    [labels.stress, T.normal(T.key(4), 9 * batch.sizes.structures)],
  ]) as T.Feeds;
  /** Numbers in all fed arrays; an index may go up in three forms. */
  let fed = 0;
  for (const value of feeds.values()) {
    if (typeof value === 'number') continue;
    fed += 'count' in value ? 2 * value.values.length + value.count + 1 : value.length;
  }
  return { parameters, trainingStep, feeds, fed };
}

// First of all: variables of other tests would be freed meanwhile, when they are collected.
gpu.test('a training step leaks nothing, uploads the batch alone and reads back two numbers', async (engine) => {
  const { parameters, trainingStep, feeds, fed } = training(engine);
  const seen: { live: number; buffers: number; read: number; up: number; compiled: number }[] = [];
  for (let step = 0; step < 10; step++) {
    const { readBytes, uploadedBytes } = engine.traffic;
    await trainingStep.step(feeds, 1e-2);
    const { live, kernels } = engine.traffic;
    seen.push({
      live,
      buffers: liveBuffers(),
      read: engine.traffic.readBytes - readBytes,
      up: engine.traffic.uploadedBytes - uploadedBytes,
      compiled: kernels,
    });
  }
  const [third, tenth] = [seen[2], seen[9]];
  assert.is(tenth.live, third.live, 'arrays of the engine');
  assert.ok(third.buffers > 0);
  assert.is(tenth.buffers, third.buffers, 'buffers of the device');
  assert.is(tenth.compiled, third.compiled, 'nothing is compiled again');
  // Each kernel has a buffer of settings; reading and uploading keep a few. No kernel keeps its last output.
  const unexplained = third.buffers - third.live - third.compiled;
  assert.ok(unexplained <= 8, `${unexplained} buffers that nobody accounts for`);
  for (const { read, up } of seen.slice(1)) {
    assert.ok(read > 0 && read <= 64, `${read} bytes came back`);
    assert.ok(up > 0 && up <= 4 * fed, `${up} bytes went up, the batch has ${4 * fed}`);
  }
  assert.ok(seen[0].up > seen[1].up, 'parameters and moments go up once');

  // What a checkpoint holds goes on elsewhere.
  await engine.sync();
  const cpu = T.cpuEngine({ threads: 1 });
  const elsewhere = training(cpu);
  nn.writeParameters(elsewhere.parameters, cpu, nn.readParameters(parameters, engine));
  elsewhere.trainingStep.restore(trainingStep.state(), trainingStep.steps);
  for (let step = 0; step < 3; step++) {
    const [{ loss: here }, { loss: there }] = [
      await trainingStep.step(feeds, 1e-2),
      await elsewhere.trainingStep.step(elsewhere.feeds, 1e-2),
    ];
    assert.ok(Math.abs(here - there) < 1e-4 * Math.abs(here), `${here} here, ${there} there`);
  }
});

gpu.test('what is fed goes before what a variable holds, for that run alone', async (engine) => {
  const v = T.variable([1, 2, 3], [3]);
  const plan = engine.compile({ outputs: [T.mul(v, 2)], updates: [[v, T.add(v, 1)]] });
  identical((await plan.run())[0], [2, 4, 6], 'held');
  identical((await plan.run(new Map([[v, [10, 20, 30]]])))[0], [20, 40, 60], 'fed');
  engine.write(v, [4, 5, 6]);
  identical((await plan.run())[0], [8, 10, 12], 'written');
});

gpu.test('what is gone is not synchronised', async (engine) => {
  const change = async () => {
    const v = T.variable([1, 2], [2]);
    await engine.compile({ outputs: [], updates: [[v, T.add(v, 1)]] }).run();
  };
  for (let k = 0; k < 10; k++) {
    await change();
    collect();
    await new Promise((done) => setTimeout(done, 5));
    await engine.sync();
  }
});

gpu.test('means of weights are those of the CPU engine', async (engine) => {
  const [here, there] = [training(engine, 0.8), training(T.cpuEngine({ threads: 1 }), 0.8)];
  for (let step = 0; step < 3; step++) {
    await here.trainingStep.step(here.feeds, 1e-2);
    await there.trainingStep.step(there.feeds, 1e-2);
  }
  await engine.sync();
  const [means, expected, last] = [
    here.trainingStep.averages()!,
    there.trainingStep.averages()!,
    nn.readParameters(here.parameters, engine),
  ];
  assert.equal(Object.keys(means).sort(), Object.keys(expected).sort());
  let moved = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((x, k) => {
      assert.ok(Math.abs(means[name].data[k] - x) < 1e-4, `${name}[${k}]: ${means[name].data[k]}, CPU ${x}`);
      if (Math.abs(last[name].data[k] - x) > 1e-3) moved++;
    });
  }
  assert.ok(moved > 0, 'means are not the last weights');
});

gpu.test('an engine that is destroyed leaves nothing on the device', async () => {
  // What earlier tests left behind goes first: it must not go while buffers are counted.
  for (let k = 0; k < 3; k++) {
    collect();
    await new Promise((done) => setTimeout(done, 5));
  }
  const before = liveBuffers();
  const engine = await gpuEngine({ mode: 'webgpu' });
  const [v, c] = [T.variable([1, 2], [2]), T.tensor([3, 4], [2])];
  const plan = engine.compile({ outputs: [T.mul(v, c)], updates: [[v, T.add(v, c)]] });
  await plan.run();
  assert.ok(liveBuffers() > before);
  await engine.destroy();
  assert.is(liveBuffers(), before);
  await plan.run().then(
    () => assert.unreachable('expected an error'),
    (error: Error) => assert.match(error.message, /destroyed/),
  );
});

gpu.test('runs started together do not disturb each other, and feeds are taken when they are given', async (engine) => {
  const x = T.input([N, 3]);
  const plan = engine.compile({ outputs: [T.mul(x, 2), T.sum(x)] });
  const batches = [1, 5, 2, 7].map((n) => Float64Array.from({ length: 3 * n }, (_, k) => k + n));
  const expected = batches.map((batch) => batch.map((v) => 2 * v));
  const runs = batches.map((batch) => plan.run(new Map([[x, batch]])));
  for (const batch of batches) batch.fill(-1);
  const all = await Promise.all(runs);
  all.forEach(([twice, total], k) => {
    identical(twice, expected[k], 'twice');
    assert.is(total[0], expected[k].reduce((a, b) => a + b, 0) / 2);
  });
});

gpu.test('updates happen after all values are computed, also when variables swap', async (engine) => {
  const [a, b] = [T.variable([1, 2], [2]), T.variable([10, 20], [2])];
  const plan = engine.compile({
    outputs: [T.add(a, b), a],
    updates: [
      [a, b],
      [b, a],
    ],
  });
  const [total, old] = await plan.run();
  assert.equal([...total], [11, 22]);
  assert.equal([...old], [1, 2], 'outputs see the old values');
  await engine.sync();
  assert.equal([...engine.read(a), ...engine.read(b)], [10, 20, 1, 2]);
  const [from, given] = [T.input([2]), T.input([])];
  const copies = engine.compile({
    outputs: [],
    updates: [
      [a, from],
      [b, T.mul(from, given)],
    ],
  });
  await copies.run(
    new Map<T.Tensor, T.Numbers | number>([
      [from, [3, 4]],
      [given, 2],
    ]),
  );
  await engine.sync();
  assert.equal([...engine.read(a), ...engine.read(b)], [3, 4, 6, 8]);
});

gpu.test('writes, runs and reads happen in the order in which they were asked for', (engine) =>
  check(
    fc.array(fc.constantFrom('write', 'run', 'sync', 'sync meanwhile'), { minLength: 1, maxLength: 8 }),
    async (asked) => {
      const v = T.variable([1, -2], [2]);
      const plan = engine.compile({ outputs: [T.add(v, 0)], updates: [[v, T.mul(v, 2)]] });
      let expected = [1, -2];
      const pending: Promise<void>[] = [];
      let count = 0;
      for (const what of asked) {
        if (what === 'write') {
          count++;
          expected = [count, 3 * count];
          const values = [...expected];
          engine.write(v, values);
          values.fill(0);
          assert.equal([...engine.read(v)], expected, 'what was written is read at once');
        } else if (what === 'run') {
          const before = expected;
          pending.push(
            plan.run().then(([seen]) => {
              assert.equal([...seen], before);
            }),
          );
          expected = expected.map((x) => 2 * x);
          assert.throws(() => engine.read(v), /sync/);
        } else if (what === 'sync meanwhile') pending.push(engine.sync());
        else {
          const now = expected;
          await engine.sync();
          assert.equal([...engine.read(v)], now);
        }
      }
      await Promise.all(pending);
      await engine.sync();
      assert.equal([...engine.read(v)], expected);
    },
    25,
  ),
);

gpu.test('sizes that change, numbers that fill a shape, batches of no rows', async (engine) => {
  const [x, s] = [T.input([N, 2], 'x'), T.variable(0, [N, 2], 'strain')];
  const y = T.sum(T.exp(T.add(x, s)));
  const plan = engine.compile({ outputs: [...grad(y, [s]), y] });
  for (const n of [1, 4, 0, 3]) {
    const [g, total] = await plan.run(new Map([[x, new Float64Array(2 * n)]]));
    assert.equal([...g], new Array(2 * n).fill(1));
    assert.is(total[0], 2 * n);
  }
  assert.is(engine.counters.compiles > 0, true);
  const again = engine.counters.planHits;
  const outputs = [x, x, T.tensor(4), T.unsqueeze(x, 2), T.neg(T.neg(x)), T.sizeOf(N)];
  const [a, b, four, c, d, size] = await run(outputs, { engine, feeds: new Map([[x, [1, 2, 3, 4]]]) });
  for (const r of [a, b, c, d]) assert.equal([...r], [1, 2, 3, 4]);
  assert.equal([four[0], size[0]], [4, 2]);
  assert.is.not(a, b);
  await run(outputs, { engine, feeds: new Map([[x, [1, 2]]]) });
  assert.is(engine.counters.planHits, again + 1);
});

gpu.test('an error that the GPU reports late fails the run that reads, before variables change', async (engine) => {
  const v = T.variable([1, 2], [2]);
  const plan = engine.compile({ outputs: [T.add(v, 1)], updates: [[v, T.mul(v, 2)]] });
  await plan.run();
  const { error } = console;
  console.error = () => {};
  try {
    provokeError();
    await plan.run().then(
      () => assert.unreachable('expected an error'),
      (reason: Error) => assert.match(reason.message, /The GPU \(webgpu\) reported: /),
    );
  } finally {
    console.error = error;
  }
  await engine.sync();
  assert.equal([...engine.read(v)], [2, 4]);
  assert.equal([...(await plan.run())[0]], [3, 5], 'later runs are not harmed');
});

gpu.test('a refused run says why and harms no later one', async (engine) => {
  const x = T.input([N, 2], 'x');
  const plan = engine.compile({ outputs: [T.mul(x, x)] });
  const { live } = engine.traffic;
  for (const feeds of [new Map(), new Map([[x, [1, 2, 3]]])] as T.Feeds[]) {
    await plan.run(feeds).then(
      () => assert.unreachable('expected an error'),
      (error: Error) => assert.match(error.message, /given no value|whole rows/),
    );
  }
  const index = T.index(N, T.dimension('d'), 'index');
  const many = { values: Int32Array.of(0), count: 2 ** 24 };
  await run([T.degree(index)], { engine, feeds: new Map([[index, many]]) }).then(
    () => assert.unreachable('expected an error'),
    (error: Error) => assert.match(error.message, /below 2\^24/),
  );
  assert.is(engine.traffic.live, live);
  assert.equal([...(await plan.run(new Map([[x, [2, 3]]])))[0]], [4, 9]);
});

test.run();
