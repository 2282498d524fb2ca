/**
 * Finding the target: values against the records that they were put into, and every way in which files are wrong.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LabelledStructure, type Property, parseExtxyz, readStructures } from '../../data/index.ts';
import { nearest } from '../../data/nearest.ts';
import { targets } from '../../data/targets.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';

const structure = (properties: Record<string, Property>, k = 0): LabelledStructure => ({
  id: `s${k}`,
  numbers: Int32Array.of(29),
  positions: new Float64Array(3),
  cell: new Float64Array(9),
  periodic: [false, false, false],
  properties,
  arrays: {},
});
const list = (...properties: Record<string, Property>[]) => properties.map(structure);

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const absent = fc.constantFrom(undefined, 'NaN', 'nan', 'None', 'null', 'N/A', '-', '');
const wrong: fc.Arbitrary<Property> = fc.constantFrom<Property[]>(
  'inf',
  'high',
  true,
  false,
  [1, 2],
  Number.POSITIVE_INFINITY,
);
const key = fc.constantFrom('gap', 'K_VRH', 'constructor', 'energy_per_atom');

test('what was put in comes out, in order; missing ones are refused or dropped, wrong ones always refused', async () => {
  const seen = { fine: 0, missing: 0, wrong: 0 };
  const value = fc.oneof(
    { weight: 12, arbitrary: number },
    { weight: 1, arbitrary: absent },
    { weight: 1, arbitrary: wrong },
  );
  await check(
    fc.record({ name: key, values: fc.array(value, { minLength: 1, maxLength: 12 }), named: fc.boolean() }),
    ({ name, values, named }) => {
      const structures = values.map((v, k) =>
        structure(
          { ...(v === undefined ? {} : { [name]: v }), other: 1, ...(named ? { target: name } : {}), unit: 'eV' },
          k,
        ),
      );
      const ask = (dropMissing: boolean) => targets(structures, named ? undefined : name, { dropMissing });
      const good = values.flatMap((v, k) => (typeof v === 'number' && Number.isFinite(v) ? [k] : []));
      const bad = values.filter(
        (v) => v !== undefined && (typeof v !== 'string' || /inf|high/.test(v)) && !Number.isFinite(v),
      );
      const missing = values.length - good.length - bad.length;
      if (bad.length > 0) {
        seen.wrong++;
        const message = new RegExp(`${name} is not a finite number in ${bad.length} of ${values.length}`);
        assert.throws(() => ask(false), message);
        assert.throws(() => ask(true), message);
      } else if (good.length === 0) {
        assert.throws(() => ask(false));
        assert.throws(() => ask(true), /none of \d+ structures has/);
      } else {
        if (missing > 0) {
          seen.missing++;
          assert.throws(() => ask(false), new RegExp(`absent.* in ${missing} of ${values.length}.*--drop-missing`));
        } else {
          seen.fine++;
          assert.equal(ask(false), ask(true));
        }
        const found = ask(true);
        assert.is(found.key, name);
        assert.is(found.unit, 'eV');
        assert.equal(
          [...found.values],
          good.map((k) => values[k]),
        );
        assert.ok(found.structures.every((s, k) => s === structures[good[k]]));
        assert.is(found.notes.length, missing > 0 ? 1 : 0);
      }
    },
    300,
  );
  assert.ok(seen.fine > 30 && seen.missing > 30 && seen.wrong > 30, JSON.stringify(seen));
});

test('the first three offenders are named, with what was found', () => {
  const structures = [1, 'inf', 2, 'x', true, 'y'].map((gap, k) => structure({ gap }, k));
  assert.throws(
    () => targets(structures, 'gap'),
    /gap is not a finite number in 4 of 6 structures: s1 \(number 2: "inf"\), s3 \(number 4: "x"\), s5? ?.*true\), \.\.\./,
  );
  const lacking = list({ gap: 1 }, {}, { gap: 'nan' }, {}, {});
  assert.throws(
    () => targets(lacking, 'gap'),
    /absent or not a number in 4 of 5 structures: s1 \(number 2\), s2 \(number 3: "nan"\), s3 \(number 4\), \.\.\./,
  );
});

test('a key that is nowhere: keys with numbers, the nearest first', () => {
  const structures = list({ K_VRH: 1, log10_K_VRH: 2, G_VRH: 3, formula: 'CuO', bandgap: 4 });
  assert.throws(
    () => targets(structures, 'band_gap'),
    /none of 1 structures has band_gap in its comment line. Keys with numbers: bandgap, .*G_VRH/,
  );
  assert.throws(() => targets(structures, 'k_vrh'), /Keys with numbers: K_VRH, G_VRH/);
  assert.throws(() => targets(structures, 'toString'), /none of 1 structures has toString/);
  assert.throws(() => targets(structures), /no target was given.*G_VRH, K_VRH, bandgap, log10_K_VRH/);
  assert.throws(() => targets(list({ a: 'x' })), /no structure has a number under a key/);
  assert.throws(() => targets(list({ a: 'x' }), 'b'), /Keys with numbers: none/);
  assert.throws(
    () => targets(list({ gap: 1, target: 'gap' }, { K: 1, target: 'K' })),
    /several targets: gap \(1\), K \(1\)/,
  );
  assert.throws(() => targets(list({ target: 'gap', K: 1 })), /none of 1 structures has gap.*: K\./);
});

test('units: of the target that the file names, never of another key', () => {
  const file = (...units: (Property | undefined)[]) =>
    units.map((unit, k) => structure({ gap: 1, K: 2, target: 'gap', ...(unit === undefined ? {} : { unit }) }, k));
  assert.is(targets(file('eV', 'eV')).unit, 'eV');
  assert.equal(targets(file('eV', 'eV')).notes, []);
  assert.throws(() => targets(file('eV', 'eV'), 'K'), /K has no unit; unit= belongs to gap \(2\)\. .*--unit/);
  assert.is(targets(file('eV', 'eV'), 'K', { unit: 'GPa' }).unit, 'GPa');
  assert.throws(
    () => targets(file('eV', 'eV'), 'gap', { unit: 'meV' }),
    /file says that gap is in eV, and meV was given/,
  );
  assert.throws(() => targets(file('eV', 'meV', 'eV')), /gap has several units: eV \(2\), meV \(1\)/);
  assert.match(targets(file('eV', undefined)).notes[0], /1 of 2 structures do not say the unit of gap; taken as eV/);
  assert.throws(() => targets(file(undefined)), /gap has no unit\. Write unit=/);
  assert.is(targets(file(undefined), 'gap', { unit: 'eV' }).unit, 'eV');
  assert.is(targets(list({ K: 1, unit: 'GPa' }), 'K').unit, 'GPa', 'without target=, the unit is that of the key');
  // Units of structures that are left out do not count.
  assert.is(targets(list({ K: 1, unit: 'GPa' }, { unit: 'eV' }), 'K', { dropMissing: true }).unit, 'GPa');
});

test('total energies can be a target', () => {
  const text = 'Lattice="4 0 0 0 4 0 0 0 4" energy=-3.5 gap=1\n';
  const structures = parseExtxyz(`1\n${text}Cu 0 0 0\n1\n${text}Cu 0 0 0\n`);
  const found = targets(structures, 'energy');
  assert.equal([...found.values], [-3.5, -3.5]);
  assert.is(found.unit, 'eV');
  assert.equal(found.notes, []);
  assert.throws(() => targets(structures, 'enrgy'), /Keys with numbers: energy, gap/);
});

test('nearest: all names, a typing error away comes first', () =>
  check(fc.uniqueArray(fc.string({ maxLength: 8 }), { maxLength: 8 }), (known) => {
    assert.equal([...nearest('name', known)].sort(), [...known].sort());
    for (const name of known) assert.is(nearest(name, known)[0], name);
  }));

const folder = join(data, 'properties');
needs(folder, test, 'property files say target and unit', async () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.gz') && !file.startsWith('qmof'))) {
    const structures = await readStructures(join(folder, name));
    const { key: target, unit, values, notes } = targets(structures);
    assert.is(values.length, structures.length, name);
    assert.is(target, structures[0].properties.target, name);
    assert.is(unit, String(structures[0].properties.unit), name);
    assert.equal(notes, [], name);
  }
});

test.run();
