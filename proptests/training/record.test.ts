/**
 * The record of runs: what the folders say, the same bytes every time; digests outlive their networks, lines their runs.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RECORD, recordsBelow, writeRecord } from '../../training/run-folder/record.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';

interface MadeUp {
  readonly seed: number;
  readonly error: number;
  readonly seconds: readonly number[];
  readonly weights: Uint8Array;
}

const madeUp: fc.Arbitrary<MadeUp> = fc.record({
  seed: fc.nat(9),
  error: fc.double({ min: 0, max: 9, noNaN: true }),
  seconds: fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }),
  weights: fc.uint8Array({ minLength: 1, maxLength: 40 }),
});

/** Folders that look like finished runs, and one that is not finished. */
function written(runs: readonly MadeUp[]): string {
  const folder = fresh('recorded');
  runs.forEach(({ seed, error, seconds, weights }, k) => {
    const path = join(folder, `set-${k % 2}`, `run-${k}`);
    mkdirSync(path, { recursive: true });
    const put = (name: string, value: unknown) => writeFileSync(join(path, name), JSON.stringify(value));
    put('config.json', { task: 'finetune', seed });
    put('data.json', { files: [{ name: 'p.extxyz', sha256: 'f00d' }], split: {} });
    put('result.json', { mae: { test: error } });
    put(
      'environment.json',
      seconds.map((s) => ({
        started: new Date(0).toISOString(),
        ended: new Date(1000 * s).toISOString(),
        commit: 'c',
      })),
    );
    writeFileSync(join(path, 'best.safetensors'), weights);
  });
  mkdirSync(join(folder, 'unfinished'), { recursive: true });
  writeFileSync(join(folder, 'unfinished', 'config.json'), '{}');
  return folder;
}

const some = fc.array(madeUp, { minLength: 1, maxLength: 4 });

test('a record says what the folders say, and is the same bytes whenever it is written', () =>
  check(some, async (runs) => {
    const folder = written(runs);
    assert.is((await writeRecord(folder)).length, runs.length);
    const first = readFileSync(join(folder, RECORD));
    const records = new Map(recordsBelow(folder).map((one) => [one.run, one]));
    runs.forEach(({ seed, error, seconds, weights }, k) => {
      const one = records.get(`set-${k % 2}/run-${k}`)!;
      assert.is(one.seed, seed);
      assert.equal(one.result, JSON.parse(JSON.stringify({ mae: { test: error } })));
      assert.is(
        one.seconds,
        seconds.reduce((a, b) => a + b),
      );
      assert.equal(one.network, { bytes: weights.length, sha256: createHash('sha256').update(weights).digest('hex') });
    });
    await writeRecord(folder);
    assert.ok(first.equals(readFileSync(join(folder, RECORD))));
  }));

test('without its network a run keeps the digest, unless it is another run by now', () =>
  check(some, async (runs) => {
    const folder = written(runs);
    await writeRecord(folder);
    const before = readFileSync(join(folder, RECORD));
    for (const k of runs.keys()) rmSync(join(folder, `set-${k % 2}`, `run-${k}`, 'best.safetensors'));
    await writeRecord(folder);
    assert.ok(before.equals(readFileSync(join(folder, RECORD))));
    writeFileSync(join(folder, 'set-0', 'run-0', 'result.json'), '{"mae":{"test":-1}}');
    assert.is(recordsBelow(folder).find(({ run }) => run === 'set-0/run-0')!.network, null);
  }));

test('a run whose folder is gone keeps its line, unless it is to be forgotten or has begun again', () =>
  check(fc.tuple(some, fc.nat(9)), async ([runs, draw]) => {
    const folder = written(runs);
    await writeRecord(folder);
    const before = readFileSync(join(folder, RECORD));
    const k = draw % runs.length;
    const name = `set-${k % 2}/run-${k}`;
    rmSync(join(folder, name), { recursive: true });
    await writeRecord(folder);
    assert.ok(before.equals(readFileSync(join(folder, RECORD))));
    assert.not.ok(recordsBelow(folder, { forget: true }).some(({ run }) => run === name));
    // A run of the same name that is not finished yet.
    mkdirSync(join(folder, name));
    assert.is(recordsBelow(folder).length, runs.length - 1);
    // At last everything but the record is gone.
    rmSync(join(folder, name), { recursive: true });
    for (const set of ['set-0', 'set-1']) rmSync(join(folder, set), { recursive: true, force: true });
    await writeRecord(folder);
    assert.ok(before.equals(readFileSync(join(folder, RECORD))));
    assert.equal(await writeRecord(folder, { forget: true }), []);
  }));

test('a record that is damaged is refused, and stays', async () => {
  const folder = written([{ seed: 1, error: 1, seconds: [1], weights: Uint8Array.of(1) }]);
  for (const text of ['{"run":', '{"no":"run"}\n', '']) {
    writeFileSync(join(folder, RECORD), gzipSync(text));
    assert.throws(() => recordsBelow(folder), /runs\.jsonl\.gz: cannot be read .*Put the right file back/);
  }
  writeFileSync(join(folder, RECORD), 'not gzip');
  assert.throws(() => recordsBelow(folder), /runs\.jsonl\.gz: cannot be read/);
});

test('where nothing is finished nothing is written', async () => {
  const folder = written([]);
  assert.equal(await writeRecord(folder), []);
  assert.throws(() => readFileSync(join(folder, RECORD)), /ENOENT/);
});

test.run();
