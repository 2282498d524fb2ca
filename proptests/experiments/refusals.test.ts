/**
 * What users get wrong in data and flags ends in one message that says what to try, and exit code 1; nothing is trained.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeSafetensors } from '../../nn/index.ts';
import { significant } from '../../plots/style.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import type { FinetuningResult } from '../../training/finetuning.ts';
import { words } from '../plots/checks.ts';
import { crystals, file, finish, fresh, readJson, refused, run, type Script } from './runs.ts';

const made = crystals(14);
const data = made.then((all) => file(all));
const SMOKE = ['--preset', 'smoke', '--batch', '4', '--epochs', '1'];
type Case = readonly [what: string, script: Script, args: readonly string[], message: RegExp];

/** Two at a time; the folder of the run must not look like one that could be resumed half-way through an epoch. */
async function refuseAll(cases: readonly Case[]): Promise<void> {
  const queue = [...cases];
  const next = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const [what, script, args, message] = one;
      const out = fresh();
      refused(await run(script, [...args, '--out', out]), message, what);
      assert.not.ok(existsSync(join(out, 'result.json')), what);
      assert.not.ok(existsSync(join(out, 'pretrain')), `${what}: nothing is trained before the property is looked at`);
      assert.not.ok(existsSync(join(out, 'run.lock')), `${what}: the folder is given back`);
    }
  };
  await Promise.all([next(), next()]);
}

test('data that cannot be learnt from', async () => {
  const all = await made;
  const good = await data;
  const one = await file(all.slice(0, 1));
  const bare = await file(all.map(({ energy: _, forces: __, stress: ___, ...rest }) => ({ ...rest, properties: {} })));
  const unnamed = await file(all.map((one) => ({ ...one, properties: { volume: one.properties.volume } })));
  const folder = fresh('no-file');
  mkdirSync(folder);
  const text = fresh('broken.xyz');
  writeFileSync(text, '1\nLattice="3 0 0 0 3 0 0 0 3" energy=1\nXx 0 0 0\n');
  await refuseAll([
    [
      'one structure',
      'pretrain',
      [...SMOKE, '--data', one],
      /dataset of one structure cannot be split.*Give more data/,
    ],
    ['one structure', 'finetune', [...SMOKE, '--data', one], /dataset of one structure cannot be split/],
    ['no labels', 'pretrain', [...SMOKE, '--data', bare], /neither|none of the structures|no .*label/i],
    ['no file', 'pretrain', [...SMOKE, '--data', '/none.extxyz'], /none\.extxyz.*no such file/],
    ['a folder', 'pretrain', [...SMOKE, '--data', folder], /no-file-\d+: .*(directory|folder)/],
    ['unknown element', 'pretrain', [...SMOKE, '--data', text], /broken\.xyz-\d+:3: .*element.*Xx/],
    ['twice', 'pretrain', [...SMOKE, '--data', good, good], /given twice/],
    [
      'twice in other words',
      'pretrain',
      [...SMOKE, '--data', good, join(good, '..', '.', 'data.extxyz.gz')],
      /given twice/,
    ],
    ['no edges', 'pretrain', [...SMOKE, '--data', good, '--cutoff', '0.5'], /within 0\.5 A: use a larger cutoff/],
    ['no edges', 'finetune', [...SMOKE, '--data', good, '--cutoff', '0.5'], /within 0\.5 A: use a larger cutoff/],
    ['no test', 'finetune', [...SMOKE, '--data', good, '--set', 'split.test=0'], /none for: test.*split/],
    ['no validation', 'finetune', [...SMOKE, '--data', good, '--set', 'split.validation=0'], /none for: validation/],
    ['no validation', 'pretrain', [...SMOKE, '--data', good, '--set', 'split.validation=0'], /0 to validate on/],
    [
      'too large',
      'finetune',
      [...SMOKE, '--data', good, '--max-atoms', '1'],
      /No structure of \d+ has at most 1 atoms/,
    ],
    [
      'no target',
      'start',
      ['--finetune', unnamed, '--preset', 'smoke'],
      /name none \(target=KEY\)\. Keys with numbers: energy, volume\. .*--target KEY/,
    ],
    [
      'target',
      'start',
      ['--finetune', good, '--target', 'volum'],
      /none of 14 structures has volum.*: volume, .*--target KEY/,
    ],
    ['flag', 'pretrain', ['--cutof', '4'], /unknown option.*cutoff/s],
    ['seconds', 'pretrain', ['--checkpoint-seconds', 'abc'], /checkpoint-seconds.*number >= 0/],
    ['number', 'pretrain', ['--cutoff', 'far'], /cutoff.*number > 0/],
    ['key', 'pretrain', ['--set', 'training.epoch=3'], /unknown key 'training\.epoch'\. Did you mean 'epochs'/],
  ]);
});

test('targets that are absent: what there is instead, and --drop-missing', async () => {
  const all = await made;
  const gaps = await file(
    all.map((crystal, k) => {
      const { volume, ...rest } = crystal.properties;
      return { ...crystal, properties: k < 3 ? rest : { ...rest, volume: volume } };
    }),
  );
  await refuseAll([
    [
      'everywhere',
      'finetune',
      [...SMOKE, '--data', gaps, '--target', 'volum'],
      /none of 14 structures has volum.*: volume/,
    ],
    ['in some', 'finetune', [...SMOKE, '--data', gaps], /absent in 3 of 14 structures.*--drop-missing/],
  ]);
  const out = fresh();
  const said = await finish('finetune', [...SMOKE, '--data', gaps, '--drop-missing', '--seeds', '1', '--out', out]);
  assert.match(said, /3 of 14 structures left out: no volume/);
  const { counts } = readJson(out, 'seed-1', 'data.json') as { counts: Record<string, number> };
  assert.is(counts.train + counts.validation + counts.test, 11);
});

test('networks that do not fit', async () => {
  const [good, empty, other] = [await data, fresh(), join(fresh('other'), 'schnet.safetensors')];
  mkdirSync(empty);
  mkdirSync(join(other, '..'));
  writeFileSync(
    other,
    writeSafetensors({ 'interactions.0.weight': { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } }, {}),
  );
  const from = (path: string) => [...SMOKE, '--data', good, '--from', path];
  await refuseAll([
    ['other names', 'finetune', from(other), /nothing can be copied.*conv_list.*interactions\.0\.weight/s],
    ['a folder that is no run', 'finetune', from(empty), /holds no best\.safetensors/],
    ['no checkpoint', 'finetune', from(good), /safetensors: .*data\.extxyz\.gz: the header/],
    ['nothing there', 'finetune', from('/none'), /\/none: cannot be read/],
    ['frozen random weights', 'finetune', [...SMOKE, '--data', good, '--freeze', 'conv_list'], /needs a pre-trained/],
    ['no meaning', 'evaluate', [other, '--data', good], /does not say what it predicts/],
  ]);
});

test('finished seeds are not run again, more can be added, and the configuration is that of the folder', async () => {
  const out = fresh();
  await finish('finetune', [...SMOKE, '--data', await data, '--seeds', '1,2', '--out', out]);
  const result = (seed: number) => statSync(join(out, `seed-${seed}`, 'result.json')).mtimeMs;
  const before = [1, 2].map(result);
  const flags = ['--cutoff', '7', '--seeds', '5', '--preset', 'paper', '--batch', '4', '--epochs', '1'];
  const said = await finish('finetune', ['--resume', out, ...flags]);
  assert.match(
    said,
    /Goes on as it was configured: preset stays "smoke", not "paper"; model\.cutoff stays \d+, not 7[;.]/,
  );
  assert.match(
    said,
    /Reading .* \.\.\.\n(.*\n)*Finding neighbours/,
    'what is done is said of the first seed that is run',
  );
  assert.is(said.match(/Finding neighbours/g)!.length, 1);
  assert.equal([1, 2].map(result), before);
  const configOf = (seed: number) => readJson(out, `seed-${seed}`, 'config.json') as object;
  assert.equal({ ...configOf(5), seed: 1 }, configOf(1));
  const { mae } = readJson(out, 'seed-5', 'result.json') as FinetuningResult;
  const picture = words(readFileSync(join(out, 'seed-5', 'plots', 'parity.svg'), 'utf8'));
  for (const part of ['test', 'validation'] as const) {
    assert.ok(picture.includes(`MAE ${significant(mae[part])} A^3`), `${part} ${mae[part]}: ${picture.join(', ')}`);
  }

  const longer = await run('finetune', ['--resume', out, '--epochs', '7']);
  refused(longer, /was begun with 1 epochs; a training of 7 is another one/);
  const [, args] = longer.text.match(/npm run finetune -- (.*)/)!;
  await finish('finetune', [...args.split(' '), '--epochs', '2', '--seeds', '1']);
  const { training, ...rest } = readJson(`${out}-7-epochs`, 'seed-1', 'config.json') as FinetuneConfig;
  const { training: before1, ...rest1 } = configOf(1) as FinetuneConfig;
  assert.equal([rest, training], [rest1, { ...before1, epochs: 2 }], 'the command that the refusal names');
});

test('a start that was refused leaves its folder free for the corrected one; other files are not touched', async () => {
  const good = await data;
  const out = fresh();
  const common = [...SMOKE, '--data', good, '--out', out];
  refused(await run('pretrain', [...common, '--cutoff', '0.5']), /use a larger cutoff/);
  await finish('pretrain', common);
  refused(await run('pretrain', common), /holds a run already\. It is finished: choose another --out/);
  refused(await run('pretrain', ['--resume', out, '--out', fresh()]), /--resume.* cannot be used with .*--out/);
  refused(await run('pretrain', ['--resume', out, '--epochs', '9']), /begun with 1 epochs; a training of 9 is another/);
  const seeds = fresh();
  const property = [...SMOKE, '--data', good, '--seeds', '1', '--out', seeds];
  refused(await run('finetune', [...property, '--target', 'enrgy']), /Keys with numbers/);
  await finish('finetune', [...property, '--target', 'energy']);
  const foreign = fresh();
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'config.json'), '{"mine": 1}');
  refused(await run('pretrain', [...SMOKE, '--data', good, '--out', foreign]), /not one of a run/);
  assert.equal(readJson(foreign, 'config.json'), { mine: 1 });
});

test.run();
