/**
 * Archives: GNU tar lists and unpacks what was put into them, and the same files give the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeAtomic } from '../../files/atomic.ts';
import { type TarEntry, tar } from '../../files/tar.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';
import { needsTar, unpacked } from '../support/tar.ts';

interface File {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Parts of paths of all lengths that file systems take, with blanks, quotes, umlauts and characters of several bytes. */
const part = fc
  .string({ unit: fc.constantFrom(...'ab Z0.-_\'"*\\äß漢😀'), minLength: 1, maxLength: 60 })
  .map((text) => `p${text}`);
const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
/** Sizes around the ends of blocks too. */
const content = fc
  .tuple(fc.constantFrom(0, 1, 511, 512, 513, 1024, 3000), fc.nat(255))
  .map(([length, byte]) => new Uint8Array(length).fill(byte));
const some: fc.Arbitrary<File[]> = fc
  .array(fc.record({ path, bytes: content }), { maxLength: 6 })
  // No file stands where another needs a folder.
  .map((files) => files.map((one, k) => ({ ...one, path: `${k}/${one.path}` })));

const entry = ({ path, bytes }: File): TarEntry => ({ path, bytes: bytes.length, content: [bytes] });
/** Collects the pieces. */
async function whole(files: readonly File[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tar(files.map(entry))) pieces.push(piece);
  return Buffer.concat(pieces);
}

needsTar(test, 'GNU tar reads back what was written', () =>
  check(some, async (files) => {
    const folder = fresh('tar');
    mkdirSync(folder);
    const archive = join(folder, 'a.tar.gz');
    await writeAtomic(archive, tar(files.map(entry)), [createGzip()]);
    const { stdout, stderr, status } = spawnSync('tar', ['--quoting-style=literal', '-tzf', archive], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    assert.is(status, 0, stderr);
    assert.is(stderr, '', 'no warning');
    assert.equal(
      stdout.split('\n').slice(0, -1),
      files.map(({ path }) => path),
    );
    const below = unpacked(archive);
    for (const { path, bytes } of files) assert.ok(readFileSync(join(below, path)).equals(bytes), path);
  }),
);

test('the same files are the same bytes, in whole blocks', () =>
  check(some, async (files) => {
    const bytes = await whole(files);
    assert.is(bytes.length % 512, 0);
    assert.ok(bytes.equals(await whole(files)));
  }));

test('large files and long paths have an extended header', async () => {
  const first = async (path: string, bytes: number) => {
    const head: Uint8Array[] = [];
    for await (const piece of tar([{ path, bytes, content: [] }])) {
      head.push(piece);
      if (head.length === 4) break;
    }
    return Buffer.concat(head);
  };
  const large = await first('a', 8 ** 11);
  assert.is(String.fromCharCode(large[156]), 'x');
  assert.match(large.toString('latin1', 512), /^19 size=8589934592\n/);
  const long = await first('a'.repeat(101), 1);
  assert.match(long.toString('latin1', 512), /^111 path=a{101}\n/);
  // 98 bytes and two digits would be 100 bytes, which have three digits.
  const edge = await first(`ä${'a'.repeat(89)}`, 1);
  assert.match(edge.toString('utf8', 512), /^101 path=äa{89}\n/);
});

test('what cannot be an entry is refused', async () => {
  const attempt = async (entry: TarEntry) => {
    try {
      for await (const _ of tar([entry]));
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing was thrown';
  };
  for (const path of ['/a', '../a', 'a/../b', 'a//b', '', 'a/', './a', 'a\0b']) {
    assert.match(await attempt({ path, bytes: 0, content: [] }), /must be relative/, path);
  }
  const two = [Buffer.from('ab')];
  assert.match(await attempt({ path: 'a', bytes: 3, content: two }), /fewer bytes than the 3/);
  assert.match(await attempt({ path: 'a', bytes: 1, content: two }), /more bytes than the 1/);
});

test.run();
