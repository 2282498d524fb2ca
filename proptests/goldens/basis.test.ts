/**
 * Radial bases against the golden file: values, and first and second derivatives of weighted row sums.
 *
 * Counts, cutoffs and distances come from the file.
 */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grad } from '../../autograd/index.ts';
import {
  cosineCutoff,
  expandExponentialNormal,
  expandGaussian,
  exponentialNormalParameters,
  gaussianBasis,
} from '../../nn/basis.ts';
import { cpuEngine, input, mul, referenceEngine, reshape, sum, type Tensor, tensor } from '../../tensor/index.ts';
import { goldens, needs } from '../support/folders.ts';
import { run } from '../support/run.ts';
import { close } from '../tensor/support.ts';

interface Golden {
  value: { shape: number[]; data: number[] };
  weights: number[];
  d_dr_of_weighted_sum: number[];
  d2_dr2_of_weighted_sum: number[];
}
interface File {
  r: number[];
  cutoff: number;
  count: number;
  expnorm: Golden & { alpha: number; means: number[]; betas: number[] };
  cosine_cutoff: Golden;
  [gaussian: `gaussian_width_${number}`]: Golden & { coeff: number; centres: number[] };
}

const file = resolve(goldens, 'basis/basis.json');
const read = (): File => JSON.parse(readFileSync(file, 'utf8'));
const engines = [
  { engine: referenceEngine(), tolerances: [1e-10, 1e-10, 1e-10] },
  { engine: cpuEngine({ precision: 'f64' }), tolerances: [1e-10, 1e-10, 1e-10] },
  // float32: the exponential-normal basis has slopes of a few hundred times its arguments' rounding.
  { engine: cpuEngine(), tolerances: [2e-4, 5e-4, 2e-3] },
];

async function compare(f: (r: Tensor) => Tensor, distances: readonly number[], golden: Golden, what: string) {
  const r = input([distances.length], 'r');
  const value = f(r);
  assert.equal(value.shape, golden.value.shape, `${what}: shape`);
  const total = sum(mul(value, tensor(golden.weights, [1, golden.weights.length])));
  const first = grad(total, [r])[0];
  const second = grad(sum(first), [r])[0];
  for (const { engine, tolerances } of engines) {
    const found = await run([value, first, second], { engine, feeds: new Map([[r, distances]]) });
    const expected = [golden.value.data, golden.d_dr_of_weighted_sum, golden.d2_dr2_of_weighted_sum];
    expected.forEach((numbers, k) => {
      close(found[k], numbers, tolerances[k], `${what}, ${engine.name} ${tolerances[0]}, order ${k}`);
    });
  }
}

needs(file, test, 'Gaussian smearing', async () => {
  const golden = read();
  const entries = Object.entries(golden).filter(([name]) => name.startsWith('gaussian_width_'));
  assert.ok(entries.length > 0);
  for (const [name, entry] of entries) {
    const { coeff, centres } = entry as File[`gaussian_width_${number}`];
    const basis = gaussianBasis(golden.count, golden.cutoff, Number(name.replace('gaussian_width_', '')));
    const [c, k] = await run([basis.centres, basis.coefficient]);
    close(c, centres, 1e-14, 'centres');
    close(k, [coeff], 1e-14, 'coefficient');
    await compare((r) => expandGaussian(basis, r), golden.r, entry as Golden, name);
  }
});

needs(file, test, 'exponential-normal smearing and its initial parameters', async () => {
  const { r, cutoff, count, expnorm } = read();
  const start = exponentialNormalParameters(count, cutoff);
  close(start.means, expnorm.means, 1e-14, 'means');
  close(start.betas, expnorm.betas, 1e-14, 'betas');
  close([start.alpha], [expnorm.alpha], 1e-15, 'alpha');
  const basis = { means: tensor(start.means), betas: tensor(start.betas), alpha: start.alpha, cutoff };
  await compare((x) => expandExponentialNormal(basis, x), r, expnorm, 'expnorm');
});

needs(file, test, 'cosine cutoff', async () => {
  const { r, cutoff, cosine_cutoff } = read();
  await compare((x) => reshape(cosineCutoff(x, cutoff), [r.length, 1]), r, cosine_cutoff, 'cosine cutoff');
});

test('the cosine cutoff is 0 from the cutoff on, with derivative 0 there', async () => {
  const r = input([4]);
  const y = cosineCutoff(r, 5);
  const [value, slope] = await run([y, grad(sum(y), [r])[0]], { feeds: new Map([[r, [0, 5 - 1e-9, 5, 8]]]) });
  close(value, [1, 0, 0, 0], 1e-12, 'value');
  close(slope, [0, 0, 0, 0], 1e-8, 'slope', 1);
});

test.run();
