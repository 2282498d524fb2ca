/**
 * The benchmark suites run, and say what they should: no claim about how fast anything is.
 *
 * Each suite runs in a process of its own on its smallest cases with `--quick`; laws are checked on its JSON lines.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measure, spreadOf } from '../../bench/suite.ts';
import { formatExtxyz } from '../../data/index.ts';
import { universe } from '../../universe/index.ts';
import { check } from '../support/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'lattigrad-bench-'));
test.after(() => rmSync(folder, { recursive: true }));

function bench(suite: string, ...options: string[]) {
  const args = ['--import', 'tsx', `bench/${suite}.ts`, '--quick', ...options];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
}

type Line = Record<string, string | number | undefined> &
  Record<'median_s' | 'q1_s' | 'q3_s' | 'mean_s' | 'work' | 'per_s', number> &
  Record<'case' | 'error', string>;

const parse = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

interface Smoke {
  readonly suite: string;
  readonly options: readonly string[];
  readonly filter: string;
  readonly unit: string;
  /** Of every case that the filter chooses, in order; undefined where it is not known. */
  readonly threads: readonly (number | undefined)[];
  /** The least and the most that one call may get through. */
  readonly work: readonly [least: number, most: number];
}

const one = ['--threads', '1'];
const hasPeers = existsSync(new URL('../../bench/peers/node_modules', import.meta.url));
if (!hasPeers) console.log('SKIPPED operators of other libraries: not installed (npm run setup:peers)');
const SUITES: readonly Smoke[] = [
  {
    suite: 'products',
    options: one,
    filter: '128 x 128 x 128',
    unit: 'flop',
    threads: [1, 1],
    work: [2 * 128 ** 3, 2 * 128 ** 3],
  },
  {
    suite: 'messages',
    options: ['--threads', '2'],
    filter: 'table filter, 10000 edges',
    unit: 'edge',
    threads: [2, 2, 2],
    work: [10_000, 11_000],
  },
  {
    suite: 'graphs',
    options: ['--threads', '2'],
    filter: '64 cells of 1 to 12 atoms, 5 A',
    unit: 'edge',
    // All but the feeding of a plan run on the calling thread.
    threads: [1, 1, 1, 1, 2],
    work: [64 * 20, 64 * 12 * 100],
  },
  {
    suite: 'steps',
    options: ['--crystals', '2'],
    filter: 'pretrain, 2 crystals, 5 A',
    unit: 'edge',
    threads: [1, 2],
    work: [2 * 20 * 20, 2 * 40 * 100],
  },
  {
    suite: 'operators',
    options: one,
    filter: 'matmul 1000x100x100',
    unit: 'flop',
    threads: hasPeers ? [1, 1, undefined] : [1],
    work: [2e7, 2e7],
  },
];

for (const { suite, options, filter, unit, threads, work } of SUITES) {
  test(`${suite}: a line for every chosen case, with all fields`, () => {
    const json = join(folder, `${suite}.jsonl`);
    const run = bench(suite, '--filter', filter, '--json', json, ...options);
    assert.is(run.status, 0, run.stdout + run.stderr);
    const lines = parse(json);
    assert.is(new Set(lines.map((line) => line.case)).size, threads.length);
    assert.equal(
      lines.map((line) => line.threads),
      threads,
    );
    for (const line of lines) {
      assert.is(line.suite, suite);
      assert.is(line.unit, unit);
      assert.ok(line.case.includes(filter) && run.stdout.includes(line.case), line.case);
      assert.ok(line.work >= work[0] && line.work <= work[1], `${line.case}: ${line.work} ${unit}`);
      assert.ok(0 < line.q1_s && line.q1_s <= line.median_s && line.median_s <= line.q3_s, JSON.stringify(line));
      assert.ok(Math.abs(line.per_s * line.median_s - line.work) <= 1e-9 * line.work);
      assert.ok((line.samples as number) >= 3 && line.mean_s > 0 && (line.rme_percent as number) >= 0);
      assert.ok((line.cores as number) >= 1 && (line.load_before as number) >= 0);
      assert.ok(['fma', 'mul+add'].includes(line.simd as string) && line.processor && line.node && line.date);
    }
    // Neighbour lists, batches and feeds count the same edges.
    if (suite === 'graphs') assert.is(new Set(lines.map((line) => line.work)).size, 1);
    if (suite === 'steps') assert.match(run.stdout, /^pretrain at 5 A: [\d.]+ times as fast on 2 threads as on one$/m);
  });
}

test('steps of a file; a case that cannot run is reported, the others run, and the exit code is 1', async () => {
  const [file, json] = [join(folder, 'energies.extxyz'), join(folder, 'energies.jsonl')];
  const [crystal] = await universe({ count: 1, minAtoms: 4, maxAtoms: 4 });
  const { forces: _, ...energyOnly } = crystal;
  writeFileSync(file, formatExtxyz(energyOnly));
  const run = bench('steps', '--data', file, '--filter', '5 A', '--json', json, ...one);
  assert.is(run.status, 1, run.stdout + run.stderr);
  const [pretrain, finetune, ...rest] = parse(json);
  assert.match(pretrain.error, 'no forces');
  assert.is(finetune.error, undefined);
  assert.ok(finetune.median_s > 0 && finetune.case.includes('energies.extxyz') && rest.length === 0);
});

test('a filter that chooses nothing lists what there is; a wrong number is refused', () => {
  const none = bench('graphs', '--filter', 'no such case');
  assert.is(none.status, 1);
  assert.match(none.stderr, 'neighbours, 64 cells');
  const zero = bench('graphs', '--threads', '0');
  assert.is(zero.status, 1);
  assert.match(zero.stderr, 'integer > 0');
});

test('calls follow one another, each waited for', async () => {
  let [running, calls, ended] = [0, 0, 0];
  const measured = await measure(async () => {
    calls++;
    assert.is(++running, 1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    ended++;
  }, true);
  assert.is(ended, calls);
  // One call to warm up.
  assert.ok(measured.samples >= 3 && calls > measured.samples, `${calls} calls, ${measured.samples} samples`);
});

test('a call that fails later than the first makes the measurement fail, thrown or rejected', async () => {
  for (const fail of [
    () => {
      throw new Error('thrown');
    },
    () => Promise.reject(new Error('rejected')),
  ]) {
    let calls = 0;
    const error = await measure(() => (++calls > 3 ? fail() : undefined), true).then(
      () => undefined,
      (reason) => reason as Error,
    );
    assert.ok(['thrown', 'rejected'].includes(error?.message ?? ''), String(error));
  }
});

test('quartiles: half of the samples lie on either side of the median, a quarter beyond each quartile', async () => {
  const samples = fc.array(fc.double({ min: 1e-6, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 });
  await check(
    samples,
    (values) => {
      const { samples: count, q1_s, median_s, q3_s } = spreadOf(values);
      assert.is(count, values.length);
      assert.ok(q1_s <= median_s && median_s <= q3_s);
      for (const [quantile, share] of [
        [q1_s, 0.25],
        [median_s, 0.5],
        [q3_s, 0.75],
      ] as const) {
        const below = values.filter((x) => x < quantile).length;
        const above = values.filter((x) => x > quantile).length;
        // Of n samples there are n - 1 steps between ranks.
        assert.ok(below <= Math.ceil(share * (count - 1)), `${below} of ${count} below ${share}`);
        assert.ok(above <= Math.ceil((1 - share) * (count - 1)), `${above} of ${count} above ${share}`);
      }
      assert.equal(spreadOf([...values].reverse()), { samples: count, q1_s, median_s, q3_s });
    },
    200,
  );
  assert.is(spreadOf([1, 2, 3, 4]).median_s, 2.5);
});

test.run();
