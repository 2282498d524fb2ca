/**
 * Extended XYZ: what is written is read back to the last bit, and every form that tools write is understood.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatExtxyz, parseExtxyz, readStructures, writeExtxyz } from '../../data/index.ts';
import { check } from '../support/check.ts';
import { identical, record } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'extxyz-'));
test.after(() => rmSync(folder, { recursive: true }));

const LATTICE = 'Lattice="3 0 0 0 4 0 0 0 5"';
/** One copper atom under a comment line. */
const one = (comment: string, atom = 'Cu 0.1 0.2 0.3') => parseExtxyz(`1\n${comment}\n${atom}\n`, 'file')[0];

test('text: written and read back, every bit equal', () =>
  check(
    fc.array(record, { minLength: 1, maxLength: 3 }),
    (structures) => {
      const read = parseExtxyz(structures.map(formatExtxyz).join(''));
      assert.is(read.length, structures.length);
      read.forEach((r, k) => void identical(r, structures[k]));
    },
    200,
  ));

test('files, plain and gzipped: written and read back, every bit equal', () =>
  check(
    fc.tuple(fc.array(record, { minLength: 1, maxLength: 3 }), fc.constantFrom('a.extxyz', 'a.extxyz.gz')),
    async ([structures, name]) => {
      const path = join(folder, name);
      await writeExtxyz(path, structures);
      assert.is(readFileSync(path)[0] === 0x1f, name.endsWith('.gz'));
      const read = await readStructures(path);
      assert.is(read.length, structures.length);
      read.forEach((r, k) => void identical(r, structures[k]));
    },
    20,
  ));

test('an id without a property of its own is written as name', () =>
  check(record, ({ properties: _, ...rest }) => {
    const read = parseExtxyz(formatExtxyz({ ...rest, properties: {} }))[0];
    identical(read, { ...rest, properties: { name: rest.id } });
  }));

test('what could not be read again is not written', () => {
  const good = one(LATTICE);
  for (const bad of [
    { ...good, positions: Float64Array.of(0, Number.NaN, 0) },
    { ...good, energy: Number.POSITIVE_INFINITY },
    { ...good, forces: Float64Array.of(0, Number.NaN, 0) },
    { ...good, properties: { gap: Number.NaN } },
    { ...good, properties: { free_energy: 1 } },
    { ...good, cell: new Float64Array(9), periodic: [false, false, false] as const, stress: new Float64Array(9) },
    { ...good, properties: { '': 1 } },
    { ...good, properties: { LATTICE: 1 } },
    { ...good, arrays: { 'a:b': Float64Array.of(1) } },
    { ...good, arrays: { short: new Float64Array(0) } },
    { ...good, numbers: new Int32Array(), positions: new Float64Array() },
  ])
    assert.throws(() => formatExtxyz(bad), /file:1: cannot be written/);
});

test('values: quotes, braces, brackets, bare keys, spaces', () => {
  const { properties } = one(
    `${LATTICE} a=1 b="two words" c='three more words' d={4 5 6} e=[7, 8, 9] flag g = 10 h= 11 i =12 j=T k=False l="" ` +
      `m="say \\"hi\\"" n="back\\\\slash" o="line\\nbreak" p="C:\\temp" q='"' r="it's" s=[[1,0],[0,1]] t="x=y" u=-1.5e-3 v=1e400 Ω=x`,
  );
  assert.equal(properties, {
    a: 1,
    b: 'two words',
    c: 'three more words',
    d: [4, 5, 6],
    e: [7, 8, 9],
    flag: true,
    g: 10,
    h: 11,
    i: 12,
    j: true,
    k: false,
    l: '',
    m: 'say "hi"',
    n: 'back\\slash',
    o: 'line\nbreak',
    p: 'C:\\temp',
    q: '"',
    r: "it's",
    s: [1, 0, 0, 1],
    t: 'x=y',
    u: -0.0015,
    v: '1e400',
    Ω: 'x',
  });
});

test('lattice and pbc in every form', () => {
  const cell = Float64Array.of(3, 0, 0, 0, 4, 0, 0, 0, 5);
  for (const form of [
    LATTICE,
    "Lattice='3 0 0 0 4 0 0 0 5'",
    'Lattice={3 0 0 0 4 0 0 0 5}',
    'Lattice=[[3,0,0],[0,4,0],[0,0,5]]',
    'Lattice="3 4 5"',
    'Lattice = "3.0D0 0 0 0 4.0d+0 0 0 0 .5E1"',
    'Lattice="\t3  0 0   0 4 0 0 0 5 "',
  ]) {
    const read = one(form);
    assert.equal(read.cell, cell, form);
    assert.equal(read.periodic, [true, true, true]);
  }
  for (const form of ['"T F T"', "'T F T'", '{T F T}', '[True, False, True]', '"1 0 1"', '"true false true"'])
    assert.equal(one(`${LATTICE} pbc=${form}`).periodic, [true, false, true], form);
  // Without a lattice: a molecule, unless one is required.
  assert.equal(one('').periodic, [false, false, false]);
  assert.equal(one('pbc="F F F" energy=2').energy, 2);
  assert.equal(one('Lattice="3 0 0 0 0 0 0 0 0" pbc="T F F"').periodic, [true, false, false]);
  assert.throws(
    () => parseExtxyz('1\n\nCu 0 0 0\n', 'file', { requireLattice: true }),
    /^file:2: the lattice is missing/,
  );
});

test('energies, stress and virial under their names', () => {
  for (const form of ['energy=-1.5', 'Energy=-1.5', 'free_energy=-1.5', 'energy="-1.5"', 'energy=-0.15D+01'])
    assert.is(one(`${LATTICE} ${form}`).energy, -1.5, form);
  // The energy at zero smearing is preferred to the free energy.
  const both = one(`${LATTICE} free_energy=-2 Energy=-3 energy=-1`);
  assert.is(both.energy, -1);
  assert.equal([both.properties.free_energy, both.properties.Energy], [-2, -3]);
  assert.is(one(LATTICE).energy, undefined);
  const voigt = [1, 2, 3, 4, 5, 6];
  const full = [1, 6, 5, 6, 2, 4, 5, 4, 3];
  assert.equal([...one(`${LATTICE} stress="${voigt.join(' ')}"`).stress!], full);
  assert.equal([...one(`${LATTICE} stress="${full.join(' ')}"`).stress!], full);
  // A virial is -V stress; V = 60, also for left-handed cells.
  for (const lattice of [LATTICE, 'Lattice="3 0 0 0 4 0 0 0 -5"'])
    assert.equal([...one(`${lattice} virial="${full.map((x) => -60 * x).join(' ')}"`).stress!], full);
  assert.equal([...one(`${LATTICE} virial="9 9 9 9 9 9" stress="${voigt.join(' ')}"`).stress!], full);
});

test('columns: names, kinds, order; numbers with D exponents', () => {
  const read = one(
    'Properties=id:I:1:Z:I:1:force:R:3:tag:S:1:positions:R:3:free:L:1:spin:R:2',
    '7 29 1 2 3 x 1.5D-3 -.5d0 5. T 1e2 +3',
  );
  assert.equal([...read.numbers], [29]);
  assert.equal([...read.positions], [0.0015, -0.5, 5]);
  assert.equal([...read.forces!], [1, 2, 3]);
  assert.equal(Object.fromEntries(Object.entries(read.arrays).map(([name, x]) => [name, [...x]])), {
    id: [7],
    free: [1],
    spin: [100, 3],
  });
});

test('line ends, blank lines between frames, spaces and tabs, a byte order mark', () =>
  check(
    fc.tuple(
      fc.array(record, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('', '\n', ' \n\n'),
      fc.constantFrom('', '\ufeff'),
    ),
    ([structures, end, blank, mark]) => {
      const text = structures.map((s) => formatExtxyz(s).replace(/^/gm, (_, at) => (at > 0 ? '' : ' '))).join(blank);
      const read = parseExtxyz(mark + (text + blank).replaceAll('\n', end));
      assert.is(read.length, structures.length);
      read.forEach((r, k) => void identical(r, structures[k]));
      const last = parseExtxyz(text.trimEnd().replaceAll('\n', end));
      assert.is(last.length, structures.length);
    },
  ));

test('no comment line is too long', () => {
  const words = 'x '.repeat(5_000_000);
  assert.is((one(`${LATTICE} note="${words}"`).properties.note as string).length, words.length);
});

test('a structure does not keep the text of its file alive', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  const text = `1\n${LATTICE} name=a-rather-long-name-of-a-structure padding="${'y'.repeat(30)}"\nCu 0 0 0\n`;
  // A text of its own for each file, as a read gives.
  const kept = Array.from({ length: 4 }, () => parseExtxyz(Buffer.from(text + '\n'.repeat(8e6)).toString('utf8')));
  assert.ok(heap() - before < 8e6, `${heap() - before} bytes kept for ${kept.length} small structures`);
});

test.run();
