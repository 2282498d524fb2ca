/**
 * Principal components and atom embeddings: components are an orthonormal basis that makes the covariance diagonal, and
 * embeddings are rows of what the head reads, for the same atoms whatever the network or the batches.
 */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { familyOf } from '../../data/families.ts';
import { eigen } from '../../data/index.ts';
import { principal } from '../../data/principal.ts';
import { needed } from '../../experiments/figures/embedded.ts';
import {
  ARCHITECTURES,
  type Architecture,
  applyLinear,
  edgeVectors,
  graphInputs,
  type Linear,
  network,
  poolAtoms,
  readParameters,
} from '../../nn/index.ts';
import { bins } from '../../plots/density.ts';
import { majorities } from '../../plots/scatter.ts';
import { cpuEngine, fold, key, referenceEngine, silu } from '../../tensor/index.ts';
import { crystals, reals } from '../../testing/index.ts';
import { graphService } from '../../training/batches/graph-service.ts';
import { drawAtoms, embeddingsOf } from '../../training/embeddings.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { writeCheckpoint } from '../../training/run-folder/checkpoint.ts';
import { fresh } from '../experiments/runs.ts';
import { feedGraph } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

const close = (a: number, b: number, tolerance: number, what: string): void => {
  assert.ok(Math.abs(a - b) <= tolerance, `${what}: ${a} and ${b}`);
};
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k], 0);

/** Vectors of a few channels, some of them spread over powers of ten, some constant. */
const cloud = fc.integer({ min: 1, max: 6 }).chain((channels) =>
  fc
    .record({
      scales: fc.array(fc.constantFrom(0, 1e-3, 1, 1, 1e3), { minLength: channels, maxLength: channels }),
      offset: reals({ low: -5, high: 5 }),
      rows: fc.array(fc.array(reals({ low: -1, high: 1 }), { minLength: channels, maxLength: channels }), {
        minLength: 2,
        maxLength: 25,
      }),
    })
    .map(({ scales, offset, rows }) => ({
      channels,
      rows: rows.map((row) => row.map((x, c) => offset + x * scales[c])),
    })),
);

test('components are orthonormal, variances descend and are those of the scores, and nothing is lost', async () => {
  await check(
    cloud,
    ({ channels, rows }) => {
      const { components, variances, explained, scores, mean } = principal(rows.flat(), channels, channels);
      const total = rows.flat().reduce((sum, x, k) => sum + (x - mean[k % channels]) ** 2 / rows.length, 0);
      const small = 1e-11 * Math.max(1, total);
      components.forEach((a, i) => {
        for (const [j, b] of components.entries()) close(dot(a, b), i === j ? 1 : 0, 1e-12, `components ${i} and ${j}`);
        const largest = a.reduce((best, x) => Math.max(best, Math.abs(x)), 0);
        close(Math.max(...a), largest, 1e-9, 'the largest entry is positive');
      });
      close(
        variances.reduce((a, b) => a + b, 0),
        total,
        small,
        'variance in all',
      );
      if (total > 0)
        close(
          explained.reduce((a, b) => a + b, 0),
          1,
          1e-9,
          'shares',
        );
      for (let i = 0; i < channels; i++) {
        if (i > 0) assert.ok(variances[i] <= variances[i - 1], 'descending');
        for (let j = 0; j <= i; j++) {
          const product = rows.reduce((sum, _, r) => sum + scores[r * channels + i] * scores[r * channels + j], 0);
          close(product / rows.length, i === j ? variances[i] : 0, small, `scores ${i} and ${j} are uncorrelated`);
        }
      }
      rows.forEach((row, r) => {
        row.forEach((x, c) => {
          const back = components.reduce((sum, one, k) => sum + scores[r * channels + k] * one[c], mean[c]);
          close(back, x, 1e-9 * Math.max(1, Math.abs(x)), 'put together again');
        });
      });
    },
    60,
  );
});

test('no direction has more variance than the first component, nor beside it than the second', async () => {
  await check(
    fc.tuple(
      cloud.filter(({ channels }) => channels > 1),
      fc.array(reals({ low: -1, high: 1 }), { minLength: 6, maxLength: 6 }),
    ),
    ([{ channels, rows }, any]) => {
      const { components, variances, mean } = principal(rows.flat(), channels);
      let direction = Float64Array.from(any.slice(0, channels));
      for (const [k, component] of components.entries()) {
        const size = Math.sqrt(dot(direction, direction));
        if (size < 1e-6) return;
        const unit = direction.map((x) => x / size);
        const variance =
          rows.reduce(
            (sum, row) =>
              sum +
              dot(
                Float64Array.from(row, (x, c) => x - mean[c]),
                unit,
              ) **
                2,
            0,
          ) / rows.length;
        assert.ok(variance <= variances[k] * (1 + 1e-9) + 1e-12, `${variance} along it, ${variances[k]} along ${k}`);
        const along = dot(direction, component);
        direction = direction.map((x, c) => x - along * component[c]);
      }
    },
    60,
  );
});

test('eigenvalues of matrices made from known ones are those, also where several are equal', async () => {
  await check(
    fc.record({
      values: fc.array(fc.constantFrom(-3, 0, 1, 1, 2, 1e4), { minLength: 5, maxLength: 5 }),
      angle: reals({ low: 0, high: 3 }),
    }),
    ({ values, angle }) => {
      const n = values.length;
      const a = new Float64Array(n * n);
      // A diagonal matrix, reflected: (1 - 2 u u') D (1 - 2 u u').
      const u = Float64Array.from({ length: n }, (_, k) => Math.sin(angle * (k + 1)) + 0.1);
      const h = (i: number, j: number) => (i === j ? 1 : 0) - (2 * u[i] * u[j]) / dot(u, u);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) a[i * n + j] += h(i, k) * values[k] * h(k, j);
      const found = eigen(a, { thorough: true });
      const expected = [...values].sort((x, y) => x - y);
      for (const [k, x] of found.values.entries()) {
        close(x, expected[k], 1e-9 * 1e4, `eigenvalue ${k}`);
        const v = found.vectors.slice(k * n, (k + 1) * n);
        for (let i = 0; i < n; i++) close(dot(a.slice(i * n, (i + 1) * n), v), x * v[i], 1e-7, 'A v = x v');
      }
    },
    40,
  );
  assert.throws(() => principal([1, 2, 3], 3), /two or more vectors/);
  assert.throws(() => principal([1, Number.NaN], 1), /finite/);
  assert.is(needed(Float64Array.of(8, 1, 1), 0.8), 1);
  assert.is(needed(Float64Array.of(8, 1, 1), 0.9), 2);
  assert.is(needed(Float64Array.of(8, 1, 1), 1), 3);
});

test('squares hold every point once, in the colour of the most', async () => {
  const point = fc.record({
    x: reals({ low: 0, high: 1 }),
    y: reals({ low: -2, high: 2 }),
    group: fc.constantFrom('a', 'b', 'c'),
  });
  await check(
    fc.tuple(fc.array(point, { maxLength: 60 }), fc.integer({ min: 1, max: 5 })),
    ([points, across]) => {
      const made = bins(points, [0, 1], [-2, 2], across);
      const groups = majorities(made);
      let held = 0;
      for (const [k, { x1, x2, y1, y2 }] of made.entries()) {
        const group = groups[k];
        const inside = points.filter(({ x, y }) => x >= x1 && y >= y1 && (x < x2 || x2 === 1) && (y < y2 || y2 === 2));
        held += inside.length;
        const most = (name: string) => inside.filter((p) => p.group === name).length;
        for (const other of ['a', 'b', 'c']) assert.ok(most(group) >= most(other), `${group} and ${other}`);
      }
      assert.is(held, points.length);
    },
    40,
  );
});

const small = (architecture: Architecture) => ({
  ...pretrainPreset('smoke', architecture).model,
  filter: 'exact' as const,
});
const someCrystals = fc.array(crystals({ maxAtoms: 4 }), { minLength: 1, maxLength: 4 });

for (const architecture of ARCHITECTURES) {
  test(`${architecture}: embeddings of drawn atoms are their rows, in any batches, and the head reads them`, async () => {
    const model = small(architecture);
    const engine = referenceEngine();
    await check(
      fc.tuple(someCrystals, fc.integer({ min: 1, max: 12 })),
      async ([structures, most]) => {
        const options = { engine, seed: 3, helper: false };
        const weights = { model, seed: 5 };
        const all = await embeddingsOf(weights, structures, { ...options, most: 1000 });
        const some = await embeddingsOf(weights, structures, {
          ...options,
          most,
          limits: { structures: 1, edges: 1 },
        });
        assert.is(some.atoms.length, Math.min(most, all.atoms.length));
        assert.is(new Set(some.atoms.map((one) => JSON.stringify(one))).size, some.atoms.length, 'no atom twice');
        some.atoms.forEach((one, k) => {
          const at = all.atoms.findIndex(({ structure, atom }) => structure === one.structure && atom === one.atom);
          for (let c = 0; c < model.channels; c++) {
            close(some.vectors[k * model.channels + c], all.vectors[at * model.channels + c], 1e-5, 'row');
          }
        });
        // What comes after the pooling, by hand.
        const net = network(model, 'add', fold(key(5), 'weights'));
        const inputs = graphInputs();
        const { post_lin_list: post, lin_out: last } = net.parameters as unknown as {
          post_lin_list: Linear[];
          lin_out?: Linear;
        };
        const embedded = net.embed(inputs, edgeVectors(inputs));
        let y = poolAtoms(embedded, inputs.structure, 'add');
        for (const layer of last ? post : post.slice(0, -1)) y = silu(applyLinear(layer, y));
        const plan = engine.compile({
          outputs: [applyLinear(last ?? post.at(-1)!, y), net.apply(inputs, edgeVectors(inputs)), embedded],
        });
        const graphs = await graphService(structures, model, { helper: false });
        const graph = await graphs.batch(structures.map((_, k) => k));
        const [mine, its, rows] = await plan.run(feedGraph(inputs, graph, net.grid));
        assert.equal([...mine], [...its]);
        assert.is(rows.length, all.vectors.length, 'every atom');
        for (const [k, x] of rows.entries()) close(all.vectors[k], x, 1e-5, 'row of the batch');
      },
      4,
    );
  });
}

test('a checkpoint of a prediction head embeds atoms as its network does; one of another network is refused', async () => {
  const structures = fc.sample(crystals({ minAtoms: 3, maxAtoms: 3 }), { numRuns: 3, seed: 1 });
  const engine = cpuEngine({ threads: 1 });
  for (const architecture of ARCHITECTURES) {
    const model = small(architecture);
    const path = `${fresh('head')}.safetensors`;
    const net = network(model, 'add', fold(key(7), 'weights'), 'node');
    const about = { task: 'pretrain' as const, preset: 'smoke', model, meaning: {} };
    const parameters = await readParameters(net.parameters, engine);
    mkdirSync(dirname(path), { recursive: true });
    await writeCheckpoint(path, { about, parameters, optimiser: {} });
    const options = { engine, most: 100, seed: 1, helper: false };
    const found = await embeddingsOf(path, structures, options);
    const fromSeed = await embeddingsOf({ model, seed: 7 }, structures, options);
    for (const [k, x] of found.vectors.entries()) close(x, fromSeed.vectors[k], 1e-5, 'the same layers');
    const other = { ...about, model: { ...model, channels: 2 * model.channels } };
    await writeCheckpoint(path, { about: other, parameters, optimiser: {} });
    let message = '';
    await embeddingsOf(path, structures, options).catch((error: Error) => {
      message = error.message;
    });
    assert.match(message, /cannot be used|nothing can be copied/);
  }
});

test('atoms are drawn evenly, by structures and seed alone; every element has a family', () => {
  const structures = fc.sample(crystals({ minAtoms: 2, maxAtoms: 2 }), { numRuns: 50, seed: 2 });
  const once = drawAtoms(structures, 40, 1);
  assert.equal(once, drawAtoms(structures, 40, 1));
  assert.not.equal(once, drawAtoms(structures, 40, 2));
  const first = Array.from({ length: 40 }, (_, seed) => drawAtoms(structures, 40, seed))
    .flat()
    .filter(({ atom }) => atom === 0).length;
  // 1600 atoms: four standard deviations.
  assert.ok(Math.abs(first - 800) < 80, `${first} of 1600 are the first of two`);
  for (const [z, family] of [
    [8, 'oxygen'],
    [26, 'transition metals'],
    [57, 'lanthanides, actinides'],
    [71, 'lanthanides, actinides'],
    [72, 'transition metals'],
    [80, 'transition metals'],
    [81, 'p-block metals, metalloids'],
    [1, 'other non-metals'],
  ] as const)
    assert.is(familyOf(z), family);
});

test.run();
