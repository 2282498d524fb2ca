/**
 * AdamW with clipping, and the plateau schedule, against the golden trajectories.
 *
 * The gradients are given, so this tests the optimiser alone. A tensor whose gradient is always zero only decays.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AdamWOptions, adamW } from '../../nn/optim/adamw.ts';
import { clipByNorm } from '../../nn/optim/clip.ts';
import { plateauStart, plateauStep } from '../../nn/optim/learning-rate.ts';
import { cpuEngine, type Engine, input, referenceEngine, type Tensor, variable } from '../../tensor/index.ts';
import { goldens, needs } from '../support/folders.ts';
import { close } from '../tensor/support.ts';

type Values = number[] | { shape: number[]; data: number[] };
interface File {
  adamw: {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay: number;
    clip_norm: number;
    start: Record<string, Values>;
    steps: ({ grad: Values; total_norm: number } & Record<string, Values>)[];
  };
  plateau: {
    factor: number;
    patience: number;
    min_lr: number;
    threshold: number;
    eps: number;
    initial_lr: number;
    metrics: number[];
    lr_after: number[];
  };
}

const file = resolve(goldens, 'optim/optim.json');
const read = (): File => JSON.parse(readFileSync(file, 'utf8'));
const data = (x: Values): number[] => (Array.isArray(x) ? x : x.data);
const shapeOf = (x: Values): number[] => (Array.isArray(x) ? [x.length] : x.shape);

const engines: [Engine, number][] = [
  [referenceEngine(), 1e-12],
  [cpuEngine({ precision: 'f64' }), 1e-12],
  [cpuEngine(), 2e-6],
];
for (const [engine, tolerance] of engines) {
  needs(file, test, `AdamW with clipping on ${engine.name} (${tolerance})`, async () => {
    const { lr, betas, eps, weight_decay, clip_norm, start, steps } = read().adamw;
    const options: AdamWOptions = { beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay: weight_decay };
    const names = ['p', 'z'] as const;
    const parameters = names.map((name) => variable(data(start[name]), shapeOf(start[name]), name));
    const untouched = variable([1.5, 2.5], [2], 'unreached');
    const given = [...parameters, untouched].map((p) => input(p.shape, 'gradient'));
    const clipped = clipByNorm(given.slice(0, 2), clip_norm);
    const adam = adamW(options)([...parameters, untouched], [...clipped.gradients, given[2]], [true, true, false]);
    const plan = engine.compile({ outputs: [clipped.norm, ...clipped.gradients], updates: adam.updates });
    assert.is(adam.memory.length, 4, 'no moments for an unreached parameter');
    for (const [k, step] of steps.entries()) {
      const gradient = data(step.grad);
      const z = data(step.z);
      const [norm, scaled] = await plan.run(
        new Map<Tensor, ArrayLike<number>>([
          [given[0], gradient],
          [given[1], new Float64Array(z.length)],
          ...adam.feed(k + 1, lr),
        ]) as Map<Tensor, number[]>,
      );
      const coefficient = Math.min(1, clip_norm / (step.total_norm + 1e-6));
      close(norm, [step.total_norm], tolerance, `norm of step ${k}`);
      close(
        scaled,
        gradient.map((g) => g * coefficient),
        tolerance,
        `clipped gradient of step ${k}`,
      );
      close(engine.read(parameters[0]), data(step.p), tolerance, `p after step ${k}`);
      close(engine.read(parameters[1]), z, tolerance, `z after step ${k}`);
      const decayed = data(start.z).map((v) => v * (1 - lr * weight_decay) ** (k + 1));
      close(engine.read(parameters[1]), decayed, tolerance, `z only decays, step ${k}`);
      assert.equal([...engine.read(untouched)], [1.5, 2.5]);
    }
  });
}

needs(file, test, 'reduce on plateau', () => {
  const { factor, patience, min_lr, threshold, eps, initial_lr, metrics, lr_after } = read().plateau;
  const options = { factor, patience, minimum: min_lr, threshold, epsilon: eps };
  let state = plateauStart(initial_lr);
  metrics.forEach((metric, k) => {
    // Stored and read back, as a resumed run does. JSON knows no infinity: the first state is kept as it is.
    state = k === 0 ? state : JSON.parse(JSON.stringify(state));
    state = plateauStep(state, metric, options);
    close([state.rate], [lr_after[k]], 1e-12, `rate after metric ${k}`);
  });
  assert.ok(new Set(lr_after).size > 2, 'the golden schedule does fall');
});

test('the rate falls after more than `patience` bad steps, never below the minimum, and NaN is no improvement', () => {
  const options = { factor: 0.5, patience: 2, minimum: 0.2, threshold: 0.1, epsilon: 1e-8 };
  let state = plateauStart(1);
  const rates = [1, 0.95, Number.NaN, 1, 0.8, 1, 1, 1, 1, 1, 1, 1, 1, 1].map((metric) => {
    state = plateauStep(state, metric, options);
    return state.rate;
  });
  assert.equal(rates, [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]);
});

test.run();
