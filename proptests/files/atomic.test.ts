/**
 * Atomic writes: afterwards the file is the new one or the old one, whole, and nothing else is left in its folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeExtxyz } from '../../data/index.ts';
import { writeAtomic } from '../../files/atomic.ts';
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

/** Runs `body` as on `platform`, where the first renames fail with these codes. Returns how many renames there were. */
async function failing(platform: string, codes: readonly string[], body: () => Promise<unknown>): Promise<number> {
  const { rename } = promises;
  const own = Object.getOwnPropertyDescriptor(process, 'platform')!;
  let count = 0;
  promises.rename = async (from, to) => {
    const code = codes[count++];
    if (code !== undefined) throw Object.assign(new Error(`${code}: rename`), { code });
    return rename(from, to);
  };
  Object.defineProperty(process, 'platform', { ...own, value: platform });
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    promises.rename = rename;
    Object.defineProperty(process, 'platform', own);
    syncBuiltinESMExports();
  }
  return count;
}

const inUse = fc.array(fc.constantFrom('EPERM', 'EACCES', 'EBUSY'), { minLength: 1, maxLength: 4 });

test('Windows: a file that somebody has open is replaced as soon as it can be', () =>
  check(
    inUse,
    async (codes) => {
      const path = join(folder, 'file');
      writeFileSync(path, 'old');
      assert.is(await failing('win32', codes, () => writeAtomic(path, Buffer.from('new'))), codes.length + 1);
      assert.is(readFileSync(path, 'utf8'), 'new');
      assert.equal(readdirSync(folder), ['file']);
    },
    10,
  ));

test('a rename is not tried again for ever, nor for other reasons, nor on other systems', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'old');
  const always: string[] = Array.from({ length: 100 }, () => 'EPERM');
  for (const [platform, codes, renames] of [
    ['win32', always, 8],
    ['win32', ['ENOSPC'], 1],
    ['linux', ['EPERM'], 1],
    ['darwin', ['EBUSY'], 1],
  ] as const) {
    const count = await failing(platform, codes, async () => {
      assert.match((await failure(writeAtomic(path, Buffer.from('new')))).message, codes[0]);
    });
    assert.is(count, renames, `${platform} ${codes[0]}`);
    assert.is(readFileSync(path, 'utf8'), 'old');
    assert.equal(readdirSync(folder), ['file']);
  }
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
