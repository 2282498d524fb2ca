/**
 * The training loop on made-up validation losses and a small regression: patience ends it where it must and changes
 * nothing before; means of weights are what is validated and kept, and training goes on as if they were not there;
 * stopped anywhere and resumed, the files have the same bytes. Killed processes: resume.test.ts.
 */

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { collate } from '../../graph/index.ts';
import { readParameters, trainingStep } from '../../nn/index.ts';
import {
  add,
  cpuEngine,
  type Engine,
  type Feed,
  fold,
  input,
  key,
  l1Loss,
  matmul,
  type Named,
  normal,
  referenceEngine,
  variable,
} from '../../tensor/index.ts';
import { reals } from '../../testing/index.ts';
import type { TrainingConfig } from '../../training/config.ts';
import { type EpochLine, type RunControl, type Setup, type Trained, train } from '../../training/loop.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { BEST, LAST, readCheckpoint } from '../../training/run-folder/checkpoint.ts';
import { openRun, type RunFolder } from '../../training/run-folder/folder.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';

const preset = pretrainPreset('smoke');
const BATCHES = 2;
/** A regression has no crystals. */
const noGraph = collate([]);
type Weights = Record<string, ArrayLike<number>>;
const numbersOf = (values: Record<string, { readonly data: ArrayLike<number> }>): Weights =>
  Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...(data as Float64Array)]]));

/** A linear regression. `losses`: of the validations after epochs 0, 1, ...; `seen`: the weights of each validation. */
function regression(engine: Engine, training: TrainingConfig, losses: readonly number[]) {
  const drawn = (name: string, shape: number[], count: number) =>
    variable(normal(fold(key(3), name), count), shape, name);
  const parameters = { weight: drawn('w', [3, 2], 6), bias: drawn('b', [2], 2) };
  const [x, y] = [input([4, 3], 'x'), input([4, 2], 'y')];
  const optimiser = trainingStep<Named>({
    inputs: { x, y },
    loss: l1Loss(add(matmul(x, parameters.weight), parameters.bias), y),
    parameters,
    engine,
    clip: training.clip,
    average: training.average,
  });
  const seen: Weights[] = [];
  const raw: Weights[] = [];
  const setup: Setup = {
    engine,
    about: { task: 'pretrain', preset: 'smoke', model: preset.model, meaning: null },
    groups: (epoch) => Array.from({ length: BATCHES }, (_, k) => [BATCHES * epoch + k]),
    structures: () => [],
  };
  const task: Trained<Record<string, Feed>> = {
    network: { parameters },
    trainingStep: optimiser,
    prepare: async ([k]) => ({
      graph: noGraph,
      labels: { x: normal(fold(fold(key(5), k), 'x'), 12), y: normal(fold(fold(key(5), k), 'y'), 8) },
    }),
    async step({ labels }, rate) {
      const result = await optimiser.step(labels, rate);
      raw.push(numbersOf(readParameters(parameters, engine)));
      return result;
    },
    async validate() {
      seen.push(numbersOf(readParameters(parameters, engine)));
      return { loss: losses[optimiser.steps / BATCHES] };
    },
  };
  return { task, setup, seen, raw };
}

const calm: RunControl = { checkpointSeconds: 1e9, stop: () => false, helper: false };
const bytes = (folder: RunFolder, name: string) => readFileSync(folder.file(name), 'latin1');
const linesOf = (folder: RunFolder): EpochLine[] =>
  bytes(folder, 'metrics.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A run in a new folder, from start to end. */
async function trained(training: TrainingConfig, losses: readonly number[], engine = referenceEngine()) {
  const folder = openRun(fresh(), false);
  const { task, setup, seen, raw } = regression(engine, training, losses);
  let early: number[] | undefined;
  const best = await train(task, setup, folder, training, calm, { early: (...epochs) => (early = epochs) });
  return { folder, seen, raw, best, early };
}

/** Few different losses, so that equal ones and long waits are common. */
const losses = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 14 });
const options = fc.record({
  losses,
  patience: fc.integer({ min: 1, max: 5 }),
  schedule: fc.constantFrom('plateau' as const, 'constant' as const, 'cosine' as const),
  learningRate: reals({ low: 0.001, high: 0.1 }),
  average: fc.option(reals({ low: 0.05, high: 0.999 })),
});
const configOf = ({ losses, ...rest }: { losses: readonly number[] } & Partial<TrainingConfig>): TrainingConfig => ({
  ...preset.training,
  epochs: losses.length - 1,
  ...rest,
});

/** The epoch after which patience is at its end, by looking back from every epoch. */
function lastEpoch(losses: readonly number[], patience: number): number {
  for (let epoch = patience; epoch < losses.length; epoch++) {
    const before = Math.min(...losses.slice(0, epoch - patience + 1));
    if (losses.slice(epoch - patience + 1, epoch + 1).every((loss) => loss >= before)) return epoch;
  }
  return losses.length - 1;
}

test('patience ends after so many epochs without a lower loss; what came before is as without it', () =>
  check(
    options,
    async ({ patience, ...rest }) => {
      const { losses, schedule } = rest;
      const config = configOf(rest);
      const [ended, whole] = [await trained({ ...config, patience }, losses), await trained(config, losses)];
      const last = lastEpoch(losses, patience);
      assert.is(linesOf(ended.folder).at(-1)!.epoch, last);
      assert.is(linesOf(whole.folder).length, losses.length);
      assert.is(whole.early, undefined);
      assert.ok(bytes(whole.folder, 'metrics.jsonl').startsWith(bytes(ended.folder, 'metrics.jsonl')), 'a prefix');
      assert.equal(ended.seen, whole.seen.slice(0, last + 1));
      const best = losses.indexOf(Math.min(...losses.slice(0, last + 1)));
      assert.is(ended.best, best);
      assert.equal(ended.early, last < config.epochs ? [last, best] : undefined);
      assert.equal(numbersOf(readCheckpoint(ended.folder.file(BEST)).parameters), whole.seen[best]);
      // A cosine knows how long the training was to be; without one, it is the run that was told to end there.
      if (schedule === 'cosine') return;
      const told = await trained({ ...config, epochs: last }, losses);
      for (const name of ['metrics.jsonl', BEST, LAST]) assert.is(bytes(ended.folder, name), bytes(told.folder, name));
    },
    40,
  ));

for (const make of [referenceEngine, () => cpuEngine({ threads: 1 })]) {
  const tolerance = make().name === 'reference' ? 1e-12 : 2e-6;
  test(`means are validated and kept as best, the weights trained and kept as last (${make().name})`, () =>
    check(
      fc.record({ losses, average: reals({ low: 0.05, high: 0.999 }), learningRate: reals({ low: 0.001, high: 0.1 }) }),
      async (drawn) => {
        const { losses, average } = drawn;
        const config = configOf(drawn);
        const averaged = await trained(config, losses, make());
        const plain = await trained({ ...config, average: null }, losses, make());
        assert.equal(averaged.raw, plain.raw, 'training does not see the means');
        assert.equal(averaged.seen[0], plain.seen[0], 'untrained');
        for (let epoch = 1; epoch < losses.length; epoch++) {
          const history = plain.raw.slice(0, BATCHES * epoch);
          assert.equal(plain.seen[epoch], history.at(-1));
          for (const [name, values] of Object.entries(averaged.seen[epoch])) {
            for (let c = 0; c < values.length; c++) {
              let [sum, total] = [0, 0];
              for (const now of history) {
                sum = average * sum + now[name][c];
                total = average * total + 1;
              }
              const error = Math.abs(values[c] - sum / total) / Math.max(1, Math.abs(sum / total));
              assert.ok(error <= tolerance, `${name}[${c}], epoch ${epoch}: ${values[c]}, expected ${sum / total}`);
            }
          }
        }
        const best = losses.indexOf(Math.min(...losses));
        assert.is(averaged.best, best);
        assert.equal(numbersOf(readCheckpoint(averaged.folder.file(BEST)).parameters), averaged.seen[best]);
        assert.equal(numbersOf(readCheckpoint(averaged.folder.file(LAST)).parameters), plain.raw.at(-1));
        assert.not(existsSync(averaged.folder.file('offending-batch.extxyz.gz')));
      },
      8,
    ));
}

test('stopped before any step, and again, and resumed: the same bytes, with patience and means', () =>
  check(
    fc.record({ drawn: options, stops: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }), often: fc.boolean() }),
    async ({ drawn: { patience, ...rest }, stops, often }) => {
      const { losses } = rest;
      const config = { ...configOf(rest), patience };
      const whole = await trained(config, losses);
      const folder = openRun(fresh(), false);
      let best: number | undefined;
      for (const steps of [...stops, Number.POSITIVE_INFINITY]) {
        let left = steps;
        // Another engine each time: nothing but the folder remembers.
        const { task, setup } = regression(referenceEngine(), config, losses);
        const control = { ...calm, checkpointSeconds: often ? 0 : 1e9, stop: () => left-- <= 0 };
        best = await train(task, setup, folder, config, control);
      }
      assert.is(best, whole.best);
      for (const name of ['metrics.jsonl', BEST, LAST]) assert.is(bytes(folder, name), bytes(whole.folder, name), name);
    },
    30,
  ));

test.run();
