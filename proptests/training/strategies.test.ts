/**
 * Strategies of pre-training by denoising: what the noise depends on, what each sign asks for, and which outputs turn with
 * the crystal. Which structures count as relaxed, and whole runs: denoising-runs.test.ts.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LabelledStructure } from '../../data/index.ts';
import { fitSources } from '../../data/sources.ts';
import { collate, displace, multiply, neighbours, type Structure, transform } from '../../graph/index.ts';
import { type Architecture, graphInputs, type Network, network } from '../../nn/index.ts';
import {
  cpuEngine,
  type Engine,
  type Feeds,
  fold,
  type Key,
  key,
  mul,
  normal,
  referenceEngine,
  type Tensor,
  variable,
} from '../../tensor/index.ts';
import { crystals, reals, rotations } from '../../testing/index.ts';
import { graphService } from '../../training/batches/graph-service.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { pretrainPreset } from '../../training/presets.ts';
import type { GivenPretraining, Task } from '../../training/task.ts';
import { denoising, noise } from '../../training/tasks/denoising.ts';
import { STRATEGIES, strategyOf } from '../../training/tasks/index.ts';
import { universe } from '../../universe/index.ts';
import { feedGraph } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

type Denoising = 'derivative-denoising' | 'head-denoising';
type Moved = Task<Float64Array>;
const CUTOFF = 4;
const labelled = (structure: Structure): LabelledStructure => ({ ...structure, properties: {}, arrays: {} });

interface Choice {
  readonly strategy?: Denoising;
  readonly architecture?: Architecture;
  readonly sigma?: number;
  readonly sign?: 'paper' | 'restoring';
  readonly batch?: number;
  readonly engine?: Engine;
}

/** What a strategy is given for these structures, all of which are learnt from, validated and tested on. */
async function given(structures: readonly Structure[], choice: Choice = {}): Promise<GivenPretraining> {
  const { strategy = 'derivative-denoising', architecture = 'cgcnn', sigma = 0.1, sign = 'paper', batch = 3 } = choice;
  const preset = pretrainPreset('smoke', architecture);
  const sizes = architecture === 'cgcnn' ? { convolutions: 1 } : { layers: 1, basis: 4 };
  const config: PretrainConfig = {
    ...preset,
    strategy,
    noise: { ...preset.noise, sigma, sign },
    model: {
      ...preset.model,
      ...sizes,
      cutoff: CUTOFF,
      channels: 4,
      hidden: 3,
      filter: 'exact',
    } as PretrainConfig['model'],
    training: { ...preset.training, batch: { structures: batch, edges: 1e6 } },
  };
  const all = structures.map((_, k) => k);
  return {
    config,
    training: config.training,
    network: network(config.model, 'add', fold(key(11), 'weights'), strategyOf(config).level),
    data: {
      structures: structures.map(labelled),
      sources: all.map(() => 'data'),
      fingerprints: [],
      split: { train: all, validation: all, test: all },
      references: fitSources([]),
      weights: [0, 0, 0],
      notes: [],
    },
    graphs: await graphService(structures, config.model, { helper: false }),
    engine: choice.engine ?? referenceEngine(),
    root: key(11),
  };
}
const learningOf = (it: GivenPretraining): Moved => STRATEGIES[it.config.strategy as Denoising].task(it) as Moved;

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
const shuffled = (count: number, by: Key): number[] => {
  const order = normal(by, count);
  return Array.from({ length: count }, (_, k) => k).sort((a, b) => order[a] - order[b]);
};

test('noise is a function of key, epoch and structure: the same in every batch, another in every epoch', () =>
  check(
    fc.record({ sizes, epoch: fc.nat(500), seed: fc.nat(), sigma: reals({ low: 1e-3, high: 2 }), cut: fc.nat() }),
    ({ sizes, epoch, seed, sigma, cut }) => {
      const of = (group: readonly number[], at = epoch, by = key(seed)) =>
        noise(group, at, { by, sigma, atoms: (k) => sizes[k] });
      const group = shuffled(sizes.length, key(seed + 1)).slice(0, 1 + (cut % sizes.length));
      const all = of(group);
      assert.equal(
        [...all],
        group.flatMap((k) => [...of([k])]),
      );
      for (const other of [of(group, epoch + 1), of(group, epoch, key(seed + 1))]) {
        assert.is(other.length, all.length);
        assert.ok(all.every((x, c) => x !== other[c]));
      }
      // Structures of one size do not share their noise.
      const first = new Set(group.map((k) => of([k])[0]));
      assert.is(first.size, group.length);
    },
    60,
  ));

/** Five standard errors: one in a million fails by chance. */
const ERRORS = 5;
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b) / list.length;

test('the spread is sigma, the mean zero, the shape normal, and epochs and structures have nothing in common', () =>
  check(
    fc.record({ sigma: reals({ low: 1e-3, high: 2 }), seed: fc.nat(), epoch: fc.nat(500) }),
    ({ sigma, seed, epoch }) => {
      const atoms = 1000;
      const of = (k: number, at: number) => [...noise([k], at, { by: key(seed), sigma, atoms: () => atoms })];
      const u = of(0, epoch).map((x) => x / sigma);
      const count = u.length;
      const bound = (variance: number) => ERRORS * Math.sqrt(variance / count);
      const within = (found: number, expected: number, variance: number, what: string) =>
        assert.ok(Math.abs(found - expected) < bound(variance), `${what}: ${found}, expected ${expected}`);
      within(mean(u), 0, 1, 'mean');
      within(mean(u.map((x) => x * x)), 1, 2, 'variance');
      within(mean(u.map(Math.abs)), Math.sqrt(2 / Math.PI), 1 - 2 / Math.PI, 'mean size');
      within(mean(u.map((x) => x ** 4)), 3, 96, 'fourth moment');
      for (const other of [of(0, epoch + 1), of(1, epoch)]) {
        within(mean(u.map((x, c) => (x * other[c]) / sigma)), 0, 1, 'correlation');
      }
    },
    20,
  ));

const someCrystals = fc.array(crystals({ maxAtoms: 3 }), { minLength: 2, maxLength: 4 });

test('prepared atoms are displaced by noise, labels are +n (paper, head) or -n / sigma (restoring), in any batches', () =>
  check(
    fc.record({
      structures: someCrystals,
      sigma: reals({ low: 0.01, high: 0.3 }),
      sign: fc.constantFrom('paper' as const, 'restoring' as const),
      strategy: fc.constantFrom('derivative-denoising' as const, 'head-denoising' as const),
      epoch: fc.nat(50),
      seed: fc.nat(),
    }),
    async ({ structures, epoch, seed, ...choice }) => {
      const { sigma, sign, strategy } = choice;
      const it = await given(structures, choice);
      const learning = learningOf(it);
      const factor = strategy === 'head-denoising' || sign === 'paper' ? 1 : -1 / sigma;
      const by = fold(fold(it.root, 'noise'), 'train');
      const expected = (k: number, at = epoch) =>
        noise([k], at, { by, sigma, atoms: () => structures[k].numbers.length });
      const group = shuffled(structures.length, key(seed));
      for (const part of [group, group.slice(1), [group[0]]]) {
        const { graph, labels } = await learning.prepare(part, epoch);
        const moved = part.flatMap((k) => [...expected(k)]);
        const still = part.flatMap((k) => [...structures[k].positions]);
        assert.equal(
          [...graph.positions],
          still.map((x, c) => x + moved[c]),
        );
        assert.equal(
          [...labels],
          moved.map((x) => factor * x),
        );
      }
      const later = await learning.prepare(group, epoch + 1);
      assert.equal(
        [...later.labels],
        group.flatMap((k) => [...expected(k, epoch + 1)].map((x) => factor * x)),
      );
    },
    12,
  ));

/** A potential energy -s/2 |x|^2 an atom about the origin: forces s x. Trained or not, it is what `s` says. */
const parabola = (s: Tensor): Network => ({
  name: 'parabola',
  parameters: { s },
  size: 1,
  grid: { cutoff: CUTOFF },
  head: [],
  apply: () => s,
  embed: () => s,
});

test('a bowl of stiffness 1/sigma is what restoring asks for, a hill what the paper asks for', () =>
  check(
    fc.record({
      cells: fc.array(reals({ low: 2, high: 5 }), { minLength: 1, maxLength: 6 }),
      sigma: reals({ low: 0.02, high: 0.5 }),
      slope: fc.option(reals({ low: -20, high: 20 })),
      isBowl: fc.boolean(),
      batch: fc.integer({ min: 1, max: 6 }),
    }),
    async ({ cells, sigma, slope, isBowl, batch }) => {
      const one = (a: number): Structure => ({
        id: `cube ${a}`,
        numbers: Int32Array.of(13),
        positions: new Float64Array(3),
        cell: Float64Array.of(a, 0, 0, 0, a, 0, 0, 0, a),
        periodic: [true, true, true],
      });
      const s = slope ?? (isBowl ? -1 / sigma : 1);
      for (const sign of ['paper', 'restoring'] as const) {
        const it = await given(cells.map(one), { sigma, sign, batch });
        const factor = sign === 'paper' ? 1 : -1 / sigma;
        const stiffness = variable([s], [], 's');
        const learning = denoising(
          { ...it, network: parabola(stiffness) },
          (inputs) => mul(stiffness, inputs.positions),
          factor,
        );
        const size = (part: string, epoch: number) =>
          mean(
            [
              ...noise(it.data.split.train, epoch, { by: fold(fold(it.root, 'noise'), part), sigma, atoms: () => 1 }),
            ].map(Math.abs),
          );
        const near = (found: number, expected: number, what: string) =>
          assert.ok(Math.abs(found - expected) <= 1e-12 * (1 + Math.abs(expected)), `${what}: ${found}, ${expected}`);
        const validated = await learning.validate();
        near(validated.loss, Math.abs(s - factor) * size('validation', 0), `loss, ${sign}`);
        near(validated.noise, Math.abs(s / factor - 1) * size('validation', 0), `error in Angstrom, ${sign}`);
        const prepared = await learning.prepare(it.data.split.train, 4);
        near((await learning.step(prepared, 0)).loss, Math.abs(s - factor) * size('train', 4), `step, ${sign}`);
      }
    },
    20,
  ));

/** What the network of a strategy says of crystals as they are, [atoms, 3], through the very plan that validates. */
async function outputsOf(strategy: Denoising, architecture: Architecture) {
  const compiled: { readonly run: (feeds: Feeds) => Promise<Float64Array[]>; last: Feeds }[] = [];
  const engine = cpuEngine({ precision: 'f64', threads: 1 });
  const spied: Engine = {
    ...engine,
    compile(program) {
      const plan = engine.compile(program);
      const one = { run: (feeds: Feeds) => plan.run(feeds), last: new Map() as Feeds };
      compiled.push(one);
      return {
        run: (feeds = new Map()) => {
          one.last = feeds;
          return plan.run(feeds);
        },
      };
    },
  };
  const any = fc.sample(crystals({ minAtoms: 2 }), { numRuns: 1, seed: 1 });
  const learning = learningOf(await given(any, { strategy, architecture, engine: spied, sign: 'paper' }));
  await learning.validate();
  const { run, last } = compiled[0];
  const leaves = [...last.keys()];
  return async (structures: readonly Structure[]): Promise<Float64Array> => {
    const graph = collate(structures.map((structure) => ({ structure, edges: neighbours(structure, CUTOFF) })));
    const values = [...feedGraph(graphInputs(), graph, learning.network.grid).values()];
    return (await run(new Map(leaves.map((leaf, k) => [leaf, values[k]]))))[0];
  };
}

function near(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.is(found.length, expected.length, what);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let k = 0; k < expected.length; k++) {
    assert.ok(Math.abs(found[k] - expected[k]) <= 1e-9 * scale, `${what}[${k}]: ${found[k]}, ${expected[k]}`);
  }
}

/** Rounding must not decide about an edge. */
const safe = crystals({ minAtoms: 2, maxAtoms: 4 }).filter((s) =>
  neighbours(s, CUTOFF + 1e-6).distance.every((r) => r <= CUTOFF - 1e-6),
);
const architectures: readonly Architecture[] = ['cgcnn', 'torchmd-et'];

for (const architecture of architectures) {
  test(`derivative denoising: forces turn with the crystal and add up to zero (${architecture})`, async () => {
    const outputs = await outputsOf('derivative-denoising', architecture);
    await check(fc.tuple(safe, safe, rotations()), async ([s, other, r]) => {
      const [still, turned] = [await outputs([s, other]), await outputs([transform(s, r), other])];
      const count = 3 * s.numbers.length;
      near(turned.subarray(0, count), multiply(still.subarray(0, count), r), 'turned');
      near(turned.subarray(count), still.subarray(count), 'the other one');
      for (let c = 0; c < 3; c++) {
        const own = [...still.subarray(0, count)].filter((_, k) => k % 3 === c);
        near([own.reduce((a, b) => a + b)], [0], 'net force');
      }
    });
  });
}

test('head denoising with the equivariant transformer: outputs turn with the crystal', async () => {
  const outputs = await outputsOf('head-denoising', 'torchmd-et');
  let [zero, other] = [0, 0];
  await check(fc.tuple(safe, rotations()), async ([s, r]) => {
    const still = await outputs([s]);
    // Atoms that see nothing but their own images have no direction.
    if (still.every((x) => x === 0)) zero++;
    else other++;
    near(await outputs([transform(s, r)]), multiply(still, r), 'turned');
  });
  assert.ok(other > zero, `${zero} structures without any output, ${other} with`);
});

/** None, and about x, y and z. Over these, a vector sums to zero: for |x| <= |a|, |x - a| + |x + a| >= 2 |a|. */
const HALF_TURNS = [
  [1, 1, 1],
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
].map(([x, y, z]) => Float64Array.of(x, 0, 0, 0, y, 0, 0, 0, z));

test('head denoising with CGCNN: outputs do not turn, so over half-turns no error is below that of saying nothing', async () => {
  const outputs = await outputsOf('head-denoising', 'cgcnn');
  await check(
    fc.record({ s: safe, turn: rotations(), sigma: reals({ low: 0.01, high: 0.5 }), seed: fc.nat() }),
    async ({ s, turn: r, sigma, seed }) => {
      const still = await outputs([s]);
      assert.ok(still.some((x) => x !== 0));
      near(await outputs([transform(s, r)]), still, 'turned');
      const moved = noise([0], 0, { by: key(seed), sigma, atoms: () => s.numbers.length });
      const displaced = displace(s, moved);
      let [error, zero] = [0, 0];
      for (const turn of HALF_TURNS) {
        const found = await outputs([transform(displaced, turn)]);
        const wanted = multiply(moved, turn);
        wanted.forEach((x, c) => {
          error += Math.abs(found[c] - x);
          zero += Math.abs(x);
        });
      }
      assert.ok(error >= zero * (1 - 1e-9), `${error} < ${zero}`);
    },
  );
});

test('a network says so if the weight of energies was 0, and only then', async () => {
  const structures = await universe({ count: 2, seed: 1, maxAtoms: 2 });
  const it = await given(structures);
  for (const weights of [
    [0, 1, 0],
    [1, 1, 0],
  ] as const) {
    const { meaning } = STRATEGIES.forces.task({ ...it, data: { ...it.data, weights } });
    assert.is((meaning as { energyLearnt?: boolean }).energyLearnt, weights[0] === 0 ? false : undefined);
  }
});

test.run();
