/**
 * The generator of the built-in universe and its labels: purity, prototypes, compositions, limits, order.
 *
 * Prototypes are recognised by their coordination once strain and displacements are switched off.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { symbolOf } from '../../data/index.ts';
import { determinant, inverse, multiply, neighbours } from '../../graph/index.ts';
import { eamParameter } from '../../universe/eam-parameters.ts';
import { type Crystal, type CrystalOptions, crystal, crystals, universe } from '../../universe/index.ts';
import { labelUniverse } from '../../universe/label.ts';
import { PROTOTYPES } from '../../universe/lattices.ts';
import { check } from '../support/check.ts';
import { allNear, cluster, cubic, energy, near } from './support.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 40 });
const numbersOf = fc.nat(2 ** 31);
const PERFECT: CrystalOptions = { scale: [1, 1], strain: 0, shake: 0 };

const tally = (numbers: Int32Array): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const number of numbers) counts[symbolOf(number)] = (counts[symbolOf(number)] ?? 0) + 1;
  return counts;
};

test('crystal k of a seed is a function of seed and k alone', async () => {
  await check(fc.tuple(seeds, fc.nat(1000)), ([seed, k]) => {
    const one = crystal(seed, k);
    assert.equal(crystals({ seed, first: k, count: 2 })[0], one);
    assert.equal(crystals({ seed, first: Math.max(0, k - 2), count: 5 })[Math.min(2, k)], one);
    assert.not.equal(crystal(seed, k + 1).positions, one.positions);
    assert.not.equal(crystal(seed + 1, k).cell, one.cell);
  });
});

test('ids, formulas and sizes', async () => {
  // Four numbers in a row always hold one that some prototype can make.
  const limits = fc.tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 3, max: 8 }));
  await check(fc.tuple(seeds, numbersOf, limits), ([seed, k, [minAtoms, more]]) => {
    const maxAtoms = minAtoms + more;
    const made = crystal(seed, k, { minAtoms, maxAtoms });
    const { prototype, composition } = made.properties;
    assert.is(made.id, `${prototype} ${composition} #${k}`);
    // Most frequent first, so that A3B is written as such.
    const listed = [...composition.matchAll(/[A-Z][a-z]?(\d*)/g)].map(([, n]) => Number(n || 1));
    assert.equal(
      listed,
      [...listed].sort((a, b) => b - a),
      composition,
    );
    const atoms = made.numbers.length;
    assert.ok(atoms >= minAtoms && atoms <= maxAtoms, `${atoms} atoms`);
    assert.is(made.positions.length, 3 * atoms);
    // The formula, read back and multiplied, counts the atoms.
    const formula = Object.fromEntries(
      [...composition.matchAll(/([A-Z][a-z]?)(\d*)/g)].map(([, symbol, n]) => [symbol, n === '' ? 1 : Number(n)]),
    ) as Record<string, number>;
    const units = atoms / Object.values(formula).reduce((a, b) => a + b, 0);
    assert.ok(Number.isInteger(units), composition);
    assert.equal(tally(made.numbers), Object.fromEntries(Object.entries(formula).map(([s, n]) => [s, n * units])));
  });
});

/** For each prototype and each kind of site (majority first) the numbers of like and unlike nearest neighbours. */
const COORDINATION: Record<string, { like: number; unlike: number }[]> = {
  fcc: [{ like: 12, unlike: 0 }],
  bcc: [{ like: 8, unlike: 0 }],
  hcp: [{ like: 12, unlike: 0 }],
  L1_0: [{ like: 4, unlike: 8 }],
  L1_2: [
    { like: 8, unlike: 4 },
    { like: 0, unlike: 12 },
  ],
  B2: [{ like: 0, unlike: 8 }],
  D0_3: [
    { like: 4, unlike: 4 },
    { like: 8, unlike: 0 },
    { like: 0, unlike: 8 },
  ],
};

/** Like and unlike neighbours of every atom at the shortest distance, which is returned too. */
function coordination(made: Crystal) {
  const { numbers } = made;
  const { target, source, distance } = neighbours(made, 3.7);
  const shortest = distance.reduce((a, b) => Math.min(a, b));
  const counts = Array.from(numbers, () => ({ like: 0, unlike: 0 }));
  distance.forEach((r, k) => {
    if (r > shortest + 1e-6) return;
    counts[target[k]][numbers[target[k]] === numbers[source[k]] ? 'like' : 'unlike']++;
  });
  return { shortest, counts };
}

test('prototypes have their coordination and the neighbour distance of their elements', async () => {
  for (const { name } of PROTOTYPES) {
    await check(
      fc.tuple(seeds, numbersOf),
      ([seed, k]) => {
        const made = crystal(seed, k, { ...PERFECT, prototypes: [name] });
        const { shortest, counts } = coordination(made);
        const atoms = made.numbers.length;
        const mean = made.numbers.reduce((sum, z) => sum + eamParameter(symbolOf(z), 're'), 0) / atoms;
        near(shortest, mean, 1e-9, `${made.id}: nearest neighbour`);
        const kinds = Object.values(tally(made.numbers)).sort((a, b) => b - a);
        if (name.endsWith('random')) {
          assert.ok(kinds.length >= 2 && kinds.length <= 4, made.id);
          const total = name === 'bcc random' ? 8 : 12;
          for (const { like, unlike } of counts) assert.is(like + unlike, total, made.id);
          return;
        }
        const allowed = COORDINATION[name];
        for (const count of counts)
          assert.ok(
            allowed.some((c) => c.like === count.like && c.unlike === count.unlike),
            `${made.id}: ${JSON.stringify(count)}`,
          );
        if (name === 'L1_2' || name === 'D0_3') assert.equal(kinds, [0.75 * atoms, 0.25 * atoms], made.id);
        else if (name === 'L1_0' || name === 'B2') assert.equal(kinds, [atoms / 2, atoms / 2], made.id);
        else assert.equal(kinds, [atoms], made.id);
        // Every kind of site is there.
        for (const c of allowed)
          assert.ok(
            counts.some((count) => c.like === count.like && c.unlike === count.unlike),
            `${made.id} lacks ${JSON.stringify(c)}`,
          );
      },
      6,
    );
  }
});

test('strain and displacements are symmetric and within their limits', async () => {
  let squares = 0;
  let entries = 0;
  let largest = 0;
  await check(
    fc.tuple(seeds, numbersOf),
    ([seed, k]) => {
      const bare = crystal(seed, k, { strain: 0, shake: 0 });
      const strained = crystal(seed, k, { strain: 0.03, shake: 0 });
      const both = crystal(seed, k, { strain: 0.03, shake: 0.1 });
      const e = multiply(inverse(bare.cell), strained.cell).map((x, c) => x - (c % 4 === 0 ? 1 : 0));
      for (let c = 0; c < 9; c++) {
        near(e[c], e[3 * (c % 3) + Math.floor(c / 3)], 1e-12, 'symmetry');
        assert.ok(Math.abs(e[c]) <= 0.03 + 1e-12, `strain ${e[c]}`);
        largest = Math.max(largest, Math.abs(e[c]));
      }
      assert.equal(both.cell, strained.cell);
      both.positions.forEach((x, c) => {
        const moved = x - strained.positions[c];
        assert.ok(Math.abs(moved) <= 0.25 + 1e-12, `moved by ${moved} A`);
        squares += moved * moved;
        entries++;
      });
    },
    60,
  );
  assert.ok(largest > 0.02, 'strains use their range');
  // A normal distribution cut at 2.5 deviations has 0.98 of the variance, give or take chance.
  near(Math.sqrt(squares / entries), 0.1, 0.01, 'deviation');
});

test('400 crystals: no atoms too close, every element and prototype, about as many atoms as promised', () => {
  const made = crystals({ seed: 1 });
  assert.is(made.length, 400);
  for (const structure of made) {
    assert.is(neighbours(structure, 1.6).target.length, 0, `${structure.id}: atoms closer than 1.6 A`);
    const volume = Math.abs(determinant(structure.cell)) / structure.numbers.length;
    assert.ok(volume > 7 && volume < 50, `${structure.id}: ${volume} A^3 an atom`);
  }
  assert.is(new Set(made.flatMap(({ numbers }) => [...numbers])).size, 16);
  assert.is(new Set(made.map(({ properties }) => properties.prototype)).size, PROTOTYPES.length);
  assert.is(new Set(made.map(({ id }) => id)).size, 400);
  const mean = made.reduce((sum, { numbers }) => sum + numbers.length, 0) / 400;
  assert.ok(mean > 5 && mean < 10, `${mean} atoms on average`);
});

test('options that cannot be met are errors that say what to do', () => {
  assert.throws(() => crystal(0, 0, { elements: ['Cu', 'O'] }), /out of Mg Al .*got Cu O/);
  assert.throws(() => crystal(0, 0, { elements: ['Cu', 'Cu'] }), /different elements/);
  assert.throws(() => crystal(0, 0, { prototypes: ['A15'] }), /no prototype 'A15'; expected some of fcc, /);
  assert.throws(() => crystal(0, 0, { prototypes: ['L1_2'], maxAtoms: 3 }), /fits into 1 to 3 atoms.*widen/);
  assert.throws(() => crystal(0, 0, { prototypes: ['B2'], elements: ['Cu'] }), /with 1 element\(s\)/);
  for (let k = 0; k < 20; k++) {
    const { properties, numbers } = crystal(3, k, { elements: ['Ti'] });
    assert.ok(['fcc', 'bcc', 'hcp'].includes(properties.prototype));
    assert.ok(numbers.every((z) => z === 22));
  }
});

test('labels: in order across batches, symmetric, with all that was known before', async () => {
  const made = await universe({ count: 80, seed: 5 });
  assert.equal(
    made.map(({ id }) => id),
    crystals({ count: 80, seed: 5 }).map(({ id }) => id),
  );
  for (const k of [0, 17, 40, 79]) {
    const structure = made[k];
    const own = crystal(5, k);
    near(structure.energy!, await energy(own), 1e-9, structure.id);
    const [alone] = await labelUniverse([own]);
    allNear(alone.forces!, structure.forces!, 1e-11, 'forces');
    allNear(alone.stress!, structure.stress!, 1e-11, 'stress');
    assert.equal(structure.properties, own.properties);
  }
  for (const { stress, forces, numbers, arrays } of made) {
    assert.is(forces!.length, 3 * numbers.length);
    assert.equal([stress![1], stress![2], stress![5]], [stress![3], stress![6], stress![7]]);
    assert.equal(arrays, {});
  }
  assert.equal(await universe({ count: 0 }), []);
});

test('labels of what does not repeat, and of a crystal that had others', async () => {
  const known = { ...cubic('Cu', 'fcc', 3.615), properties: { note: 'kept' }, energy: 1, stress: new Float64Array(9) };
  const [atom, copper] = await labelUniverse([{ ...cluster(['Cu'], [0, 0, 0]), stress: new Float64Array(9) }, known]);
  assert.ok(!('stress' in atom), 'an atom has no volume: an old stress goes, and none comes');
  assert.equal([...atom.forces!].map(Math.abs), [0, 0, 0]);
  near(copper.energy!, -3.54, 1e-4, 'new energy');
  assert.equal(copper.properties, { note: 'kept' });
  assert.ok(
    copper.stress!.some((x) => x !== 0),
    'new stress',
  );
});

test.run();
