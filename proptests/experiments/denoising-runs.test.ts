/**
 * Denoising as a user runs it: which structures count as relaxed, a killed run, and what its checkpoint is good for.
 *
 * What is learnt from noise, and its symmetries: strategies.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LabelledStructure } from '../../data/index.ts';
import { flattenParameters, network } from '../../nn/index.ts';
import { fold, key, normal } from '../../tensor/index.ts';
import { reals } from '../../testing/index.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { pretrainingData } from '../../training/pretraining.ts';
import { BEST, LAST, readCheckpoint } from '../../training/run-folder/checkpoint.ts';
import { check } from '../support/check.ts';
import { crystals, file, finish, fresh, readJson, refused, run, sameBytes, wasKilled } from './runs.ts';

test('structures with a force above the limit are left out; a source without any forces is taken as relaxed', async () => {
  const made = await crystals(9);
  const forced = fc.option(reals({ low: 0, high: 0.1 }), { freq: 6 });
  await check(
    fc.record({
      sizes: fc.array(forced, { minLength: 6, maxLength: 6 }),
      limit: fc.option(reals({ low: 0.005, high: 0.1 })),
      seed: fc.nat(),
    }),
    async ({ sizes, limit, seed }) => {
      const energies = (list: readonly LabelledStructure[]) => list.map(({ energy }) => energy);
      const marked = made.map(({ forces: _, ...rest }, k) => ({ ...rest, energy: k }));
      const first = marked.slice(0, 6).map((structure, k): LabelledStructure => {
        const size = sizes[k];
        if (size === null || size === undefined) return structure;
        // The largest force is on one atom, in any direction; all others are smaller.
        const count = structure.numbers.length;
        const drawn = normal(fold(key(seed), k), 3 * count);
        const largest = Math.max(
          ...Array.from({ length: count }, (_, a) => Math.hypot(...drawn.subarray(3 * a, 3 * a + 3))),
        );
        return { ...structure, forces: drawn.map((x) => (x / largest) * size) };
      });
      const bare = marked.slice(6);
      const paths = [await file(first, 'forced'), await file(bare, 'bare')];
      const preset = pretrainPreset('smoke');
      const config: PretrainConfig = {
        ...preset,
        strategy: 'derivative-denoising',
        data: paths,
        noise: { ...preset.noise, maxForce: limit },
        split: { train: 0.5, validation: 0.25, test: 0.25, grouped: false },
      };
      const noForces = sizes.every((size) => size === null);
      const relaxed =
        limit === null || noForces ? first : first.filter((_, k) => sizes[k] !== null && sizes[k] <= limit);
      if (relaxed.length === 0) {
        await pretrainingData(config).then(
          () => assert.unreachable('nothing relaxed'),
          (error) => assert.match(error.message, /^forced: .*none of 6 structures is relaxed/),
        );
        return;
      }
      const data = await pretrainingData(config);
      assert.equal(energies(data.structures), [...energies(relaxed), ...energies(bare)]);
      assert.equal(data.sources, [...relaxed.map(() => 'forced'), ...bare.map(() => 'bare')]);
      const text = data.notes.join('\n');
      const isTold = /bare: no forces; its 3 structures are taken as relaxed/.test(text);
      assert.is(isTold, limit !== null, text);
      const above = sizes.filter((size) => size !== null && limit !== null && size > limit).length;
      assert.is(/a force above .* not relaxed/.test(text), above > 0, text);
      assert.equal([...data.references], [], 'energies play no part');
    },
    25,
  );
});

const data = crystals(14).then((all) => file(all.map(({ forces: _, ...structure }) => structure)));
const SMOKE = ['--preset', 'smoke', '--checkpoint-seconds', '0'];
const denoise = async (strategy: string) => [...SMOKE, '--data', await data, '--batch', '3', '--strategy', strategy];

const EPOCHS = 12;
/** Ends early, and keeps means of its weights. */
const derivative = (async () => {
  const out = fresh('derivative');
  const early = ['--epochs', String(EPOCHS), '--patience', '2', '--average', '0.8', '--learning-rate', '0.03'];
  const args = [...(await denoise('derivative-denoising')), ...early];
  const said = await finish('pretrain', [...args, '--out', out], { LATTIGRAD_THREADS: '2' });
  return { out, args, said };
})();
const head = (async () => {
  const out = fresh('head');
  await finish('pretrain', [...(await denoise('head-denoising')), '--epochs', '3', '--out', out]);
  return out;
})();

test('a denoising run killed and resumed ends with the same bytes, with patience and means of weights', async () => {
  const { out, args, said } = await derivative;
  const killed = fresh();
  for (const [k, crash] of ['half:3:last', 'append:1:metrics'].entries()) {
    const words = k === 0 ? [...args, '--out', killed] : ['--resume', killed, '--checkpoint-seconds', '0'];
    const ended = await run('pretrain', words, { CRASH: crash, LATTIGRAD_THREADS: String(1 + (k % 2)) });
    assert.ok(wasKilled(ended), `${crash}\n${ended.text}`);
  }
  await finish('pretrain', ['--resume', killed]);
  sameBytes(killed, out, 'killed');
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const { bestEpoch } = readJson(out, 'result.json') as { bestEpoch: number };
  assert.is(lines.length - 1, bestEpoch + 2);
  assert.ok(lines.length - 1 < EPOCHS, 'patience did not end it');
  assert.match(
    said,
    new RegExp(`Ended after epoch ${bestEpoch + 2}: no lower validation loss since epoch ${bestEpoch}`),
  );
  const { optimiser, parameters } = readCheckpoint(join(out, LAST));
  const averages = Object.keys(optimiser).filter((name) => name.endsWith('.average'));
  assert.ok(averages.length > 0 && averages.length <= Object.keys(parameters).length);
  assert.equal(Object.keys(readCheckpoint(join(out, BEST)).optimiser), []);
});

test('CGCNN with a head learns nothing: its test error is that of predicting zero', async () => {
  const { test: tested } = readJson(await head, 'result.json') as { test: { error: number; zero: number } };
  const components = readFileSync(join(await head, 'predictions', 'noise.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  // Predictions know nothing of signs, so each changes its error by at most its own size, up or down.
  const predicted = components.flatMap((line) => line.split(',').slice(-3).map(Number));
  const size = Math.sqrt(predicted.reduce((sum, p) => sum + p * p, 0) / predicted.length);
  const chance = (5 * size) / Math.sqrt(predicted.length);
  assert.ok(tested.error >= tested.zero - chance, `${tested.error} < ${tested.zero} - ${chance}`);
});

interface Transfer {
  readonly copied: readonly string[];
  readonly fresh: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

test('a denoised network fine-tunes: everything but the head is transferred; it does not evaluate', async () => {
  const [{ out }, other] = [await derivative, await head];
  const net = network(pretrainPreset('smoke').model, 'add', key(0));
  const names = [...flattenParameters(net.parameters).keys()];
  const isHead = (name: string) => net.head.some((path) => name.startsWith(`${path}.`));
  const finetune = async (from: string, ...more: string[]) => {
    const to = fresh('finetune');
    const args = ['--data', await data, '--from', from, '--seeds', '1', '--epochs', '1', '--batch', '4'];
    await finish('finetune', [...SMOKE, ...args, ...more, '--out', to]);
    return readJson(to, 'seed-1', 'transfer.json') as Transfer;
  };
  const refuse = async (from: string) => {
    const to = fresh();
    const message = /has learnt by (derivative|head)-denoising.*Fine-tune it: npm run finetune -- --from/;
    refused(await run('evaluate', [from, '--data', await data, '--out', to]), message);
    assert.not(existsSync(join(to, 'result.json')));
  };
  const [derived, plain, kept] = await Promise.all([
    finetune(out),
    finetune(other),
    finetune(other, '--keep-head'),
    refuse(out),
    refuse(other),
  ]);
  for (const { copied, fresh, skipped } of [derived, plain]) {
    assert.equal(
      copied,
      names.filter((name) => !isHead(name)),
    );
    assert.equal(fresh, names.filter(isHead));
    assert.equal(skipped, []);
  }
  // Three numbers an atom are not one number a structure.
  assert.equal(
    kept.skipped.map(({ name }) => name),
    ['lin_out.weight', 'lin_out.bias'],
  );
  assert.equal(
    kept.copied,
    names.filter((name) => !name.startsWith('lin_out.')),
  );
});

test.run();
