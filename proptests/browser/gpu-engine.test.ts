/**
 * The GPU engine inside a browser, in both of its modes there, against the reference engine in Node: random programs,
 * CGCNN with its derivatives, and pre-training.
 *
 * Gradients are compared at the reference's parameters along its own training, so that errors do not pile up; the
 * free-running training has its own, looser tolerance.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { referenceEngine } from '../../tensor/index.ts';
import { close } from '../tensor/support.ts';
import { inChromium, launch } from './chromium.ts';
import * as cases from './gpu-cases.ts';
import type { Found, Learnt, Question } from './gpu-program.ts';
import { runInWorker } from './serve.ts';

const SEEDS = [1, 2, 3, 4];
const STEPS = 20;
const AT = [0, 5, 10, 20];

const closeAll = (
  found: readonly number[][],
  expected: readonly number[][],
  tolerance: number,
  where: string,
): void => {
  assert.is(found.length, expected.length, where);
  expected.forEach((numbers, k) => {
    close(found[k], numbers, tolerance, `${where}, result ${k}`, 1e-6);
  });
};

/** The reference's trainings, done once for both modes. */
let known: cases.Each<Promise<cases.Trained>> | undefined;
const reference = (): cases.Each<Promise<cases.Trained>> => {
  known ??= cases.each((strategy) => cases.train(referenceEngine(), strategy, STEPS, AT));
  return known;
};

const weightsOf = ({ weights }: cases.Trained): cases.Weights[] => AT.map((step) => weights[step]);

async function compare(strategy: cases.Strategy, found: Learnt, trained: cases.Trained): Promise<void> {
  const { losses } = trained;
  const expected = await cases.gradients(referenceEngine(), strategy, weightsOf(trained));
  AT.forEach((step, k) => {
    // Asked for: 2e-3. Measured: 1e-6.
    closeAll(found.gradients[k], expected[k], 1e-4, `${strategy}, gradients at step ${step}`);
  });
  losses.forEach((loss, step) => {
    close([found.losses[step]], [loss], 1e-2, `${strategy}, loss of step ${step}`);
  });
  assert.ok(losses[STEPS - 1] < losses[0], `${strategy}: the reference learns`);
  assert.is(found.live[10 - 1], found.live[3 - 1], `${strategy}: no array is left behind between steps 3 and 10`);
  const most = Math.max(...found.readBytes);
  assert.ok(most <= 64, `${strategy}: a step reads back ${most} bytes, at most 64 are needed`);
}

for (const mode of ['webgl2', 'webgpu'] as const)
  inChromium(test, `${mode} agrees with the reference: programs, CGCNN, every strategy of pre-training`, async () => {
    const trained = {} as Record<cases.Strategy, cases.Trained>;
    for (const strategy of cases.STRATEGIES) trained[strategy] = await reference()[strategy];
    const weights = cases.each((strategy) => weightsOf(trained[strategy]));
    const browser = await launch();
    try {
      const question: Question = { mode, seeds: SEEDS, weights, steps: STEPS };
      const found = await runInWorker<Found>(browser, './gpu-program.ts', question);
      assert.is(found.mode, mode);
      const engine = referenceEngine();
      closeAll(found.programs, await cases.programs(engine, SEEDS), 1e-4, 'random programs');
      closeAll(found.segments, await cases.segments(engine), 1e-5, 'segments');
      closeAll(found.predictions, await cases.predictions(engine), 1e-4, 'energies, forces, stress');
      for (const strategy of cases.STRATEGIES) await compare(strategy, found.learnt[strategy], trained[strategy]);
    } finally {
      await browser.close();
    }
  });

test.run();
