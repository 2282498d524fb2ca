/**
 * Edges that break careless code: asymmetric and duplicate lists, very many neighbours, distances exactly at the cutoff
 * or at a knot, batches of all sizes; and gradients of training losses through tables, basis parameters included.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  collate,
  type Edges,
  indexOf,
  limitNeighbours,
  neighbours,
  type Structure,
  supercell,
} from '../../graph/index.ts';
import {
  applyCGCNN,
  atoms,
  type CGCNNConfig,
  cgcnnDefaults,
  edges,
  evaluateRadial,
  flattenParameters,
  forceFieldLoss,
  type GaussianBasis,
  gaussianBasis,
  graphInputs,
  initCGCNN,
  labelInputs,
  lossWeightInputs,
  withDerivatives,
} from '../../nn/index.ts';
import {
  cos,
  cpuEngine,
  type Feeds,
  gather,
  index,
  input,
  key,
  mul,
  referenceEngine,
  segmentMax,
  segmentSum,
  sum,
  type Tensor,
  uniform,
  unsqueeze,
  variable,
} from '../../tensor/index.ts';
import { initialValue } from '../../tensor/leaves.ts';
import { crystals } from '../../testing/index.ts';
import { feedGraph, feedLossWeights, trainingStep } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void => {
  assert.is(found.length, expected.length, `${what}: length`);
  const scale = Math.max(1e-12, ...Array.from(expected, Math.abs));
  for (let k = 0; k < expected.length; k++) {
    assert.ok(
      Math.abs(found[k] - expected[k]) <= tolerance * scale,
      `${what}[${k}]: ${found[k]}, expected ${expected[k]}`,
    );
  }
};
const engines = () => [referenceEngine(), cpuEngine({ precision: 'f64' }), cpuEngine({ precision: 'f64', threads: 3 })];

test('sums at targets and their transposes are products with the adjacency matrix, whatever the list', () =>
  check(
    fc.record({
      n: fc.integer({ min: 1, max: 9 }),
      pairs: fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 40 }),
    }),
    async ({ n, pairs }) => {
      // Neither symmetric nor sorted nor free of duplicates.
      const list = pairs.map(([i, j]) => [i % n, j % n] as const);
      const matrix = new Float64Array(n * n);
      for (const [i, j] of list) matrix[n * i + j] += 1;
      const [target, source, x, c] = [
        index(edges, atoms, 'target'),
        index(edges, atoms, 'source'),
        input([atoms, 3]),
        input([atoms, 3]),
      ];
      const y = segmentSum(gather(x, source), target);
      const [transposed] = grad(sum(mul(c, y)), [x]);
      const [xs, cs] = [uniform(key(1), 3 * n), uniform(key(2), 3 * n)];
      const feeds = new Map<Tensor, unknown>([
        [x, xs],
        [c, cs],
        [
          target,
          indexOf(
            Int32Array.from(list, ([i]) => i),
            n,
          ),
        ],
        [
          source,
          indexOf(
            Int32Array.from(list, ([, j]) => j),
            n,
          ),
        ],
      ]) as Feeds;
      const dense = (m: (i: number, j: number) => number, v: Float64Array) =>
        Float64Array.from({ length: 3 * n }, (_, k) => {
          let total = 0;
          for (let j = 0; j < n; j++) total += m(Math.floor(k / 3), j) * v[3 * j + (k % 3)];
          return total;
        });
      for (const engine of engines()) {
        const [sums, back] = await engine.compile({ outputs: [y, transposed] }).run(feeds);
        near(
          sums,
          dense((i, j) => matrix[n * i + j], xs),
          1e-13,
          `${engine.name}: sums`,
        );
        near(
          back,
          dense((i, j) => matrix[n * j + i], cs),
          1e-13,
          `${engine.name}: transpose`,
        );
      }
    },
  ));

test('rows with more than a thousand neighbours, empty rows beside them', async () => {
  const [rows, count, width] = [40_000, 7, 20];
  const [target, x] = [index(edges, atoms, 'target'), input([edges, width])];
  const values = Int32Array.from(uniform(key(3), rows), (u) => [0, 2, 2, 3, 6][Math.floor(5 * u)]);
  const xs = uniform(key(4), rows * width);
  const [sums, most] = [new Float64Array(count * width), new Float64Array(count * width)];
  values.forEach((row, k) => {
    for (let c = 0; c < width; c++) {
      sums[width * row + c] += cos1(xs[width * k + c]);
      most[width * row + c] = Math.max(most[width * row + c], xs[width * k + c]);
    }
  });
  const outputs = [segmentSum(cos(x), target), segmentMax(x, target)];
  const feeds = new Map<Tensor, unknown>([
    [target, indexOf(values, count)],
    [x, xs],
  ]) as Feeds;
  for (const engine of engines()) {
    const found = await engine.compile({ outputs }).run(feeds);
    near(found[0], sums, 1e-12, `${engine.name}: sums`);
    near(found[1], most, 0, `${engine.name}: maxima`);
  }
});
const cos1 = Math.cos;

test('a table is exact at its knots, at the first and last of them too', async () => {
  const inputs = graphInputs();
  const r = input([edges], 'r');
  const weight = variable([0.3, -1.1, 2], [3]);
  const f = (at: Tensor): Tensor => cos(mul(unsqueeze(at, 1), weight));
  const y = evaluateRadial(f, r, inputs, 'table');
  const outputs = [y, ...grad(sum(y), [r])];
  const exact = f(r);
  const [knots, cutoff] = [9, 4];
  const radii = Float64Array.from({ length: knots }, (_, k) => (k * cutoff) / (knots - 1));
  const atom = {
    id: 'a',
    numbers: Int32Array.of(1),
    positions: new Float64Array(3),
    cell: new Float64Array(9),
    periodic: [false, false, false],
  } as const;
  const list: Edges = {
    target: new Int32Array(knots),
    source: new Int32Array(knots),
    offset: new Int32Array(3 * knots),
    distance: radii,
  };
  const feeds = new Map([
    ...feedGraph(inputs, collate([{ structure: atom, edges: list }]), { cutoff, knots }),
    [r, radii],
  ]);
  for (const engine of engines()) {
    const [table, slope] = await engine.compile({ outputs }).run(feeds);
    const [value, exactSlope] = await engine.compile({ outputs: [exact, ...grad(sum(exact), [r])] }).run(feeds);
    near(table, value, 1e-13, `${engine.name}: values`);
    near(slope, exactSlope, 1e-12, `${engine.name}: slopes`);
  }
});

const small: CGCNNConfig = {
  ...cgcnnDefaults,
  dim1: 6,
  dim2: 5,
  gc_count: 2,
  post_fc_count: 1,
  edge_dim: 7,
  cutoff: 4,
};

/** A small CGCNN with labels and L2 losses (no kinks), its basis trainable. */
function smallNetwork(config: CGCNNConfig) {
  const parameters = initCGCNN(config, key(11));
  const fixed = gaussianBasis(config.edge_dim, config.cutoff, config.width);
  const trainable = (t: Tensor): Tensor => variable(initialValue(t) as Float64Array, t.shape);
  const basis: GaussianBasis = { centres: trainable(fixed.centres), coefficient: trainable(fixed.coefficient) };
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) => applyCGCNN(parameters, inputs, vectors, config, basis));
  const [labels, weights] = [labelInputs(), lossWeightInputs()];
  const loss = forceFieldLoss(predicted, labels, weights, { kind: 'L2' });
  const energyLoss = forceFieldLoss(predicted, labels, { energy: weights.energy }, { kind: 'L2' });
  const feeds = (structures: readonly Structure[], ratio: readonly [number, number, number], limit?: number): Feeds => {
    const batch = collate(
      structures.map((structure) => {
        const all = neighbours(structure, config.cutoff);
        return { structure, edges: limit === undefined ? all : limitNeighbours(all, { max: limit, rule: 'exact' }) };
      }),
    );
    const { structures: s, atoms: n } = batch.sizes;
    return new Map<Tensor, unknown>([
      ...feedGraph(inputs, batch, { cutoff: config.cutoff, knots: 40 }),
      ...feedLossWeights(weights, ratio),
      [labels.energy, uniform(key(21), s)],
      [labels.forces, uniform(key(22), 3 * n)],
      [labels.stress, uniform(key(23), 9 * s)],
    ]) as Feeds;
  };
  return { parameters, basis, loss, energyLoss, feeds };
}

test('a term that is left out is one of weight 0', () =>
  check(
    fc.array(crystals({ maxAtoms: 3 }), { minLength: 1, maxLength: 3 }),
    async (structures) => {
      const { parameters, loss, energyLoss, feeds } = smallNetwork(small);
      const fed = feeds(structures, [2, 0, 0], 11);
      const leaves = [...flattenParameters(parameters).values()];
      const engine = cpuEngine({ precision: 'f64' });
      const [whole, part] = await Promise.all(
        [loss, energyLoss].map((l) => engine.compile({ outputs: [l, ...grad(l, leaves)] }).run(fed)),
      );
      whole.forEach((expected, k) => {
        const largest = Math.max(...expected.map(Math.abs));
        expected.forEach((x, i) => {
          assert.ok(Math.abs(part[k][i] - x) <= 1e-12 * (1 + largest), `output ${k}: ${part[k][i]} for ${x}`);
        });
      });
    },
    10,
  ));

for (const filter of ['table', 'exact'] as const) {
  test(`gradients of energy, force and stress losses in weights and basis: ${filter} filters`, () =>
    check(
      fc.tuple(
        fc.array(crystals({ maxAtoms: 3 }), { minLength: 1, maxLength: 2 }),
        fc.constantFrom<readonly [number, number, number]>([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 3, 5]),
      ),
      async ([structures, ratio]) => {
        const { parameters, basis, loss, feeds } = smallNetwork({ ...small, filter });
        const fed = feeds(structures, ratio, 11);
        const named: [string, Tensor][] = [
          ...flattenParameters(parameters),
          ['centres', basis.centres],
          ['coefficient', basis.coefficient],
        ];
        const engine = cpuEngine({ precision: 'f64' });
        const plan = engine.compile({ outputs: [loss] });
        const gradients = await engine
          .compile({
            outputs: grad(
              loss,
              named.map(([, t]) => t),
            ),
          })
          .run(fed);
        const largest = Math.max(...gradients.flatMap((g) => Array.from(g, Math.abs)));
        for (const [k, [name, tensor]] of named.entries()) {
          const values = engine.read(tensor);
          const gradient = gradients[k];
          const element = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]) ? i : best), 0);
          const at = async (h: number) => {
            engine.write(
              tensor,
              values.map((v, i) => (i === element ? v + h : v)),
            );
            return (await plan.run(fed))[0][0];
          };
          const h = 1e-4;
          const slope = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
          engine.write(tensor, values);
          const allowed = 1e-8 * Math.max(largest, 1);
          assert.ok(
            Math.abs(slope - gradient[element]) <= allowed,
            `${name}[${element}]: ${gradient[element]}, differences give ${slope}`,
          );
        }
      },
      6,
    ));
}

test('two hundred steps with other atoms, edges, structures and rates compile nothing and hold memory', async () => {
  const { parameters, loss, feeds } = smallNetwork(small);
  const engine = cpuEngine();
  const training = trainingStep(engine, loss, parameters);
  const cell = (a: number) => Float64Array.of(a, 0, 0, 0, a, 0, 0, 0, a);
  const atom = (a: number): Structure => ({
    id: 'x',
    numbers: Int32Array.of(29),
    positions: Float64Array.of(0.1, 0.2, 0.3),
    cell: cell(a),
    periodic: [true, true, true],
  });
  // One atom without edges, one with, several, cells of many atoms.
  const batches: Structure[][] = [
    [supercell(atom(2.4), [3, 2, 2]), atom(30)],
    [atom(30)],
    [atom(3)],
    [atom(2.5), atom(30), supercell(atom(3), [2, 1, 1])],
    [],
  ];
  const before = engine.counters.compiles;
  let memory = 0;
  for (let step = 0; step < 200; step++) {
    const { loss: value } = await training.step(
      feeds(batches[step % batches.length], [1, step % 3, 2]),
      1e-3 / (1 + step),
    );
    // The mean over no structures is 0/0: an empty batch has no loss.
    if (batches[step % batches.length].length > 0 && step < 4)
      assert.ok(Number.isFinite(value), `step ${step}: loss ${value}`);
    if (step === 2 * batches.length) memory = engine.memoryBytes();
  }
  assert.is(engine.counters.compiles, before);
  assert.is(engine.memoryBytes(), memory);
});

test('the plan of a full-size training step: at most 16 sweeps over edges, nothing wide stored', async () => {
  for (const preset of ['paper', 'physical'] as const) {
    const config: CGCNNConfig = { ...cgcnnDefaults, cutoff: 5, preset };
    const { loss, parameters } = trainedNetwork(config);
    const report = (
      trainingStep(cpuEngine(), loss, parameters).plan as import('../../tensor/index.ts').CpuPlan
    ).report();
    assert.equal(report.stored, [], preset);
    assert.ok(report.streamedSweeps <= 16, `${preset}: ${report.streamedSweeps} sweeps`);
  }
});

/** The network as it is trained: fixed basis, L1. */
function trainedNetwork(config: CGCNNConfig) {
  const parameters = initCGCNN(config, key(1));
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) => applyCGCNN(parameters, inputs, vectors, config));
  const loss = forceFieldLoss(predicted, labelInputs(), lossWeightInputs());
  return { parameters, loss };
}

test.run();
