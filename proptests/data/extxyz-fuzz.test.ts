/**
 * Extended XYZ with bytes changed at random: read to finite numbers or refused with a DataError, never anything else.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError, parseExtxyz, readStructures } from '../../data/index.ts';
import { check } from '../support/check.ts';
import { sane } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'extxyz-'));
test.after(() => rmSync(folder, { recursive: true }));

const LATTICE = 'Lattice="3 0 0 0 4 0 0 0 5"';
const frame = (comment: string, ...atoms: string[]) => `${atoms.length}\n${comment}\n${atoms.join('\n')}\n`;
/** Changes of a few bytes: replaced, removed, repeated, cut. */
const mutation = fc.record({
  kind: fc.constantFrom('replace', 'remove', 'insert', 'repeat', 'cut'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789eEdD+-. \n"\'{}[]=:TFxn\\'))),
  length: fc.integer({ min: 1, max: 40 }),
});
function mutate(
  bytes: Buffer,
  changes: readonly (typeof mutation extends fc.Arbitrary<infer M> ? M : never)[],
): Buffer {
  return changes.reduce((b, { kind, at, byte, length }) => {
    const k = Math.floor(at * b.length);
    const [head, tail] = [b.subarray(0, k), b.subarray(k)];
    if (kind === 'cut') return head;
    if (kind === 'replace') return Buffer.concat([head, Buffer.of(byte), tail.subarray(1)]);
    if (kind === 'remove') return Buffer.concat([head, tail.subarray(length)]);
    if (kind === 'insert') return Buffer.concat([head, Buffer.of(byte), tail]);
    return Buffer.concat([head, tail.subarray(0, length), tail]);
  }, bytes);
}
const rich =
  frame(
    `${LATTICE} Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5 virial="1 2 3 4 5 6" note="a b" flag`,
    'Cu 0 0 0 1 2 3',
    'O 1 1 1 -1 -2 -3',
  ) +
  frame("Lattice=[[3,0,0],[0,4,0],[0,0,5]] pbc={T F T} stress='1 2 3 4 5 6' free_energy=1D0", 'H 0 0 0') +
  frame('Properties=Z:I:1:pos:R:3:spin:R:1:fixed:L:1 name=x', '6 .5 1e-3 2D1 -1 T');

/** Changes of whole lines or words: removed, repeated, exchanged, moved from another place. */
const shuffle = fc.record({
  kind: fc.constantFrom('remove', 'repeat', 'swap', 'copy'),
  unit: fc.constantFrom('line', 'word'),
  at: fc.nat(),
  other: fc.nat(),
});
function shuffled(
  text: string,
  changes: readonly (typeof shuffle extends fc.Arbitrary<infer S> ? S : never)[],
): string {
  return changes.reduce((old, { kind, unit, at, other }) => {
    const parts = unit === 'line' ? old.split(/(?<=\n)/) : old.split(/(?<=[ \n])/);
    const [k, j] = [at % parts.length, other % parts.length];
    const [here, there] = [parts[k] ?? '', parts[j] ?? ''];
    if (kind === 'remove') parts.splice(k, 1);
    else if (kind === 'repeat') parts.splice(k, 0, here);
    else if (kind === 'copy') parts[k] = there;
    else [parts[k], parts[j]] = [there, here];
    return parts.join('');
  }, text);
}

/** Parses or throws a DataError of one line that fits on a screen; counts which. */
const outcomes = { read: 0, refused: 0 };
async function survives(read: () => unknown): Promise<void> {
  try {
    for (const structure of (await read()) as ReturnType<typeof parseExtxyz>) sane(structure);
    outcomes.read++;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    assert.ok(!/[\x00-\x1f\x7f-\x9f]/.test(error.message) && error.message.length < 500, error.message);
    outcomes.refused++;
  }
}

test('fuzz: a text with a few bytes changed is read to finite numbers or refused', async () => {
  await check(
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    (changes) => survives(() => parseExtxyz(mutate(Buffer.from(rich), changes).toString('utf8'), 'file')),
    1500,
  );
  // Both happen, else the changes are too tame or too wild.
  assert.ok(outcomes.read > 50 && outcomes.refused > 50, JSON.stringify(outcomes));
});

test('fuzz: a gzipped file with a few bytes changed', () =>
  check(
    fc.array(mutation, { minLength: 1, maxLength: 2 }),
    async (changes) => {
      const path = join(folder, 'fuzz.gz');
      writeFileSync(path, mutate(gzipSync(rich), changes));
      await survives(() => readStructures(path));
    },
    60,
  ));

test('fuzz: lines and words removed, repeated, exchanged, copied', () =>
  check(
    fc.array(shuffle, { minLength: 1, maxLength: 3 }),
    (changes) => survives(() => parseExtxyz(shuffled(rich, changes), 'file')),
    1500,
  ));

test('fuzz: zipped data in all shapes, whole or damaged', () =>
  check(
    fc.record({
      parts: fc.array(
        fc.record({
          text: fc.constantFrom(rich, '', '\n', frame(LATTICE, 'H 0 0 0')),
          level: fc.integer({ min: 0, max: 9 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      tail: fc.constantFrom('', '\0\0', 'junk', '\x1f\x8b', '\x1f'),
      changes: fc.array(mutation, { maxLength: 1 }),
    }),
    async ({ parts, tail, changes }) => {
      const path = join(folder, 'shapes.extxyz');
      const zipped = Buffer.concat(parts.map(({ text, level }) => gzipSync(text, { level })));
      writeFileSync(path, mutate(Buffer.concat([zipped, Buffer.from(tail, 'latin1')]), changes));
      await survives(() => readStructures(path));
    },
    100,
  ));

test('fuzz: a word of the comment line exchanged for another', () => {
  const words = [
    '',
    '""',
    '"',
    '{',
    '[',
    '=',
    'NaN',
    '1e999',
    '-',
    'T',
    '"T T T"',
    '0',
    '1 2',
    '"1 2 3 4 5 6"',
    ':::',
    'Infinity',
  ];
  return check(
    fc.tuple(fc.nat(), fc.constantFrom(...words)),
    ([at, word]) => {
      const parts = rich.split(/([\s=:"])/);
      parts[at % parts.length] = word;
      return survives(() => parseExtxyz(parts.join(''), 'file'));
    },
    600,
  );
});

test.run();
