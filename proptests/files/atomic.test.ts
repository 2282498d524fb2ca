/**
 * Atomic writes: afterwards the file is the new one or the old one, whole, and nothing else is left in its folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeAtomic, writeExtxyz } from '../../data/index.ts';
import { record } from '../data/records.ts';
import { check } from '../support/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomic-'));
test.after(() => rmSync(folder, { recursive: true }));
test.before.each(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
});

const failure = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
};

test('the file holds the bytes given, new or in place of an old one', () =>
  check(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 3 }), async (versions) => {
    const path = join(folder, 'file');
    for (const bytes of versions) {
      await writeAtomic(path, bytes);
      assert.equal(new Uint8Array(readFileSync(path)), bytes);
      assert.equal(readdirSync(folder), ['file']);
    }
  }));

test('a write that fails half way leaves the old file and nothing else', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'old');
  // The bytes cannot be written: the temporary file is open when that shows.
  await failure(writeAtomic(path, { length: 3 } as unknown as Uint8Array));
  assert.is(readFileSync(path, 'utf8'), 'old');
  assert.equal(readdirSync(folder), ['file']);
});

test('a rename that fails leaves what was there and nothing else', async () => {
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'taken', 'inside'), 'old');
  await failure(writeAtomic(join(folder, 'taken'), Buffer.from('new')));
  assert.equal(readdirSync(folder), ['taken']);
  assert.is(readFileSync(join(folder, 'taken', 'inside'), 'utf8'), 'old');
});

test('a missing folder is an error that names it', async () => {
  assert.match((await failure(writeAtomic(join(folder, 'none', 'file'), Buffer.of(1)))).message, /none/);
  assert.equal(readdirSync(folder), []);
});

test('several writes of one file at once: all succeed, one of them is there, whole', async () => {
  const path = join(folder, 'file');
  const versions = Array.from({ length: 20 }, (_, k) => Buffer.alloc(50_000, k));
  await Promise.all(versions.map((bytes) => writeAtomic(path, bytes)));
  const found = readFileSync(path);
  assert.ok(versions.some((bytes) => bytes.equals(found)));
  assert.equal(readdirSync(folder), ['file']);
});

test('structures that cannot be written leave the old file', () =>
  check(
    record,
    async (structure) => {
      const path = join(folder, 'file.extxyz');
      await writeExtxyz(path, [structure]);
      const old = readFileSync(path);
      const broken = { ...structure, positions: structure.positions.map(() => Number.NaN) };
      assert.match((await failure(writeExtxyz(path, [structure, broken]))).message, /cannot be written/);
      assert.ok(readFileSync(path).equals(old));
      assert.equal(readdirSync(folder), ['file.extxyz']);
    },
    5,
  ));

test.run();
