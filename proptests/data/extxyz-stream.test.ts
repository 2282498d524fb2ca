/**
 * Reading in one pass: chunks may be cut anywhere, the digest is that of the bytes that were parsed, pipes are data like
 * files, and what has no end or no measure is refused in one line.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isPipe } from '../../data/bytes.ts';
import { readDataFile, structuresIn, structuresOf } from '../../data/formats.ts';
import { DataError, formatExtxyz, type LabelledStructure, parseExtxyz } from '../../data/index.ts';
import { textBlocks } from '../../data/text-blocks.ts';
import { readData } from '../../training/read-data.ts';
import { check } from '../support/check.ts';
import { hasPipes, needsSystem } from '../support/system.ts';
import { identical, record } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'extxyz-'));
test.after(() => rmSync(folder, { recursive: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes, cut into pieces of these lengths, again and again. */
async function* cut(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const length = lengths[k % lengths.length];
    yield bytes.slice(at, at + length);
    at += length;
  }
}

async function all(chunks: AsyncIterable<Uint8Array>, name: string) {
  const reading = structuresIn(chunks, name);
  const structures: LabelledStructure[] = [];
  for (;;) {
    const next = await reading.next();
    if (next.done) return { structures, ...next.value };
    structures.push(next.value);
  }
}

const message = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    assert.instance(error, DataError, String(error));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    assert.not.match((error as Error).message, /[\x00-\x1f\x7f-\x9f]/);
    return (error as Error).message;
  }
  throw new Error('expected a failure');
};

const lengths = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
  fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
);

test('chunks cut anywhere, plain or zipped, give the structures and the digest of the whole', () =>
  check(
    fc.record({
      structures: fc.array(record, { minLength: 1, maxLength: 3 }),
      end: fc.constantFrom('\n', '\r\n'),
      mark: fc.constantFrom('', '\ufeff'),
      zipped: fc.boolean(),
      lengths,
    }),
    async ({ structures, end, mark, zipped, lengths }) => {
      const text = mark + structures.map(formatExtxyz).join('').replaceAll('\n', end);
      const bytes = zipped ? gzipSync(text) : Buffer.from(text);
      const read = await all(cut(bytes, lengths), 'file');
      assert.is(read.sha256, sha256(bytes));
      assert.is(read.structures.length, structures.length);
      read.structures.forEach((s, k) => void identical(s, parseExtxyz(text, 'file')[k]));
    },
    60,
  ));

test('any bytes, also those that are no UTF-8, give the same text in any chunks', () =>
  check(
    fc.record({
      bytes: fc.array(fc.oneof(fc.nat(255), fc.constantFrom(10, 13, 0xc3, 0xa9, 0xe2, 0xf0)), { maxLength: 60 }),
      lengths,
    }),
    async ({ bytes, lengths }) => {
      const whole = Buffer.from(bytes);
      const mark = whole.toString('hex', 0, 3);
      if (/^(1f8b|fffe|feff)/.test(mark)) return;
      let text = '';
      for await (const block of textBlocks(cut(whole, lengths), 'file')) text += block;
      assert.is(text, (mark === 'efbbbf' ? whole.subarray(3) : whole).toString('utf8'));
    },
    200,
  ));

test('a file: the digest is that of its bytes, whatever they hold besides', () =>
  check(
    fc.tuple(fc.array(record, { minLength: 1, maxLength: 2 }), fc.boolean(), fc.constantFrom('', '\n \n', '\0\0\0')),
    async ([structures, zipped, behind]) => {
      const text = structures.map(formatExtxyz).join('');
      // Zeros may fill the end of zipped files.
      const bytes = zipped
        ? Buffer.concat([gzipSync(text), Buffer.alloc(behind.length)])
        : Buffer.from(text + behind.replaceAll('\0', ''));
      const path = join(folder, 'data.extxyz');
      writeFileSync(path, bytes);
      const { sha256: digest, structures: read } = await readDataFile(path);
      assert.is(digest, sha256(bytes));
      assert.is(read.length, structures.length);
    },
    20,
  ));

const one = (name: string) => `1\nLattice="3 0 0 0 4 0 0 0 5" name=${name} energy=-1\nCu 0 0 0\n`;

needsSystem(
  hasPipes,
  test,
  'a pipe is read once, its digest is that of what came; asked again, it gives the same',
  async () => {
    for (const bytes of [Buffer.from(one('a').repeat(4000)), gzipSync(one('b').repeat(4000))]) {
      const path = join(folder, `pipe-${bytes.length}`);
      execFileSync('mkfifo', [path]);
      assert.ok(isPipe(path));
      const reading = readData(path);
      const writer = createWriteStream(path);
      // A reader that gives up closes the pipe; what it says is looked at below.
      writer.on('error', () => undefined);
      writer.write(bytes.subarray(0, 1000));
      setTimeout(() => writer.end(bytes.subarray(1000)), 50);
      const read = await reading;
      assert.is(read.fingerprint.sha256, sha256(bytes));
      assert.is(read.structures.length, 4000);
      assert.is(await readData(path), read);
    }
  },
);

needsSystem(hasPipes, test, 'the standard input of a process: a pipe, an empty one, a file', () => {
  const script = join(folder, 'read.mts');
  const data = new URL('../../data/formats.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { readDataFile } from ${JSON.stringify(data)};
     await readDataFile('/dev/stdin').then(
       ({ structures, sha256 }) => console.log(structures.length, sha256),
       (error) => console.log(error.message));`,
  );
  const run = (command: string) => execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim();
  const path = join(folder, 'stdin.extxyz');
  writeFileSync(path, one('a').repeat(3));
  const node = `${process.execPath} --import tsx ${script}`;
  const expected = `3 ${sha256(Buffer.from(one('a').repeat(3)))}`;
  const [piped, redirected, empty] = run(`cat ${path} | ${node}; ${node} < ${path}; true | ${node}`).split('\n');
  assert.equal([piped, redirected], [expected, expected]);
  assert.match(empty, /^\/dev\/stdin: expected at least one structure/);
});

needsSystem(hasPipes, test, 'a pipe without a writer is waited for, and the wait can be given up', async () => {
  const path = join(folder, 'nobody');
  execFileSync('mkfifo', [path]);
  const giveUp = new AbortController();
  setTimeout(() => giveUp.abort(), 50);
  const error = await readDataFile(path, { signal: giveUp.signal }).catch((e: unknown) => e);
  assert.is((error as Error).name, 'AbortError');
});

test('what is no file: one line each', async () => {
  assert.match(await message(readDataFile(folder)), /expected a file, found a directory/);
  assert.match(await message(readDataFile(join(folder, 'none'))), /no such file/);
  assert.match(await message(readDataFile(join(folder, 'a\x1b[31m\nb'))), /a\\x1b\[31m\\nb: no such file/);
  if (hasPipes('data from /dev/null')) assert.match(await message(readDataFile('/dev/null')), /found a device/);
});

test('UTF-16 is named; a byte order mark of UTF-8 is none of the text', async () => {
  for (const encoded of [
    Buffer.from(`\ufeff${one('a')}`, 'utf16le'),
    Buffer.from(`\ufeff${one('a')}`, 'utf16le').swap16(),
  ])
    for (const bytes of [encoded, gzipSync(encoded)])
      assert.match(await message(all(cut(bytes, [5]), 'file')), /^file: the text is UTF-16, expected UTF-8/);
});

test('a wrong line is told before more is asked of a writer who may be silent', () =>
  check(
    fc.record({ before: fc.nat(3), zipped: fc.boolean(), length: fc.integer({ min: 20, max: 4000 }) }),
    async ({ before, zipped, length }) => {
      const text = Buffer.from(`${one('a').repeat(before)}no count\n`);
      let waits = false;
      const open = (async function* () {
        yield* cut(zipped ? gzipSync(text) : text, [length]);
        waits = true;
      })();
      assert.match(await message(all(open, 'file')), /expected the number of atoms, found 'no count'/);
      assert.not.ok(waits);
    },
  ));

test('gzip data that expand beyond measure are refused, and so are lines that no structure has', async () => {
  const zipped = gzipSync('1\n\n'.padEnd(3e6, 'x'));
  const read = async (limits: Parameters<typeof textBlocks>[2]) => {
    for await (const _ of textBlocks(cut(zipped, [1000]), 'file', limits));
  };
  assert.match(await message(read({ freeExpansion: 1e6 })), /expand to more than 100 times/);
  assert.match(await message(read({ line: 1e6 })), /^file: a line is longer/);
  await read({});
});

test('structures that do not fit into memory are refused before the process ends', async () => {
  const path = join(folder, 'large.gz');
  writeFileSync(path, gzipSync(one('a').repeat(5000)));
  assert.match(await message(readDataFile(path, { memory: 1e6 })), /more structures than fit into memory/);
  let count = 0;
  // One after the other they take no memory.
  for await (const _ of structuresOf(path, { memory: 1e6 })) count++;
  assert.is(count, 5000);
});

test('reading stops where the data stop to be data, and the pipe is let go', async () => {
  let [taken, closed] = [0, false];
  async function* endless() {
    try {
      for (;;) {
        taken++;
        yield Buffer.from(`no count\n${'x'.repeat(1000)}\n`);
      }
    } finally {
      closed = true;
    }
  }
  assert.match(await message(all(endless(), 'file')), /^file:1: expected the number of atoms, found 'no count'/);
  assert.ok(taken < 100 && closed);
});

test.run();
