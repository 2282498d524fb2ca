/**
 * Broken extended XYZ: every fault ends in one DataError that names file and line.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError, parseExtxyz, readStructures } from '../../data/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'extxyz-'));
test.after(() => rmSync(folder, { recursive: true }));

const LATTICE = 'Lattice="3 0 0 0 4 0 0 0 5"';
const frame = (comment: string, ...atoms: string[]) => `${atoms.length}\n${comment}\n${atoms.join('\n')}\n`;
const fine = frame(LATTICE, 'Cu 0 0 0', 'Cu 1 1 1');
const spins = 'Properties=species:S:1:pos:R:3:spin:R:1';

/** Texts and the line (in the second frame, which starts at line 5) that the message must name. */
const broken: [string, string, number][] = [
  ['a count that is no number', fine + frame(LATTICE, 'Cu 0 0 0').replace('1\n', 'one\n'), 5],
  ['a count of zero', `${fine}0\n${LATTICE}\n`, 5],
  ['a negative count', fine + frame(LATTICE, 'Cu 0 0 0').replace('1\n', '-1\n'), 5],
  ['a fractional count', fine + frame(LATTICE, 'Cu 0 0 0').replace('1\n', '1.0\n'), 5],
  ['a count too small: the next atom is taken for a count', fine.replace('2\n', '1\n') + fine, 4],
  ['a count too large: the next count is taken for an atom', fine.replace('2\n', '3\n') + fine, 5],
  ['a file cut after the count', `${fine}1\n`, 5],
  ['a file cut after the comment', `${fine}1\n${LATTICE}\n`, 5],
  ['a file cut between atoms', `${fine}3\n${LATTICE}\nCu 0 0 0\nCu 1 1 1\n`, 5],
  ['a file cut in an atom', `${fine}2\n${LATTICE}\nCu 0 0 0\nCu 1 1`, 8],
  ['an empty atom line', fine + frame(LATTICE, 'Cu 0 0 0', '', 'Cu 1 1 1'), 8],
  ['a column too many', fine + frame(LATTICE, 'Cu 0 0 0', 'Cu 1 1 1 1'), 8],
  ['a column too few', fine + frame(LATTICE, 'Cu 0 0'), 7],
  ['an unknown element', fine + frame(LATTICE, 'Cu 0 0 0', 'Qq 1 1 1'), 8],
  ['an element in lower case', fine + frame(LATTICE, 'cu 0 0 0'), 7],
  ['an atomic number of zero', fine + frame(`${LATTICE} Properties=Z:I:1:pos:R:3`, '0 0 0 0'), 7],
  ['an atomic number too large', fine + frame(`${LATTICE} Properties=Z:I:1:pos:R:3`, '119 0 0 0'), 7],
  ['a fractional atomic number', fine + frame(`${LATTICE} Properties=Z:I:1:pos:R:3`, '6.5 0 0 0'), 7],
  ['a position that is NaN', fine + frame(LATTICE, 'Cu 0 0 0', 'Cu 1 NaN 1'), 8],
  ['a position that is infinite', fine + frame(LATTICE, 'Cu 0 -inf 0'), 7],
  ['a position that overflows', fine + frame(LATTICE, 'Cu 0 1e999 0'), 7],
  ['stars of a Fortran format', fine + frame(LATTICE, 'Cu 0 ******** 0'), 7],
  ['a hexadecimal position', fine + frame(LATTICE, 'Cu 0 0x10 0'), 7],
  ['text behind a number', fine + frame(LATTICE, 'Cu 0 1.5A 0'), 7],
  ['a force that is NaN', fine + frame(`${LATTICE} Properties=species:S:1:pos:R:3:forces:R:3`, 'Cu 0 0 0 0 nan 0'), 7],
  ['forces of one column', fine + frame(`${LATTICE} Properties=species:S:1:pos:R:3:forces:R:1`, 'Cu 0 0 0 1'), 6],
  ['another column that is NaN', fine + frame(`${LATTICE} ${spins}`, 'Cu 0 0 0 NaN'), 7],
  ['a truth value that is none', fine + frame(`${LATTICE} ${spins.replace('R:1', 'L:1')}`, 'Cu 0 0 0 maybe'), 7],
  ['an integer that is none', fine + frame(`${LATTICE} ${spins.replace('R:1', 'I:1')}`, 'Cu 0 0 0 1.5'), 7],
  ['no lattice though periodic', fine + frame('pbc="T T T"', 'Cu 0 0 0'), 6],
  ['a lattice of eight numbers', fine + frame('Lattice="3 0 0 0 3 0 0 0"', 'Cu 0 0 0'), 6],
  ['a lattice with NaN', fine + frame('Lattice="3 0 0 0 3 0 0 0 NaN"', 'Cu 0 0 0'), 6],
  ['a lattice with a word', fine + frame('Lattice="3 0 0 0 3 0 0 0 c"', 'Cu 0 0 0'), 6],
  ['a bare Lattice', fine + frame('Lattice', 'Cu 0 0 0'), 6],
  ['dependent lattice vectors', fine + frame('Lattice="1 2 3 2 4 6 0 0 1"', 'Cu 0 0 0'), 6],
  ['a lattice of zeros', fine + frame('Lattice="0 0 0 0 0 0 0 0 0"', 'Cu 0 0 0'), 6],
  ['dependent by rounding', fine + frame('Lattice="1e3 2e3 3e3 1.1e3 7.7e3 3.3e3 2.1e3 9.7e3 6.3e3"', 'Cu 0 0 0'), 6],
  ['dependent vectors of a slab', fine + frame('Lattice="1 2 3 2 4 6 0 0 9" pbc="T T F"', 'Cu 0 0 0'), 6],
  ['pbc of two flags', fine + frame(`${LATTICE} pbc="T T"`, 'Cu 0 0 0'), 6],
  ['pbc of other words', fine + frame(`${LATTICE} pbc="x y z"`, 'Cu 0 0 0'), 6],
  ['an unclosed quote', fine + frame('Lattice="3 0 0 0 4 0 0 0 5', 'Cu 0 0 0'), 6],
  ['an unclosed quote in a note', fine + frame(`${LATTICE} note="it energy=1`, 'Cu 0 0 0'), 6],
  ['a single quote never closed', fine + frame(`${LATTICE} note='it energy=1`, 'Cu 0 0 0'), 6],
  ['an unclosed quote of one letter', fine + frame(`${LATTICE} note="`, 'Cu 0 0 0'), 6],
  ['a quote closed only by an escaped one', fine + frame(`${LATTICE} note="it\\" energy=1`, 'Cu 0 0 0'), 6],
  ['an unclosed brace', fine + frame(`${LATTICE} note={1 2 3`, 'Cu 0 0 0'), 6],
  ['an unclosed bracket', fine + frame(`${LATTICE} note=[1,2,3`, 'Cu 0 0 0'), 6],
  ['a value without a key', fine + frame(`${LATTICE} =5`, 'Cu 0 0 0'), 6],
  ['an energy that is NaN', fine + frame(`${LATTICE} energy=NaN`, 'Cu 0 0 0'), 6],
  ['an energy without a value', fine + frame(`${LATTICE} energy`, 'Cu 0 0 0'), 6],
  ['an energy of two numbers', fine + frame(`${LATTICE} energy="1 2"`, 'Cu 0 0 0'), 6],
  ['a stress of five numbers', fine + frame(`${LATTICE} stress="1 2 3 4 5"`, 'Cu 0 0 0'), 6],
  ['a stress with inf', fine + frame(`${LATTICE} stress="1 2 3 4 5 inf"`, 'Cu 0 0 0'), 6],
  ['a stress without a cell', fine + frame('stress="1 2 3 4 5 6"', 'Cu 0 0 0'), 6],
  [
    'a stress of a cell without volume',
    fine + frame('Lattice="3 4 0" pbc="T T F" stress="1 2 3 4 5 6"', 'Cu 0 0 0'),
    6,
  ],
  ['a virial without a cell', fine + frame('virial="1 2 3 4 5 6"', 'Cu 0 0 0'), 6],
  ['a virial that overflows', fine + frame('Lattice=".1 .1 .1" virial="1e308 2 3 4 5 6"', 'Cu 0 0 0'), 6],
  ['Properties without kinds', fine + frame(`${LATTICE} Properties=species:pos`, 'Cu 0 0 0'), 6],
  ['Properties of unknown kind', fine + frame(`${LATTICE} Properties=species:S:1:pos:X:3`, 'Cu 0 0 0'), 6],
  ['Properties without pos', fine + frame(`${LATTICE} Properties=species:S:1:xyz:R:3`, 'Cu 0 0 0'), 6],
  ['Properties without species', fine + frame(`${LATTICE} Properties=who:S:1:pos:R:3`, 'Cu 0 0 0'), 6],
  ['pos of two columns', fine + frame(`${LATTICE} Properties=species:S:1:pos:R:2`, 'Cu 0 0'), 6],
  ['a column of no width', fine + frame(`${LATTICE} ${spins.replace('R:1', 'R:0')}`, 'Cu 0 0 0'), 6],
];

for (const [name, text, line] of broken) {
  test(`refused, with file and line: ${name}`, () => {
    try {
      parseExtxyz(text, 'some.extxyz');
    } catch (error) {
      assert.instance(error, DataError);
      const { message } = error as DataError;
      assert.ok(message.startsWith(`some.extxyz:${line}: `), message);
      assert.ok(message.length < 400 && !message.includes('\n'), message);
      return;
    }
    assert.unreachable('it was read');
  });
}

test('files that are no files, empty, or damaged: a DataError that names the file', async () => {
  const path = (name: string) => join(folder, name);
  mkdirSync(path('folder'));
  const zipped = gzipSync(fine.repeat(200));
  const damaged = Buffer.from(zipped);
  damaged.fill(0x55, zipped.length >> 1, (zipped.length >> 1) + 8);
  const files: Record<string, Buffer | string> = {
    empty: '',
    blank: '\n \n\n',
    'empty.gz': gzipSync(''),
    'cut.gz': zipped.subarray(0, zipped.length - 10),
    'header.gz': zipped.subarray(0, 5),
    'damaged.gz': damaged,
    binary: Buffer.from([0, 255, 1, 254, 10, 13, 0]),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path(name), bytes);
  for (const name of [...Object.keys(files), 'folder', 'missing', 'empty/below'])
    try {
      await readStructures(path(name));
      assert.unreachable(`${name} was read`);
    } catch (error) {
      assert.instance(error, DataError, `${name}: ${error}`);
      assert.ok((error as DataError).message.startsWith(path(name)), (error as DataError).message);
    }
});

test.run();
