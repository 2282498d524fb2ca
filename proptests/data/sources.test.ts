/**
 * Reference energies by source: each source as if it were alone, whole energies explained where composition is all there
 * is, gaps reported, and a state that survives JSON.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type EnergyOf, fitReferences, readStructures, referenceEnergy, symbolOf } from '../../data/index.ts';
import {
  fitSources,
  type OfSource,
  printUncovered,
  referenceOf,
  sourcesFromJson,
  sourcesToJson,
  strangeReferences,
  uncovered,
} from '../../data/sources.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';

/** Even over the range: fc.double draws bits, and nearly all of its numbers are tiny. */
const energy = fc.integer({ min: -100_000, max: 100_000 }).map((x) => x / 1000);
const structure: fc.Arbitrary<EnergyOf> = fc
  .record({
    atoms: fc.array(fc.constantFrom(1, 8, 26, 118), { minLength: 1, maxLength: 6 }),
    energy: fc.option(energy, { freq: 5 }),
  })
  .map(({ atoms, energy: e }) => ({ id: 's', numbers: Int32Array.from(atoms), ...(e === null ? {} : { energy: e }) }));
const sources = fc.array(fc.record({ source: fc.constantFrom('a', 'b', '__proto__', ''), structure }), {
  maxLength: 20,
});
const own = (list: readonly OfSource[], name: string) => list.filter((s) => s.source === name).map((s) => s.structure);

test('a source has the references that it would have alone, whatever the others are', () =>
  check(
    sources,
    (list) => {
      const references = fitSources(list);
      const names = [...new Set(list.map(({ source }) => source))];
      assert.equal([...references.keys()], names);
      for (const name of names) assert.equal([...references.get(name)!], [...fitReferences(own(list, name))]);
    },
    100,
  ));

test('where energies are sums over atoms, nothing is left to learn, though scales differ by source', () =>
  check(fc.record({ list: sources, scale: fc.array(energy, { minLength: 8, maxLength: 8 }) }), ({ list, scale }) => {
    const names = ['a', 'b', '__proto__', ''];
    const of = (name: string, z: number) => scale[2 * names.indexOf(name) + (z > 8 ? 1 : 0)];
    const additive = list.map(({ source, structure: s }) => ({
      source,
      structure: { ...s, energy: [...s.numbers].reduce((sum, z) => sum + of(source, z), 0) },
    }));
    const references = fitSources(additive);
    for (const { source, structure: s } of additive) {
      const left = s.energy - referenceOf(references, source, s.numbers);
      assert.ok(Math.abs(left) < 1e-9, `${source}: ${left} eV of ${s.energy} left`);
    }
  }));

test('uncovered elements are those that the training part lacks; the mean of the others stands in', () =>
  check(fc.record({ train: sources, rest: sources }), ({ train, rest }) => {
    const references = fitSources(train);
    const known = rest.filter(({ source }) => references.has(source));
    const found = uncovered(references, known);
    const expected = new Map<string, number>();
    for (const { source, structure: s } of references.size > 0 ? known : []) {
      const learnt = new Set(
        own(train, source)
          .filter((t) => t.energy !== undefined)
          .flatMap((t) => [...t.numbers]),
      );
      // A source without energies has no references that could lack something.
      for (const z of learnt.size === 0 ? [] : new Set(s.numbers)) {
        if (learnt.has(z)) continue;
        const place = `${source}/${symbolOf(z)}`;
        expected.set(place, (expected.get(place) ?? 0) + 1);
        const alone = fitReferences(own(train, source));
        assert.is(referenceOf(references, source, Int32Array.of(z, z)), referenceEnergy(alone, Int32Array.of(z, z)));
      }
    }
    assert.equal(new Map(found.map((u) => [`${u.source}/${u.element}`, u.structures])), expected);
    assert.is(printUncovered(found).length, new Set(found.map(({ source }) => source)).size);
    if (references.size > 0)
      for (const { source, structure: s } of train) {
        if (s.energy !== undefined) assert.equal(uncovered(references, [{ source, structure: s }]), []);
      }
  }));

test('the state survives JSON bit for bit, in order', () =>
  check(sources, (list) => {
    const references = fitSources(list);
    const back = sourcesFromJson(JSON.parse(JSON.stringify(sourcesToJson(references))), 'x');
    assert.equal([...back.keys()], [...references.keys()]);
    for (const [name, map] of references) assert.equal([...back.get(name)!].sort(), [...map].sort());
  }));

test('without sources there are no references; an unknown source is an error that names what is known', () => {
  const none = fitSources([]);
  assert.is(referenceOf(none, 'any', Int32Array.of(29)), 0);
  assert.equal(uncovered(none, [{ source: 'any', structure: { id: 's', numbers: Int32Array.of(29) } }]), []);
  const copper = { id: 's', numbers: Int32Array.of(29, 29), energy: -7 };
  const references = fitSources(['mptrj', 'alexandria'].map((source) => ({ source, structure: copper })));
  assert.ok(Math.abs(referenceOf(references, 'mptrj', Int32Array.of(29)) + 3.5) < 1e-6);
  assert.throws(
    () => referenceOf(references, 'mptraj', copper.numbers),
    /source 'mptraj'; known are mptrj, alexandria/,
  );
  const other = { id: 's', numbers: Int32Array.of(43, 89, 43) };
  assert.equal(printUncovered(uncovered(references, [{ source: 'mptrj', structure: other }])), [
    'mptrj: no reference energy for Tc (1 structures), Ac (1); the mean of the others stands in',
  ]);
});

test('references far beyond the energies that they come from are told, with the element', () => {
  const of = (a: number, b: number, energy: number) => ({
    source: 'pbe',
    structure: {
      id: 's',
      numbers: Int32Array.from([...new Array<number>(a).fill(29), ...new Array<number>(b).fill(47)]),
      energy: energy * (a + b),
    },
  });
  const healthy = [of(1, 1, -3.5), of(2, 1, -3.4), of(0, 1, -3.9)];
  assert.equal(strangeReferences(fitSources(healthy), healthy), []);
  // One part in two hundred between the compositions, and half an eV between the energies.
  const blown = [of(100, 100, -3.5), of(101, 100, -3)];
  const notes = strangeReferences(fitSources(blown), blown);
  assert.is(notes.length, 2);
  assert.match(
    notes[0],
    /^pbe: the reference energy of Cu is [\d.]+ eV, though no energy per atom is larger than 3\.500 eV/,
  );
  assert.match(notes[1], /^pbe: the reference energy of Ag is -/);
});

test('what is no state is refused', () => {
  const bad: [RegExp, unknown][] = [
    [/last: expected reference energies.*the list/, {}],
    [/0.references/, [{ source: 'a' }]],
    [/0.references.Xx: expected a chemical symbol/, [{ source: 'a', references: { Xx: 1 } }]],
    [/0.references.Cu/, [{ source: 'a', references: { Cu: null } }]],
  ];
  for (const [message, json] of bad) assert.throws(() => sourcesFromJson(json, 'last'), message);
});

const folder = join(data, 'pretrain');
needs(folder, test, 'two files on scales of their own come together', async () => {
  const files = ['FitSNAP-InP', 'oxides-nostress', 'FitSNAP-Fe'];
  const read = await Promise.all(files.map((name) => readStructures(join(folder, `${name}.extxyz.gz`))));
  const list = read.flatMap((structures, k) => structures.map((s) => ({ source: files[k], structure: s })));
  const references = fitSources(list);
  for (const name of files) {
    const left = own(list, name).map((s) => (s.energy! - referenceOf(references, name, s.numbers)) / s.numbers.length);
    const total = own(list, name).map((s) => s.energy! / s.numbers.length);
    const spread = (x: number[]) => Math.max(...x.map(Math.abs));
    assert.ok(spread(left) < spread(total), `${name}: ${spread(left)} of ${spread(total)} eV/atom left`);
    assert.ok(Math.abs(left.reduce((a, b) => a + b, 0) / left.length) < 0.05, `${name}: centred`);
  }
});

test.run();
