/**
 * Tables: what is finished is used again, what was killed goes on to the same bytes, numbers are those of the runs, and
 * what cannot be done is refused before anything is trained.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { csvParse } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, writeExtxyz } from '../../data/index.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import type { FinetuningResult } from '../../training/finetuning.ts';
import { seed } from '../support/check.ts';
import { crystals, file, finish, fresh, readJson, refused, run, sameBytes, start, wasKilled } from './runs.ts';

const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);

/** A folder of data with two property sets and two sources of forces, named like the real ones. */
async function dataFolder(change: (all: LabelledStructure[]) => LabelledStructure[] = (all) => all): Promise<string> {
  const all = await crystals(14);
  const folder = fresh('data');
  for (const below of ['properties', 'pretrain']) mkdirSync(join(folder, below), { recursive: true });
  const labelled = (target: string, unit: string) =>
    all.map((one) => ({ ...one, properties: { target, unit, [target]: one.properties.volume } }));
  const write = (name: string, list: readonly LabelledStructure[]) =>
    writeExtxyz(join(folder, `${name}.extxyz.gz`), list);
  await write('properties/jdft2d-exfoliation', change(labelled('exfoliation_en', 'meV/atom')));
  await write('properties/phonons-lastpeak', labelled('last_phdos_peak', '1/cm'));
  await write('pretrain/mpf-TP', all);
  await write(
    'pretrain/alexandria-random-1k',
    all.map((one) => ({ ...one, forces: one.forces!.map(() => 0) })),
  );
  return folder;
}

/** Of pre-trainings, and of tables. */
const FEW = [
  ...['--preset', 'smoke', '--sources', 'mpf-TP', '--relaxed', 'alexandria-random-1k', '--checkpoint-seconds', '0'],
  ...['--pretrain-epochs', '1', '--pretrain-set', 'training.batch.structures=4'],
];
const TINY = [...FEW, '--finetune-epochs', '2'];
const SMALL = [...TINY, '--datasets', 'jdft2d', '--strategies', 'none', 'equal'];

test('numbers of a table are those of its runs, and a finished table is only read', async () => {
  const env = { LATTIGRAD_DATA: await dataFolder() };
  const out = fresh('table');
  const args = [...TINY, '--datasets', 'jdft2d', 'phonons', '--strategies', 'equal', 'head-denoising', '--out', out];
  await finish('table2', [...args, '--seeds', '2'], env);
  const more = await finish('table2', [...args, '--seeds', '1,2'], env);
  assert.not.match(more, /== pre-training|seed 2\b.*test error/, 'the finished seed is not run again');
  const again = await finish('table2', [...args, '--seeds', '1,2'], { LATTIGRAD_DATA: '/nowhere' });
  assert.not.match(again, /== /, 'nothing is run, and no file of data is needed');
  const csv = () => readFileSync(join(out, 'table2-smoke.csv'), 'utf8');
  const finished = csv();
  const part = await finish('table2', [...args, '--seeds', '1,2,3', '--no-run'], env);
  assert.not.match(part, /== /, 'nothing is run where --no-run says so');
  assert.is(csv(), finished, 'the table is that of the finished seeds');

  const mae = (dataset: string, row: string, seed: number) =>
    (readJson(out, 'finetune/cgcnn-smoke', dataset, row, `seed-${seed}`, 'result.json') as FinetuningResult).mae.test;
  const [errors, differences] = [
    csvParse(csv()),
    csvParse(readFileSync(join(out, 'table2-smoke-differences.csv'), 'utf8')),
  ];
  const names = { untrained: 'none', 'forces 1:1:1': 'equal', 'head denoising': 'head-denoising' };
  for (const dataset of ['jdft2d', 'phonons']) {
    for (const [title, row] of Object.entries(names)) {
      const [a, b] = [mae(dataset, row, 1), mae(dataset, row, 2)];
      const found = errors.find((line) => line.dataset === dataset && line.start === title)!;
      assert.ok(Math.abs(Number(found.mae) - (a + b) / 2) < 1e-9, `${dataset} ${title}`);
      assert.ok(Math.abs(Number(found.standard_error) - Math.abs(a - b) / 2) < 1e-9, `${dataset} ${title}`);
      if (row === 'none') continue;
      const [x, y] = [a - mae(dataset, 'none', 1), b - mae(dataset, 'none', 2)];
      const pair = differences.find((line) => line.dataset === dataset && line.start === title)!;
      assert.ok(Math.abs(Number(pair.difference) - (x + y) / 2) < 1e-9, `${dataset} ${title}`);
      assert.ok(Math.abs(Number(pair.standard_error) - Math.abs(x - y) / 2) < 1e-9, `${dataset} ${title}`);
    }
  }
  assert.is(errors.find((line) => line.dataset === 'jdft2d' && line.start === 'forces 1:1:1')!.paper_mae, '48.9');
  for (const ending of ['md', 'csv', 'tex', 'svg', 'png'])
    assert.ok(existsSync(join(out, `table2-smoke.${ending}`)), ending);

  // Table 4 takes the same pre-trained networks, Table 5 the one of the usual length.
  const mean = await finish('table4', [...args, '--seeds', '1'], env);
  assert.not.match(mean, /== pre-training/);
  assert.equal(readdirSync(join(out, 'finetune/cgcnn-smoke/jdft2d')).sort(), [
    'equal',
    'equal-mean',
    'head-denoising',
    'head-denoising-mean',
    'none',
    'none-mean',
  ]);
});

test('lengths of Table 5 are rows, and the transformer has folders of its own', async () => {
  const env = { LATTIGRAD_DATA: await dataFolder() };
  const out = fresh('table');
  const args = [...TINY, '--datasets', 'jdft2d', '--seeds', '1', '--out', out];
  await finish('table5', [...args, '--strategies', 'forces', '--pretrain-epochs', '2'], env);
  // 12, 25, 50, 100 and 200 % of two epochs.
  assert.equal(readdirSync(join(out, 'pretrain/cgcnn-smoke')).sort(), ['forces', 'forces-1-epochs', 'forces-4-epochs']);
  await finish('table3', [...args, '--strategies', 'derivative-denoising'], env);
  assert.ok(existsSync(join(out, 'finetune/torchmd-et-smoke/jdft2d/derivative-denoising/seed-1/result.json')));
});

test('Table 1 and the figures take the flags of the tables', async () => {
  const env = { LATTIGRAD_DATA: await dataFolder() };
  const out = fresh('figures');
  const args = [...SMALL, '--seeds', '1,2', '--out', out];
  await finish('parity', args, env);
  const again = await finish('table2', [...args, '--no-run'], env);
  assert.match(again, /2 seeds \(1, 2\)/, 'the parity plot has made the runs of the table');
  const folder = (seed: number) => join(out, 'finetune/cgcnn-smoke/jdft2d/none', `seed-${seed}`);
  const tested = [1, 2].flatMap((seed) =>
    csvParse(readFileSync(join(folder(seed), 'predictions/property.csv'), 'utf8')).filter(
      (row) => row.split === 'test',
    ),
  );
  const picture = readFileSync(join(out, 'parity-jdft2d.svg'), 'utf8');
  assert.match(picture, new RegExp(`>${tested.length} points<`), 'the test parts of both seeds');
  for (const name of ['seed 1', 'seed 2', 'untrained', 'forces 1:1:1', 'meV/atom']) assert.ok(picture.includes(name));
  for (const name of ['parity-forces.png', 'parity-jdft2d.png', 'parity-errors.md', 'parity-errors.tex']) {
    assert.ok(existsSync(join(out, name)), name);
  }

  // The median predictor of Table 1 is that of the runs, which split by the same seeds.
  const told = await finish('table1', args, env);
  assert.match(told, /mpf-TP +14 structures, 11 to learn from: forces 1:1:1/);
  const row = csvParse(readFileSync(join(out, 'table1-smoke.csv'), 'utf8')).find(
    ({ dataset }) => dataset === 'jdft2d',
  )!;
  const medians = [1, 2].map((seed) => (readJson(folder(seed), 'result.json') as FinetuningResult).median.test);
  assert.ok(Math.abs(Number(row.median_predictor) - (medians[0] + medians[1]) / 2) < 1e-9);
  const sources = csvParse(readFileSync(join(out, 'table1-smoke-pretraining.csv'), 'utf8'));
  assert.equal(
    sources.map(({ source, structures }) => [source, structures]),
    [['mpf-TP', '14']],
  );

  await finish(
    'embeddings',
    [...FEW, '--strategies', 'equal', '--datasets', 'jdft2d', '--seeds', '3,4', '--out', out],
    env,
  );
  for (const seed of [3, 4]) {
    const scores = csvParse(readFileSync(join(out, `embeddings-seed-${seed}-scores.csv`), 'utf8'));
    const atoms = new Set(scores.map(({ structure, atom }) => `${structure} ${atom}`));
    assert.is(atoms.size, scores.length);
    assert.ok(existsSync(join(out, `embeddings-seed-${seed}.png`)));
    assert.ok(existsSync(join(out, `embeddings-seed-${seed}-variance.md`)));
  }
  const other = fresh('figures');
  refused(
    await run('embeddings', [...FEW, '--datasets', 'jdft2e', '--out', other], env),
    /no data set or file 'jdft2e'\. Did you mean jdft2d\?/,
  );
  assert.not.ok(existsSync(join(other, 'pretrain')), 'nothing was trained');
  refused(
    await run('parity', [...args, '--runs', join(out, 'pretrain/cgcnn-smoke/equal')], env),
    /expected one of them/,
  );
});

test('a table that is killed at any moment ends with the same bytes', async () => {
  const env = { LATTIGRAD_DATA: await dataFolder() };
  const [calm, shaken] = [fresh('table'), fresh('table')];
  await finish('table2', [...SMALL, '--seeds', '1,2', '--out', calm], env);
  // First between a result and what its process does after it.
  for (const CRASH of [
    'renamed:0:pretrain/.*result',
    'renamed:0:seed-2/result',
    'whole:1:environment',
    'half:0:summary',
  ]) {
    assert.ok(wasKilled(await run('table2', [...SMALL, '--seeds', '1,2', '--out', shaken], { ...env, CRASH })), CRASH);
  }
  const kills = fc.sample(fc.integer({ min: 300, max: 4000 }), { numRuns: Math.round(4 * factor), seed });
  for (const after of kills) {
    const started = start('table2', [...SMALL, '--seeds', '1,2', '--out', shaken], env);
    if ((await Promise.race([started.done, wait(after)])) === undefined) started.child.kill('SIGKILL');
    await started.done;
  }
  await finish('table2', [...SMALL, '--seeds', '1,2', '--out', shaken], env);
  sameBytes(shaken, calm, `killed after ${kills.join(', ')} ms`, [shaken, calm]);
});

test('what cannot be done is refused before anything is trained', async () => {
  const good = await dataFolder();
  const first = (edit: (properties: Record<string, unknown>) => Record<string, unknown>) =>
    dataFolder((all) =>
      all.map((one, k) => (k === 0 ? one : { ...one, properties: edit(one.properties) as typeof one.properties })),
    );
  const cases: [string, string, string[], RegExp][] = [
    ['data set', good, ['--datasets', 'jdft3d'], /no data set 'jdft3d'\. Did you mean jdft2d\?/],
    ['strategy', good, ['--strategies', 'force'], /no strategy 'force'\. Did you mean forces\?/],
    ['source', good, ['--sources', 'mpf-TB'], /no source 'mpf-TB'\. Did you mean mpf-TP\?/],
    ['mixture', good, ['--sources', 'mpf-TP', 'universe'], /universe cannot be mixed/],
    ['file', '/nowhere', [], /expected its file at .*nowhere[\\/]pretrain[\\/]mpf-TP\.extxyz\.gz\. Set LATTIGRAD_DATA/],
    ['unit', await first((p) => ({ ...p, unit: 'eV' })), [], /jdft2d: .*several units/],
    [
      'unit',
      await dataFolder((all) => all.map((one) => ({ ...one, properties: { ...one.properties, unit: 'eV' } }))),
      [],
      /jdft2d: .*is in eV, and meV\/atom was given/,
    ],
    [
      'property',
      await first(({ exfoliation_en: _, ...p }) => p),
      [],
      /jdft2d: .*exfoliation_en is absent in 13 of 14 structures/,
    ],
    ['one structure', await dataFolder((all) => all.slice(0, 1)), [], /jdft2d: .*one structure cannot be split/],
  ];
  for (const [what, data, args, message] of cases) {
    const out = fresh('table');
    refused(await run('table2', [...SMALL, ...args, '--out', out], { LATTIGRAD_DATA: data }), message, what);
    assert.not.ok(existsSync(join(out, 'pretrain')), what);
  }
  const out = fresh('table');
  const args = [...SMALL, '--strategies', 'none', '--seeds', '1', '--out', out];
  await finish('table2', args, { LATTIGRAD_DATA: good });
  refused(
    await run('table2', [...args, '--finetune-epochs', '3'], { LATTIGRAD_DATA: good }),
    /other settings \(training\.epochs: 2 there, 3 wanted\)/,
  );
  refused(
    await run('table2', [...args, '--finetune-epochs', '3', '--no-run'], { LATTIGRAD_DATA: good }),
    /other settings/,
    'also where nothing is run',
  );
});

test('results are never those of another file', async () => {
  const [one, other] = await Promise.all(
    [crystals(14, 3), crystals(14, 4)].map(async (all) => file(await all, 'prop')),
  );
  const out = fresh('table');
  const of = (...files: string[]) => [
    ...TINY,
    '--datasets',
    ...files,
    '--strategies',
    'none',
    '--seeds',
    '1',
    '--out',
    out,
  ];
  refused(await run('table2', of(one, other)), /Two data sets are called prop/, 'in one table');
  assert.not.ok(existsSync(out));
  await finish('table2', of(one));
  refused(await run('table2', of(other)), /has learnt from another file/, 'of the same name');
  refused(await run('table2', [...of(other), '--no-run']), /has learnt from another file/, 'without running');
  const moved = join(fresh('moved'), 'prop.extxyz.gz');
  mkdirSync(join(moved, '..'));
  copyFileSync(one, moved);
  assert.not.match(await finish('table2', of(moved)), /== /, 'a file may be moved');
});

test('networks are fine-tuned as they were pre-trained', async () => {
  const out = fresh('table');
  const args = [...TINY, '--datasets', 'jdft2d', '--strategies', 'equal', '--seeds', '1', '--out', out];
  await finish('table2', [...args, '--pretrain-set', 'model.channels=8', '--pretrain-set', 'model.cutoff=3.5'], {
    LATTIGRAD_DATA: await dataFolder(),
  });
  for (const row of ['none', 'equal']) {
    const { model } = readJson(out, 'finetune/cgcnn-smoke/jdft2d', row, 'seed-1/config.json') as FinetuneConfig;
    assert.is(model.channels, 8, row);
    assert.is(model.cutoff, 3.5, row);
  }
});

test.run();
