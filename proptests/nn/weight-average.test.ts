/**
 * Running means of weights: the weighted sum that defines them, for every step; training does not see them; saved and
 * restored they go on bit for bit.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  flattenParameters,
  type NamedArray,
  newestShare,
  type Parameters,
  readParameters,
  writeParameters,
} from '../../nn/index.ts';
import {
  add,
  cpuEngine,
  type Engine,
  type Feeds,
  fold,
  input,
  key,
  l1Loss,
  matmul,
  normal,
  referenceEngine,
  tanh,
  variable,
} from '../../tensor/index.ts';
import { reals } from '../../testing/index.ts';
import { type TrainingOptions, trainingStep } from '../support/by-tensor.ts';
import { check } from '../support/check.ts';

const engines: readonly (() => Engine)[] = [
  referenceEngine,
  () => cpuEngine({ threads: 1 }),
  () => cpuEngine({ threads: 2 }),
];
const NAMES = ['first.weight', 'first.bias', 'second.weight', 'second.bias'];

/** A regression with two layers; `aside` is a parameter that the loss does not reach. */
function regression(engine: Engine, seed: number, options: TrainingOptions) {
  const drawn = (name: string, shape: number[]) =>
    variable(
      normal(
        fold(key(seed), name),
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
      name,
    );
  const first = { weight: drawn('a', [3, 4]), bias: drawn('b', [4]) };
  const second = { weight: drawn('c', [4, 2]), bias: drawn('d', [2]) };
  const parameters: Parameters = { first, second, aside: drawn('e', [2]) };
  const [x, y] = [input([5, 3], 'x'), input([5, 2], 'y')];
  const hidden = tanh(add(matmul(x, first.weight), first.bias));
  const made = trainingStep(engine, l1Loss(add(matmul(hidden, second.weight), second.bias), y), parameters, options);
  return {
    trainingStep: made,
    parameters,
    read: () => readParameters(parameters, engine),
    write: (values: Record<string, NamedArray>) => writeParameters(parameters, engine, values),
    async step(k: number, rate: number) {
      const by = fold(key(5), k);
      const feeds: Feeds = new Map([
        [x, normal(fold(by, 'x'), 15)],
        [y, normal(fold(by, 'y'), 10)],
      ]);
      const { loss, norm } = await made.step(feeds, rate);
      return [loss, norm];
    },
  };
}

const decay = fc.oneof(reals({ low: 0.001, high: 0.999 }), fc.constantFrom(0.5, 0.9, 0.99, 0.999, 0.999999));
const training = fc.record({
  decay,
  rates: fc.array(reals({ low: 0, high: 0.3 }), { minLength: 1, maxLength: 12 }),
  frozen: fc.subarray(NAMES, { maxLength: 3 }),
  seed: fc.nat(1000),
});

for (const make of engines) {
  const { name } = make();
  const tolerance = name === 'reference' ? 1e-13 : 2e-6;

  test(`weights after step k of t count decay^(t - k), over their sum, at every t (${name})`, () =>
    check(
      training,
      async ({ decay, rates, frozen, seed }) => {
        const made = regression(make(), seed, { average: decay, frozen });
        const start = made.read();
        const trained = NAMES.filter((parameter) => !frozen.includes(parameter));
        const initial = made.trainingStep.averages()!;
        assert.equal(Object.keys(initial), trained, 'what is trained and reached, in order');
        for (const parameter of trained) assert.equal(initial[parameter], start[parameter], 'before the first step');
        const history: ReturnType<typeof made.read>[] = [];
        for (const [k, rate] of rates.entries()) {
          await made.step(k, rate);
          history.push(made.read());
          const counts = history.map((_, age) => decay ** (history.length - 1 - age));
          const total = counts.reduce((a, b) => a + b);
          const found = made.trainingStep.averages()!;
          for (const parameter of trained) {
            found[parameter].data.forEach((value: number, c: number) => {
              const expected = history.reduce((sum, now, age) => sum + counts[age] * now[parameter].data[c], 0) / total;
              const error = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
              assert.ok(error <= tolerance, `${parameter}[${c}], step ${k + 1}: ${value}, expected ${expected}`);
            });
          }
        }
      },
      10,
    ));

  test(`training does not see the means: the same bits as without them (${name})`, () =>
    check(
      training,
      async ({ decay, rates, frozen, seed }) => {
        const [plain, averaged] = [undefined, decay].map((average) =>
          regression(make(), seed, { frozen, average: average ?? null }),
        );
        assert.is(plain.trainingStep.averages(), undefined);
        for (const [k, rate] of rates.entries()) {
          assert.equal(await averaged.step(k, rate), await plain.step(k, rate));
        }
        assert.equal(averaged.read(), plain.read());
        const moments = Object.entries(averaged.trainingStep.state()).filter(([name]) => !name.endsWith('.average'));
        assert.equal(Object.fromEntries(moments), plain.trainingStep.state());
      },
      6,
    ));

  test(`n steps, saved, restored into a fresh training, m more: the same bits as n + m (${name})`, () =>
    check(
      fc.record({ training, cut: fc.nat() }),
      async ({ training: { decay, rates, frozen, seed }, cut }) => {
        const n = cut % (rates.length + 1);
        const options = { average: decay, frozen };
        const whole = regression(make(), seed, options);
        for (const [k, rate] of rates.entries()) await whole.step(k, rate);
        const first = regression(make(), seed, options);
        for (const [k, rate] of rates.slice(0, n).entries()) await first.step(k, rate);
        const [weights, state] = [first.read(), first.trainingStep.state()];
        const second = regression(make(), seed + 1, options);
        second.write(weights);
        second.trainingStep.restore(state, n);
        for (const [k, rate] of rates.slice(n).entries()) await second.step(n + k, rate);
        assert.equal(second.read(), whole.read());
        assert.equal(second.trainingStep.state(), whole.trainingStep.state());
        assert.equal(second.trainingStep.averages(), whole.trainingStep.averages());
      },
      8,
    ));
}

test('means begin with the weights as they are, transferred ones too', () => {
  const engine = referenceEngine();
  const made = regression(engine, 1, {});
  const twice = Object.fromEntries(
    Object.entries(made.read()).map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => 2 * x) }]),
  );
  made.write(twice);
  const bias = flattenParameters(made.parameters).get('first.bias')!;
  const again = trainingStep(engine, l1Loss(bias, input([4], 'y')), { bias }, { average: 0.9 });
  assert.equal(again.averages()!.bias, twice['first.bias']);
});

test('the newest weights count as the sum of a geometric series says', () =>
  check(
    fc.record({ decay, step: fc.integer({ min: 1, max: 400 }) }),
    ({ decay, step }) => {
      let sum = 0;
      for (let k = 0; k < step; k++) sum += decay ** k;
      const share = newestShare(decay, step);
      assert.ok(Math.abs(share * sum - 1) < 1e-13, `${share} * ${sum}`);
      assert.ok(Math.abs(newestShare(decay, 1) - 1) < 1e-15);
    },
    200,
  ));

test('a decay that is none, and a state with or without means that are not or are kept, are refused', () => {
  for (const average of [0, 1, -0.5, 2, Number.NaN]) {
    assert.throws(() => regression(referenceEngine(), 1, { average }), /decay between 0 and 1, got/);
  }
  const [plain, averaged] = [null, 0.9].map((average) => regression(referenceEngine(), 1, { average }));
  const state = averaged.trainingStep.state();
  assert.throws(() => plain.trainingStep.restore(state, 1), /Not trained here: first\.weight\.average.*averaged/);
  assert.throws(() => averaged.trainingStep.restore(plain.trainingStep.state(), 1), /Missing: first\.weight\.average/);
  assert.equal(averaged.trainingStep.state(), state);
});

test.run();
