/**
 * Round trips with ASE: what it writes is read here as it was meant, and what is written here it reads as the same.
 *
 * Needs Python with ASE (Debian: python3-ase); skipped, visibly, where there is none.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, readStructures, writeExtxyz } from '../../data/index.ts';
import { check, seed } from '../support/check.ts';
import { record } from './records.ts';

const test = suite('ase');
const script = fileURLToPath(new URL('./ase_records.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ase-'));
test.after(() => rmSync(folder, { recursive: true }));

/** What ase_records.py says of a structure. */
interface Seen {
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: boolean[];
  readonly info: [string, unknown][];
  readonly arrays: Record<string, (number | string | boolean | number[])[]>;
  readonly results: { energy?: number; forces?: number[][]; stress?: number[] };
}

const python = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import ase.io.extxyz']).status === 0,
);

function ase(...args: string[]): Seen[] {
  const { status, stdout, stderr } = spawnSync(python!, [script, ...args], { encoding: 'utf8', maxBuffer: 1e9 });
  assert.is(status, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen);
}

function needsAse(name: string, body: () => Promise<void>): void {
  if (python) test(name, body);
  else {
    console.log(`SKIPPED ${name}: no Python with ASE`);
    test.skip(name);
  }
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.flat(9).every((x) => typeof x === 'number');

/** A value of info as it is read here: numbers flat, other nested values as JSON, truth values of a list as T and F. */
function expected(value: unknown, read: unknown): unknown {
  if (value === null) return true;
  if (isNumbers(value)) return (value as unknown[]).flat(9);
  if (typeof value !== 'object') return value;
  if (read === 'T F') return JSON.stringify(value) === '[true,false]' ? read : value;
  assert.type(read, 'string');
  assert.ok((read as string).startsWith('_JSON '), String(read));
  assert.equal(JSON.parse((read as string).slice(6)), value);
  return read;
}

const close = (a: ArrayLike<number>, b: readonly number[], what: string): void => {
  assert.is(a.length, b.length, what);
  // ASE writes eight decimals of columns.
  b.forEach((x, k) => void assert.ok(Math.abs(a[k] - x) < 1e-8, `${what}: ${a[k]} and ${x}`));
};

/** Read here as it was meant there. */
function sameAsMeant(read: LabelledStructure, meant: Seen): void {
  assert.equal([...read.numbers], meant.numbers);
  assert.equal([[...read.cell], [...read.periodic]], [meant.cell, meant.pbc]);
  close(read.positions, meant.positions, 'positions');
  const info = meant.info.map(([key, value]) => [key, expected(value, read.properties[key])]);
  assert.equal(read.properties, Object.fromEntries(info));
  const numeric = Object.entries(meant.arrays).filter(([, list]) => typeof list.flat()[0] !== 'string');
  assert.equal(Object.keys(read.arrays).sort(), numeric.map(([name]) => name).sort());
  for (const [name, list] of numeric) close(read.arrays[name], list.flat().map(Number), name);
  assert.is(read.energy, meant.results.energy);
  if (meant.results.forces) close(read.forces!, meant.results.forces.flat(), 'forces');
  const [xx, yy, zz, yz, xz, xy] = meant.results.stress ?? [];
  assert.equal(read.stress && [...read.stress], meant.results.stress && [xx, xy, xz, xy, yy, yz, xz, yz, zz]);
}

needsAse('written by ASE, read here: all kinds of info, columns, cells and labels', async () => {
  const path = join(folder, 'by-ase.extxyz');
  const meant = ase('write', String(seed), '400', path);
  const read = await readStructures(path);
  assert.is(read.length, meant.length);
  read.forEach((structure, k) => void sameAsMeant(structure, meant[k]));
});

needsAse('written here, read by ASE: numbers to the last bit, keys and texts as they are', async () => {
  const text = fc.stringMatching(/^q[a-z "'{}[\],;:é]{0,8}$/);
  // ASE tells numbers of one atom from others, and splits what is in columns of one name.
  const own = fc.dictionary(text, fc.oneof(text, fc.double({ min: -9, max: 9, noNaN: true }), fc.boolean()), {
    maxKeys: 4,
  });
  const structures: LabelledStructure[] = [];
  await check(
    fc.tuple(record, own),
    ([structure, properties]) =>
      void structures.push({ ...structure, properties: { name: 'qx', ...properties }, arrays: {} }),
    100,
  );
  const path = join(folder, 'by-us.extxyz');
  await writeExtxyz(path, structures);
  const seen = ase('read', path);
  assert.is(seen.length, structures.length);
  seen.forEach(({ numbers, positions, cell, pbc, info, results }, k) => {
    const s = structures[k];
    assert.equal([numbers, positions, cell], [[...s.numbers], [...s.positions], [...s.cell]]);
    assert.equal(pbc, [...s.periodic]);
    assert.equal([results.energy, results.forces?.flat()], [s.energy, s.forces && [...s.forces]]);
    assert.equal(Object.fromEntries(info), s.properties);
  });
});

test.run();
