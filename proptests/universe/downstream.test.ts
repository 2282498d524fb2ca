/**
 * Labels for fine-tuning in the built-in universe, and the wall between them and what pre-training sees.
 *
 * Labels are checked against the universe's own energies; the moduli have a test of their own (downstream-elastic).
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reducedFormula } from '../../data/formula.ts';
import { formatExtxyz, parseExtxyz, symbolOf } from '../../data/index.ts';
import { determinant, neighbours } from '../../graph/index.ts';
import { cpuEngine } from '../../tensor/index.ts';
import { eamParameter } from '../../universe/eam-parameters.ts';
import {
  crystal,
  crystals,
  DOWNSTREAM_UNITS,
  type DownstreamOptions,
  downstream,
  EAM_ELEMENTS,
  elasticTensors,
  relax,
  universe,
} from '../../universe/index.ts';
import { labelUniverse } from '../../universe/label.ts';
import { PROTOTYPES } from '../../universe/lattices.ts';
import { reserved } from '../../universe/reserved.ts';
import { check } from '../support/check.ts';
import { near } from './support.ts';

const seeds = fc.nat(1e6);
const NOBLE = ['Cu', 'Ag', 'Au', 'Pd', 'Ni'];
const pairOf = ({ properties }: { properties: Readonly<Record<string, unknown>> }) =>
  `${properties.composition} ${properties.prototype}`;
const latticeOf = (prototype: string) =>
  ({ L1_0: 'fcc', L1_2: 'fcc', B2: 'bcc', D0_3: 'bcc' })[prototype] ?? prototype.replace(' random', '');

test('half of all pairs are reserved, by composition and lattice, anew for every split', async () => {
  await check(
    fc.tuple(seeds, seeds),
    ([split, seed]) => {
      const made = crystals({ seed, count: 200 });
      const flags = made.map(({ properties: { composition, prototype } }) => reserved(composition, prototype, split));
      const known = new Map<string, boolean>();
      made.forEach(({ properties: { composition, prototype } }, k) => {
        const place = `${composition} ${latticeOf(prototype)}`;
        assert.is(known.get(place) ?? flags[k], flags[k], place);
        known.set(place, flags[k]);
      });
      const share = flags.filter(Boolean).length / 200;
      assert.ok(share > 0.35 && share < 0.65, `${share} reserved`);
      const others = made.map(({ properties: { composition, prototype } }) =>
        reserved(composition, prototype, split + 1),
      );
      assert.not.equal(flags, others);
    },
    10,
  );
  assert.throws(() => reserved('Cu', 'A15'), /no prototype 'A15'; expected one of fcc, /);
  for (const { name } of PROTOTYPES) assert.type(reserved('CuAu', name), 'boolean');
});

test('with a split, crystals are the same as without, but for the reserved, which are drawn anew', async () => {
  await check(fc.tuple(seeds, seeds, fc.nat(1000)), ([split, seed, k]) => {
    const [free, open] = [crystal(seed, k), crystal(seed, k, { split })];
    assert.not(reserved(open.properties.composition, open.properties.prototype, split));
    if (reserved(free.properties.composition, free.properties.prototype, split)) assert.not.equal(open.id, free.id);
    else assert.equal(open, free);
    assert.equal(crystals({ seed, split, first: k, count: 1 })[0], open);
  });
  const split = [0, 1, 2, 3, 4, 5, 6, 7].find((s) => reserved('Cu', 'fcc', s))!;
  assert.throws(
    () => crystal(0, 0, { elements: ['Cu'], prototypes: ['fcc'], split }),
    /200 draws gave only crystals that split \d reserves.*more elements/,
  );
});

test('pre-training and fine-tuning share no pair of composition and prototype', async () => {
  let both = 0;
  await check(
    fc.tuple(seeds, seeds, fc.constantFrom(...EAM_ELEMENTS)),
    async ([seed, split, extra]) => {
      const elements = [...new Set([...NOBLE, extra])];
      const before = await universe({ seed, split, elements, count: 200 });
      const { structures } = await downstream({ seed, split, elements, count: 24 });
      const seen = new Set(before.map(pairOf));
      for (const structure of structures) {
        assert.not(seen.has(pairOf(structure)), `${pairOf(structure)} is on both sides`);
        assert.is(structure.properties.composition, reducedFormula(structure.numbers));
      }
      // Without the split they would.
      const all = new Set(crystals({ seed, elements, count: 200 }).map(pairOf));
      both += structures.filter((structure) => all.has(pairOf(structure))).length;
      assert.is(new Set(structures.map(pairOf)).size, structures.length, 'every pair once');
    },
    3,
  );
  assert.ok(both > 5, `${both} pairs were at stake`);
});

test('labels: energies against the stable elements, volumes, moduli; the rest is left out by name', async () => {
  const { structures, left, candidates } = await downstream({ count: 40, seed: 4 });
  assert.is(structures.length, 40);
  assert.ok(left.length > 0 && structures.length + left.length <= candidates);
  assert.is(new Set([...structures, ...left].map(({ id }) => id)).size, 40 + left.length);
  for (const { reason } of left) assert.match(reason, /another crystal: |strains on its own|atoms move on their own/);
  assert.ok(new Set(structures.map(({ properties }) => properties.prototype)).size >= 8);

  const labelled = await labelUniverse(structures);
  const elastic = await elasticTensors(structures);
  const elements = [...new Set(structures.flatMap(({ numbers }) => [...numbers]))].map(symbolOf);
  const pure = elements.flatMap((symbol) =>
    ['fcc', 'bcc', 'hcp'].map((prototype) =>
      crystal(0, 0, { elements: [symbol], prototypes: [prototype], maxAtoms: 2, strain: 0, shake: 0 }),
    ),
  );
  const ends = await relax(pure);
  const ground = (number: number) =>
    Math.min(
      ...ends
        .filter(({ structure, failure }) => failure === undefined && structure.numbers[0] === number)
        .map(({ curvature, structure }) => curvature.energy / structure.numbers.length),
    );
  structures.forEach((structure, k) => {
    const { numbers, cell, properties, id } = structure;
    const [n, { forces, stress, energy }, c] = [numbers.length, labelled[k], elastic[k]];
    assert.ok(Math.max(...forces!.map(Math.abs), ...stress!.map(Math.abs)) < 1e-8, `${id} is relaxed`);
    const reference = numbers.reduce((sum, number) => sum + ground(number), 0);
    near(properties.formation_energy as number, (energy! - reference) / n, 1e-9, `${id}: formation energy`);
    near(properties.volume as number, Math.abs(determinant(cell)) / n, 1e-10, `${id}: volume`);
    if ('unstable' in c) throw new Error(`${id} ${c.unstable}`);
    near(properties.bulk_modulus as number, c.bulk.hill, 1e-6, `${id}: bulk modulus`);
    near(properties.shear_modulus as number, c.shear.hill, 1e-6, `${id}: shear modulus`);
    assert.is(properties.target, 'formation_energy');
    assert.is(properties.unit, 'eV/atom');
    assert.ok(!('energy' in structure), 'a property is to be learned, not the energy');
  });
});

test('the stable form of an element has formation energy 0, others more', async () => {
  // Splits differ in what they reserve: over a few, every element's forms come up.
  const zeros = new Set<string>();
  for (const split of [0, 1, 2, 3]) {
    const { structures } = await downstream({ split, prototypes: ['fcc', 'bcc', 'hcp'], count: 10 });
    for (const { numbers, properties } of structures) {
      assert.is(new Set(numbers).size, 1);
      const energy = properties.formation_energy as number;
      assert.ok(energy >= -1e-10, `${pairOf({ properties })}: ${energy}`);
      if (Math.abs(energy) < 1e-10) zeros.add(pairOf({ properties }));
    }
  }
  const known = ['Ni fcc', 'Cu fcc', 'Ag fcc', 'Au fcc', 'Pd fcc', 'Pt fcc', 'Al fcc', 'Pb fcc'];
  const metals = [...known, 'Fe bcc', 'Mo bcc', 'Ta bcc', 'W bcc', 'Mg hcp', 'Ti hcp', 'Co hcp', 'Zr hcp'];
  for (const zero of zeros) assert.ok(metals.includes(zero), `${zero} is not how the metal is found`);
  assert.ok(zeros.size > 6, `only ${[...zeros]}`);
});

test('unrelaxed: the ideal crystal with the labels of the relaxed one', async () => {
  const options = { count: 12, seed: 2, elements: NOBLE, target: 'volume' } as const;
  const [relaxed, ideal] = [await downstream(options), await downstream({ ...options, unrelaxed: true })];
  ideal.structures.forEach((structure, k) => {
    assert.equal(structure.properties, relaxed.structures[k].properties);
    assert.is(structure.properties.target, 'volume');
    assert.is(structure.properties.unit, 'A^3/atom');
    const { numbers } = structure;
    const mean = numbers.reduce((sum, z) => sum + eamParameter(symbolOf(z), 're'), 0) / numbers.length;
    near(Math.min(...neighbours(structure, 4).distance), mean, 1e-9, `${structure.id}: nearest neighbour`);
  });
  assert.equal(ideal.left, relaxed.left);
});

test('fewer are the first of more, on one thread or two, and exclusions are kept out', async () => {
  const options = { seed: 9, elements: ['Cu', 'Ag', 'Au'] };
  const engine = (threads: number) => cpuEngine({ precision: 'f64', threads });
  const one = await downstream({ ...options, count: 15, engine: engine(1) });
  assert.equal(await downstream({ ...options, count: 15, engine: engine(2) }), one);
  const few = await downstream({ ...options, count: 10 });
  assert.equal(few.structures, one.structures.slice(0, 10));
  const banned = pairOf(one.structures[3]);
  const exclude = (composition: string, prototype: string) => `${composition} ${prototype}` === banned;
  const rest = await downstream({ ...options, count: 9, exclude });
  assert.is(rest.candidates, one.candidates - 1);
  assert.not(rest.structures.some((structure) => pairOf(structure) === banned));
  const other = await downstream({ ...options, seed: 10, count: 10 });
  assert.not.equal(other.structures.map(pairOf), few.structures.map(pairOf));
});

test('written as extended XYZ, labels are read back', async () => {
  const { structures } = await downstream({ count: 5, elements: NOBLE, target: 'bulk_modulus' });
  const read = parseExtxyz(structures.map(formatExtxyz).join(''), 'downstream');
  read.forEach(({ properties, numbers }, k) => {
    assert.equal(numbers, structures[k].numbers);
    assert.equal(properties[properties.target as string], structures[k].properties.bulk_modulus);
    assert.is(properties.unit, DOWNSTREAM_UNITS.bulk_modulus);
    assert.is(properties.prototype, structures[k].properties.prototype);
  });
});

test('more than there are is an error that says how many there are', async () => {
  await downstream({ count: 1000, elements: ['Cu', 'Au'] }).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.match(message, /expected 1000 crystals, but of \d+ candidates only \d+ are stable/),
  );
  assert.equal((await downstream({ count: 0, elements: ['Cu', 'Au'] })).structures, []);
  const refused = async (options: DownstreamOptions, message: RegExp) => {
    await downstream(options).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
  };
  await refused({ elements: ['Cu', 'O'] }, /no parameters for 'O'/);
  await refused({ prototypes: ['fcc', 'A15'] }, /no prototype 'A15'; expected some of fcc, /);
});

test.run();
