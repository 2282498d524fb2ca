/**
 * Laws of splitting: a partition, of the sizes that were asked for, with whole groups, the same for equal keys; and what
 * cannot be split says so.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readStructures, symbolOf } from '../../data/index.ts';
import { type Fractions, type Split, split } from '../../data/splits.ts';
import { key } from '../../tensor/index.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';

const PARTS = ['train', 'validation', 'test'] as const;
const fraction = fc.oneof(
  fc.constantFrom(0, 0.1, 0.8, 1, 3, 80),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constant(1e-9),
);
const fractions: fc.Arbitrary<Fractions> = fc
  .record({ train: fraction, validation: fraction, test: fraction })
  .filter((f) => f.train + f.validation + f.test > 0);
const positive = (f: Fractions) => PARTS.filter((part) => f[part] > 0);
const share = (f: Fractions, part: (typeof PARTS)[number]) => f[part] / (f.train + f.validation + f.test);

const partition = (parts: Split, count: number, f: Fractions): void => {
  assert.equal(
    PARTS.flatMap((part) => parts[part]).sort((a, b) => a - b),
    Array.from({ length: count }, (_, k) => k),
  );
  for (const part of PARTS) {
    assert.is(parts[part].length > 0, f[part] > 0, `${part} of ${f[part]}: ${parts[part].length}`);
    assert.equal(
      parts[part],
      [...parts[part]].sort((a, b) => a - b),
    );
  }
};

test('every structure is in one part; sizes are the shares, rounded; small shares get one', () =>
  check(
    fc.record({ count: fc.integer({ min: 3, max: 200 }), f: fractions, seed: fc.nat() }),
    ({ count, f, seed }) => {
      const parts = split(count, f, key(seed));
      partition(parts, count, f);
      const lifted = positive(f).filter((part) => share(f, part) * count < 1).length;
      for (const part of PARTS) {
        const off = parts[part].length - share(f, part) * count;
        // Within a structure, but for those that lift another part to one.
        assert.ok(off < 1 + 1e-9 && off > -1 - lifted - 1e-9, `${part}: ${off}`);
      }
      assert.equal(split(count, f, key(seed)), parts, 'the same again');
      assert.equal(
        split(count, { train: 4 * f.train, validation: 4 * f.validation, test: 4 * f.test }, key(seed)),
        parts,
        'only ratios count',
      );
    },
    300,
  ));

const grouped = fc
  .record({
    groups: fc.array(
      fc.nat(30).map((k) => ['Cu', 'Ag', 'constructor', ''][k] ?? `g${k}`),
      { minLength: 1, maxLength: 80 },
    ),
    f: fractions,
    seed: fc.nat(),
  })
  .filter(({ groups, f }) => new Set(groups).size >= positive(f).length);

test('groups stay whole; sizes are met within twice the largest group; names of groups do not matter', () =>
  check(
    grouped,
    ({ groups, f, seed }) => {
      const count = groups.length;
      const parts = split(count, f, key(seed), groups);
      partition(parts, count, f);
      const home = new Map<string, string>();
      for (const part of PARTS) {
        for (const k of parts[part]) {
          assert.is(home.get(groups[k]) ?? part, part, `group ${groups[k]}`);
          home.set(groups[k], part);
        }
      }
      const largest = Math.max(...groups.map((g) => groups.filter((other) => other === g).length));
      for (const part of PARTS) {
        const off = Math.abs(parts[part].length - share(f, part) * count);
        assert.ok(off <= 2 * largest + 2, `${part}: ${off} from its size, largest group ${largest}`);
      }
      assert.equal(
        split(
          count,
          f,
          key(seed),
          groups.map((g) => `other ${g}`),
        ),
        parts,
      );
    },
    300,
  ));

test('groups of one are no groups', () =>
  check(
    fc.record({ count: fc.integer({ min: 3, max: 60 }), f: fractions, seed: fc.nat() }),
    ({ count, f, seed }) => {
      const names = Array.from({ length: count }, (_, k) => `only ${k}`);
      assert.equal(split(count, f, key(seed), names), split(count, f, key(seed)));
    },
    50,
  ));

test('another key draws other parts, and every structure comes to be tested', () => {
  const f = { train: 0.8, validation: 0.1, test: 0.1 };
  const tested = new Map<number, number>();
  const [count, draws] = [50, 400];
  for (let seed = 0; seed < draws; seed++) {
    for (const k of split(count, f, key(seed)).test) tested.set(k, (tested.get(k) ?? 0) + 1);
  }
  // 40 times each on average, standard deviation 6.
  for (let k = 0; k < count; k++) assert.ok(Math.abs((tested.get(k) ?? 0) - 40) < 30, `${k}: ${tested.get(k)} times`);
});

test('what cannot be split says why', () => {
  const f = { train: 0.8, validation: 0.1, test: 0.1 };
  const k = key(1);
  const broken: [message: RegExp, make: () => unknown][] = [
    [
      /a dataset of one structure cannot be split in training, validation and test.*at least one\. Give more/,
      () => split(1, f, k),
    ],
    [/a dataset of 0 structures cannot/, () => split(0, f, k)],
    [/a dataset of 2 structures cannot/, () => split(2, f, k)],
    [/a dataset of one structure cannot be split in training and test/, () => split(1, { ...f, validation: 0 }, k)],
    [
      /a dataset of 3 structures in one group cannot be split.*at least one group/,
      () => split(3, f, k, ['C', 'C', 'C']),
    ],
    [/3 structures in 2 groups cannot/, () => split(3, f, k, ['C', 'Si', 'C'])],
    [/a group for each of 3 structures, got 2 groups/, () => split(3, f, k, ['C', 'C'])],
    [/fractions >= 0.*validation -1/, () => split(9, { ...f, validation: -1 }, k)],
    [/fractions >= 0.*test NaN/, () => split(9, { ...f, test: Number.NaN }, k)],
    [/fractions >= 0.*test Infinity/, () => split(9, { ...f, test: Number.POSITIVE_INFINITY }, k)],
    [/not all 0/, () => split(9, { train: 0, validation: 0, test: 0 }, k)],
    [/an integer >= 0, got 2.5/, () => split(2.5, f, k)],
  ];
  for (const [message, make] of broken) assert.throws(make, message);
  assert.equal(split(1, { train: 1, validation: 0, test: 0 }, k), { train: [0], validation: [], test: [] });
});

const file = join(data, 'properties', 'phonons-lastpeak.extxyz.gz');
needs(file, test, 'a property file: no formula in two parts, sizes as asked for', async () => {
  const structures = await readStructures(file);
  const formulas = structures.map(({ numbers }) =>
    [...numbers]
      .sort((a, b) => a - b)
      .map(symbolOf)
      .join(''),
  );
  assert.ok(new Set(formulas).size < structures.length, 'the file has polymorphs');
  const f = { train: 0.8, validation: 0.1, test: 0.1 };
  const parts = split(structures.length, f, key(7), formulas);
  partition(parts, structures.length, f);
  const kinds = PARTS.map((part) => new Set(parts[part].map((k) => formulas[k])));
  assert.is(
    kinds.reduce((sum, set) => sum + set.size, 0),
    new Set(formulas).size,
  );
  for (const part of PARTS) assert.ok(Math.abs(parts[part].length - f[part] * structures.length) <= 2, part);
  const mixed = split(structures.length, f, key(7));
  const known = new Set(mixed.train.map((k) => formulas[k]));
  assert.ok(
    mixed.test.some((k) => known.has(formulas[k])),
    'without groups, test structures have formulas that were learnt',
  );
});

test.run();
