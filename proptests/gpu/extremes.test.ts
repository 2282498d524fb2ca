/**
 * Infinities, NaN, denormals and the largest numbers on a GPU, on a real device: the cases of tensor/extremes.test.ts
 * against the reference engine, with the same table of allowed differences.
 */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { primitives } from '../../tensor/primitives/index.ts';

import { seed } from '../support/check.ts';
import { gpu as arithmetic, expectAllowed } from '../tensor/extremes.ts';
import {
  arityOf,
  composedCase,
  elementwiseCase,
  everyPair,
  extremeNumbers,
  isElementwise,
  others,
  primitiveCase,
} from '../tensor/extremes-cases.ts';
import { composed } from '../tensor/extremes-composed.ts';
import { testGpu } from './device.ts';

const gpu = await testGpu(test);
const thorough = Number(process.env.LATTIGRAD_RUNS ?? 1) > 1;

for (const op of primitives.filter(isElementwise)) {
  gpu.test(`${op.name}: every pair of extreme numbers, with derivatives`, async (engine) => {
    const numbers = everyPair(arityOf(op));
    const { inputs, outputs } = elementwiseCase(op, numbers.length, numbers[0].length);
    const feeds = new Map(inputs.map((x, k) => [x, numbers[k]]));
    assert.ok((await expectAllowed(engine, arithmetic, outputs, feeds, op.name)) > 50);
  });
}

for (const op of others) {
  gpu.test(`${op.name}: extreme numbers in any place, with derivatives`, async (engine) => {
    const { inputs, outputs } = primitiveCase(op, seed);
    for (let k = 0; k < 10; k++)
      await expectAllowed(engine, arithmetic, outputs, extremeNumbers(inputs, seed + k), op.name);
  });
}

/** Each has operations that the others lack; all of them run with LATTIGRAD_RUNS, as compiling takes long. */
const TELLING = ['clamp', 'concat', 'huberLoss', 'logSumExp', 'maximum', 'norm', 'pow', 'segmentMax', 'segmentMean'];

for (const name of thorough ? Object.keys(composed) : TELLING) {
  gpu.test(`${name}: extreme numbers in any place, with derivatives`, async (engine) => {
    const { inputs, outputs } = composedCase(name);
    for (let k = 0; k < (thorough ? 40 : 15); k++)
      await expectAllowed(engine, arithmetic, outputs, extremeNumbers(inputs, seed + k), name);
  });
}

test.run();
