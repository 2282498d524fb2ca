/**
 * Published data sets: every file is read, its labels are sane, and its counts are those of the table in its README.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, readStructures } from '../../data/index.ts';
import { determinant } from '../../graph/index.ts';
import { data, needs } from '../support/folders.ts';
import { sane } from './records.ts';

const test = suite('real data');

interface Counts {
  readonly structures: number;
  readonly elements: number;
  readonly meanAtoms: string;
  readonly maxAtoms: number;
}

/** Rows `| folder/name.extxyz.gz (size) | what | structures | elements | mean atoms (max) | ...` of the README. */
function table(): Map<string, Counts> {
  const readme = join(data, 'README.md');
  const rows = existsSync(readme) ? readFileSync(readme, 'utf8').split('\n') : [];
  const found = new Map<string, Counts>();
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim());
    const name = /^(\S+\.extxyz\.gz)/.exec(cells[1] ?? '')?.[1];
    const atoms = /^([\d.]+) \((\d+)\)$/.exec(cells[5] ?? '');
    if (name && atoms)
      found.set(name, {
        structures: Number(cells[3]),
        elements: Number(cells[4]),
        meanAtoms: atoms[1],
        maxAtoms: Number(atoms[2]),
      });
  }
  return found;
}

function matches(structures: readonly LabelledStructure[], expected: Counts, name: string): void {
  const atoms = structures.map((s) => s.numbers.length);
  assert.is(structures.length, expected.structures, `${name}: structures`);
  assert.is(new Set(structures.flatMap((s) => [...s.numbers])).size, expected.elements, `${name}: elements`);
  assert.is(Math.max(...atoms), expected.maxAtoms, `${name}: most atoms`);
  const mean = atoms.reduce((sum, n) => sum + n, 0) / atoms.length;
  assert.ok(Math.abs(mean - Number(expected.meanAtoms)) <= 0.05 + 1e-9, `${name}: mean atoms ${mean}`);
}

const filesOf = (folder: string): string[] =>
  readdirSync(join(data, folder))
    .filter((file) => file.endsWith('.extxyz.gz'))
    .map((file) => `${folder}/${file}`);

const compared = { pretrain: 0, properties: 0 };

needs(join(data, 'pretrain'), test, 'pre-training files: energies, forces and (unless said) stresses', async () => {
  const counts = table();
  for (const name of filesOf('pretrain')) {
    const structures = await readStructures(join(data, name));
    for (const s of structures) {
      sane(s);
      assert.ok(s.energy !== undefined && s.forces !== undefined, `${name} ${s.id}`);
      assert.is(s.stress === undefined, name.includes('nostress'), `${name} ${s.id}: stress`);
      assert.ok(s.periodic.every(Boolean) && Math.abs(determinant(s.cell)) > 1, `${name} ${s.id}: cell`);
      // Wide bounds: totals of pseudopotential codes are tens to hundreds of eV an atom.
      assert.ok(Math.abs(s.energy / s.numbers.length) < 5e3, `${name} ${s.id}: energy ${s.energy} eV`);
      assert.ok(
        s.forces.every((f) => Math.abs(f) < 1e3),
        `${name} ${s.id}: forces`,
      );
      const [t, u] = [s.stress ?? [0, 0, 0, 0, 0, 0, 0, 0, 0], 1e-6];
      assert.ok(Math.abs(t[1] - t[3]) < u && Math.abs(t[2] - t[6]) < u && Math.abs(t[5] - t[7]) < u, s.id);
    }
    const expected = counts.get(name);
    if (!expected) continue;
    matches(structures, expected, name);
    compared.pretrain++;
  }
  if (counts.size > 0) assert.ok(compared.pretrain > 0, 'no file of the table was found');
});

needs(join(data, 'properties'), test, 'property files: every structure has its target', async () => {
  const counts = table();
  for (const name of filesOf('properties')) {
    const structures = await readStructures(join(data, name));
    for (const s of structures) {
      sane(s);
      const target = s.properties.target;
      assert.type(target, 'string', `${name} ${s.id}`);
      assert.type(s.properties[target as string], 'number', `${name} ${s.id}: ${target}`);
      assert.type(s.properties.unit ?? '', 'string', `${name} ${s.id}: unit`);
      assert.is(s.id, s.properties.material_id, `${name} ${s.id}`);
    }
    const expected = counts.get(name);
    if (!expected) continue;
    matches(structures, expected, name);
    compared.properties++;
  }
  if (counts.size > 0) assert.ok(compared.properties > 0, 'no file of the table was found');
});

needs(join(data, 'formats', 'mptrj_5.extxyz'), test, 'an uncompressed file', async () => {
  const structures = await readStructures(join(data, 'formats', 'mptrj_5.extxyz'));
  assert.is(structures.length, 5);
  for (const s of structures) {
    sane(s);
    assert.ok(s.energy !== undefined && s.forces !== undefined && s.stress !== undefined, s.id);
  }
});

test.run();
