/**
 * What a training remembers, and what it leaves alone: saved and restored it goes on bit for bit; frozen parameters keep
 * their bits, take no part in the norm, and their gradients are not computed.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import { collate, neighbours } from '../../graph/index.ts';
import {
  applyCGCNN,
  cgcnnDefaults,
  countParameters,
  flattenParameters,
  forceFieldLoss,
  graphInputs,
  initCGCNN,
  labelInputs,
  lossWeightInputs,
  type NamedArray,
  readParameters,
  readSafetensors,
  structures,
  withDerivatives,
  writeParameters,
  writeSafetensors,
} from '../../nn/index.ts';
import {
  cpuEngine,
  type Engine,
  type Feeds,
  fold,
  key,
  mul,
  normal,
  type Program,
  referenceEngine,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  variable,
} from '../../tensor/index.ts';
import { topological } from '../../tensor/tensor.ts';
import { crystals } from '../../testing/index.ts';
import { feedGraph, type TrainingOptions, trainingStep } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

const config = { ...cgcnnDefaults, dim1: 5, dim2: 4, gc_count: 2, post_fc_count: 2, edge_dim: 4, cutoff: 3.5 };
const names = [...flattenParameters(initCGCNN(config, key(0))).keys()];
const engines: readonly (() => Engine)[] = [referenceEngine, () => cpuEngine(), () => cpuEngine({ threads: 2 })];

/** A small network, its loss of energies and forces, and a trainingStep for it in an engine of its own. */
function training(engine: Engine, seed: number, options: TrainingOptions = {}) {
  const parameters = initCGCNN(config, key(seed));
  const inputs = graphInputs();
  const predicted = withDerivatives(inputs, (vectors) =>
    reshape(applyCGCNN(parameters, inputs, vectors, config), [structures]),
  );
  const [labels, weights] = [labelInputs(), lossWeightInputs()];
  const loss = forceFieldLoss(predicted, labels, weights);
  let program: Program = { outputs: [] };
  const spied: Engine = {
    ...engine,
    compile: (p) => {
      program = p;
      return engine.compile(p);
    },
  };
  const made = trainingStep(spied, loss, parameters, options);
  const feeds = (batch: Batch, step: number): Feeds => {
    const noise = fold(key(17), step);
    const atoms = batch.structure.count;
    return new Map<Tensor, unknown>([
      ...feedGraph(inputs, batch, { cutoff: config.cutoff }),
      [weights.energy, [1]],
      [weights.forces, [1]],
      [weights.stress, [0]],
      [labels.energy, normal(fold(noise, 'energy'), atoms)],
      [labels.forces, normal(fold(noise, 'forces'), 3 * batch.sizes.atoms)],
      [labels.stress, new Float64Array(9 * atoms)],
    ]) as Feeds;
  };
  return {
    parameters,
    loss,
    trainingStep: made,
    program: () => program,
    feeds,
    read: () => readParameters(parameters, engine),
    write: (values: Record<string, NamedArray>) => writeParameters(parameters, engine, values),
    async run(batch: Batch, from: number, count: number) {
      const results: number[] = [];
      for (let k = from; k < from + count; k++) {
        const { loss: value, norm } = await made.step(feeds(batch, k), 1e-2);
        results.push(value, norm);
      }
      return results;
    },
  };
}

type Batch = ReturnType<typeof collate>;
const batches: fc.Arbitrary<Batch> = fc
  .array(crystals({ maxAtoms: 3 }), { minLength: 1, maxLength: 2 })
  .map((list) => collate(list.map((structure) => ({ structure, edges: neighbours(structure, config.cutoff) }))));

/** Through a file, as a checkpoint does: float32 for an engine of float32. */
function throughFile(values: Record<string, NamedArray>, engine: Engine): Record<string, NamedArray> {
  const dtype = engine.name === 'cpu' ? 'F32' : 'F64';
  const saved = Object.entries(values).map(([name, { shape, data }]) => [
    name,
    { dtype, shape, data: Float64Array.from(data) } as const,
  ]);
  return readSafetensors(writeSafetensors(Object.fromEntries(saved))).tensors;
}

for (const make of engines) {
  const { name } = make();
  test(`n steps, saved, restored into a fresh training, m more: the same bits as n + m (${name})`, () =>
    check(
      fc.record({
        batch: batches,
        n: fc.integer({ min: 0, max: 3 }),
        m: fc.integer({ min: 1, max: 3 }),
        frozen: fc.subarray(names, { maxLength: 4 }),
      }),
      async ({ batch, n, m, frozen }) => {
        const whole = training(make(), 1, { frozen });
        const history = await whole.run(batch, 0, n + m);

        const engine = make();
        const first = training(engine, 1, { frozen });
        await first.run(batch, 0, n);
        const saved = throughFile({ ...first.read() }, engine);
        const moments = throughFile(first.trainingStep.state(), engine);
        // Another run may go on: what was saved is a copy.
        await first.run(batch, n, 1);

        const second = training(make(), 2, { frozen });
        second.write(saved);
        second.trainingStep.restore(moments, n);
        assert.equal(await second.run(batch, n, m), history.slice(2 * n), 'losses and norms');
        assert.equal(second.read(), whole.read());
        assert.equal(second.trainingStep.state(), whole.trainingStep.state());
        assert.is(second.trainingStep.steps, n + m);
      },
      4,
    ));

  test(`frozen parameters keep their bits, the others move as if they were alone (${name})`, () =>
    check(
      fc.record({ batch: batches, frozen: fc.subarray(names, { minLength: 1, maxLength: names.length - 2 }) }),
      async ({ batch, frozen }) => {
        // Without a limit on the norm, one step of a parameter depends on its own gradient alone.
        const options: TrainingOptions = { clip: Number.POSITIVE_INFINITY };
        const [free, held] = [training(make(), 3, options), training(make(), 3, { ...options, frozen })];
        const start = held.read();
        await free.run(batch, 0, 1);
        await held.run(batch, 0, 1);
        const [moved, kept] = [free.read(), held.read()];
        for (const parameter of names) {
          const expected = frozen.includes(parameter) ? start : moved;
          // AdamW divides by the size of a gradient: where that is noise, float32 has no digits to compare.
          if (frozen.includes(parameter) || name === 'reference') {
            near(kept[parameter].data, expected[parameter].data, frozen.includes(parameter) ? 0 : 1e-6, parameter);
          }
        }
        await held.run(batch, 1, 3);
        const after = held.read();
        for (const parameter of frozen) assert.equal(after[parameter], start[parameter], parameter);
        assert.ok(
          names.some((parameter) => !frozen.includes(parameter) && differs(after[parameter], start[parameter])),
        );
        const expected = names.filter((p) => !frozen.includes(p) && !held.trainingStep.unreached.includes(p));
        assert.equal(
          Object.keys(held.trainingStep.state()),
          expected.flatMap((p) => [`${p}.first`, `${p}.second`]),
        );
      },
      4,
    ));
}

const differs = (a: NamedArray, b: NamedArray): boolean => a.data.some((x: number, k: number) => x !== b.data[k]);

/** Equal to a relative tolerance. */
function near(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    assert.ok(error <= tolerance * Math.max(1, Math.abs(expected[k])), `${what}[${k}]: ${found[k]}, ${expected[k]}`);
  }
}

test('the norm is that of the gradients of what is trained; the others are not in the plan', () =>
  check(
    fc.record({ batch: batches, frozen: fc.subarray(names, { minLength: 1, maxLength: names.length - 1 }) }),
    async ({ batch, frozen }) => {
      const engine = referenceEngine();
      const made = training(engine, 4, { frozen });
      const nodes = new Set(topological([...made.program().outputs, ...made.program().updates!.map(([, v]) => v)]));
      const flat = flattenParameters(made.parameters);
      for (const [name, parameter] of flat) {
        // Equal expressions are one node, so a gradient that a plan computes is found in it.
        const [gradient] = grad(made.loss, [parameter]);
        const trained = !frozen.includes(name) && !made.trainingStep.unreached.includes(name);
        if (gradient.op.name !== 'broadcast') assert.is(nodes.has(gradient), trained, name);
        assert.is(
          made.program().updates!.some(([v]) => v === parameter),
          trained,
          `update of ${name}`,
        );
      }
      const trained = [...flat].filter(([name]) => !frozen.includes(name)).map(([, parameter]) => parameter);
      const gradients = await engine.compile({ outputs: grad(made.loss, trained) }).run(made.feeds(batch, 0));
      const norm = Math.hypot(...gradients.flatMap((g) => [...g]));
      near([(await made.run(batch, 0, 1))[1]], [norm], 1e-12, 'norm');
    },
    10,
  ));

test('a parameter under two names is one parameter', async () => {
  const after = async (engine: Engine, twice: boolean, frozen: readonly string[] = []) => {
    const [w, v] = [variable([1, -2], [2]), variable([0.5, 3], [2])];
    const loss = sum(square(sub(mul(w, v), 1)));
    const parameters = { encoder: { w }, v, ...(twice ? { decoder: { w } } : {}) };
    const made = trainingStep(engine, loss, parameters, { clip: 0.1, average: 0.9, frozen });
    const seen = [];
    for (let k = 0; k < 3; k++) seen.push((await made.step(new Map(), 0.1)).norm);
    return { seen, state: made.state(), w: [...engine.read(w)], v: [...engine.read(v)], means: made.averages()! };
  };
  for (const engine of engines) {
    const [once, twice] = [await after(engine(), false), await after(engine(), true)];
    assert.equal(twice.means['decoder.w'], once.means['encoder.w']);
    assert.equal({ ...twice, means: 0 }, { ...once, means: 0 });
    assert.equal((await after(engine(), true, ['decoder.w'])).w, [1, -2]);
  }
  const w = variable([1, -2], [2]);
  assert.is(countParameters({ encoder: { w }, decoder: { w } }), 2);
});

test('what does not fit is refused, and nothing is changed', async () => {
  const engine = referenceEngine();
  const one = training(engine, 1);
  const state = one.trainingStep.state();
  const [name, ...rest] = Object.keys(state);
  const { [name]: first, ...without } = state;
  const changed = { ...state, [rest[0]]: { shape: [2, 2], data: [1, 2, 3, 4] } };
  const ones = Object.fromEntries(
    Object.entries(changed).map(([key, array]) => [key, { ...array, data: Array.from(array.data, () => 1) }]),
  );
  const broken: [message: RegExp, state: Record<string, NamedArray>, steps: number][] = [
    [/Missing: pre_lin_list.0.weight.first. Not trained here: none.*frozen/, without, 1],
    [/Missing: none. Not trained here: other.first/, { ...state, 'other.first': first }, 1],
    [/pre_lin_list.0.weight.second should have shape.*has \[2, 2\]/, ones, 1],
    [/with 1 numbers/, { ...state, [name]: { ...first, data: [1] } }, 1],
    [/steps taken.*got -1/, state, -1],
    [/steps taken.*got 1.5/, state, 1.5],
  ];
  for (const [message, given, steps] of broken) {
    assert.throws(() => one.trainingStep.restore(given, steps), message);
    assert.equal(one.trainingStep.state(), state, 'moments are untouched');
    assert.is(one.trainingStep.steps, 0);
  }
  assert.throws(() => training(engine, 1, { frozen: ['lin_out'] }), /cannot freeze lin_out.*pre_lin_list.0.weight/);
  assert.throws(() => training(engine, 1, { frozen: names }), /any parameter that is not frozen/);
});

test.run();
