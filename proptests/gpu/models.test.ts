/**
 * Networks on the GPU engine against the golden cases: energies, forces, stress, losses and gradients of all parameters,
 * in the preset `paper` with exact filters. Tolerances are the goldens' for float32.
 */
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gradWithReach } from '../../autograd/index.ts';
import { flattenParameters, writeParameters } from '../../nn/index.ts';
import type { GpuEngine } from '../../tensor/gpu.ts';
import type { Feeds } from '../../tensor/index.ts';
import { goldens } from '../support/folders.ts';
import { goldenCases, goldenModel, goldenTensors } from '../support/golden-models.ts';
import { close } from '../tensor/support.ts';
import { testGpu } from './device.ts';

const gpu = await testGpu(test);

/**
 * Small cases, and the loss whose gradients are compared: programs take long to compile for a software GPU, so the
 * transformer's are compared only when LATTIGRAD_RUNS asks for more.
 */
const thorough = Number(process.env.LATTIGRAD_RUNS ?? 1) > 1;
const CASES: Readonly<Record<string, string | undefined>> = {
  cgcnn_small: 'e1_f1_s1',
  cgcnn_small_truncated: 'denoise',
  cgcnn_head_small: 'head',
  torchmd_et_small: thorough ? 'e1_f1_s1' : undefined,
  ...(thorough ? { torchmd_et_small_truncated: undefined, torchmd_et_head_small: undefined } : {}),
};

async function checkCase(engine: GpuEngine, name: string, lossName?: string): Promise<void> {
  const golden = goldenCases(goldens).find((c) => c.name === name)!;
  const model = await goldenModel(golden, 'exact');
  const named = [...flattenParameters(model.parameters)];
  const { 'distance_expansion.offset': _, ...weights } = golden.weights;
  writeParameters(model.parameters, engine, weights);
  const outputs = Object.entries(model.outputs);
  const checkOutputs = (found: readonly Float64Array[]): void =>
    outputs.forEach(([key], k) => {
      const expected = golden[key as 'forces'];
      const numbers = Array.isArray(expected) ? expected : expected!.data;
      close(found[k], numbers, key === 'energy' ? 2e-5 : 2e-3, key);
    });
  if (lossName === undefined) {
    checkOutputs(await engine.compile({ outputs: outputs.map(([, t]) => t) }).run(model.feeds(null) as Feeds));
    return;
  }
  const stored = golden.losses[lossName];
  const loss = model.loss(stored);
  const { gradients, reached } = gradWithReach(
    loss,
    named.map(([, t]) => t),
  );
  const plan = engine.compile({ outputs: [loss, ...outputs.map(([, t]) => t), ...gradients] });
  const [value, ...found] = await plan.run(model.feeds(stored.weights) as Feeds);
  close(value, [stored.loss], 2e-5, 'loss');
  checkOutputs(found);
  const full = goldenTensors(golden, `grads_${lossName}`)!;
  let compared = 0;
  named.forEach(([parameter], k) => {
    if (!reached[k]) return;
    compared++;
    close(found[outputs.length + k], full[parameter].data, 2e-3, `gradient of ${parameter}`);
  });
  assert.is(compared, named.length - stored.no_gradient.length);
}

for (const [name, loss] of Object.entries(CASES)) {
  if (existsSync(goldens))
    gpu.test(`${name}${loss ? `, loss ${loss}` : ''}`, (engine) => checkCase(engine, name, loss));
  else {
    console.log(`SKIPPED ${name}: no ${goldens} (set LATTIGRAD_GOLDENS)`);
    test.skip(name);
  }
}

test.run();
