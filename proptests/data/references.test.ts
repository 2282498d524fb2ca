/**
 * Reference energies by their laws: exact where energies are sums over atoms, however rare an element is and however
 * large a cell; what the data leave open is shared evenly; units and the order of structures do not matter.
 */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type EnergyOf, fitReferences, referenceEnergy } from '../../data/index.ts';
import { check } from '../support/check.ts';

const ELEMENTS = [1, 8, 26, 78, 118];

/** Counts of the elements of a structure: small cells, and large ones with a rare dopant. */
const composition = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 5, maxLength: 5 }),
  fc
    .tuple(fc.nat(4), fc.nat(4), fc.constantFrom(15, 127, 999, 9_999), fc.integer({ min: 0, max: 2 }))
    .map(([host, dopant, many, few]) =>
      ELEMENTS.map((_, k) => (k === host ? many : 0) + (k === dopant && k !== host ? few : 0)),
    ),
);
const compositions = fc
  .array(composition, { minLength: 1, maxLength: 12 })
  .map((list) => list.filter((counts) => counts.some((n) => n > 0)))
  .filter((list) => list.length > 0);
/** eV an atom; totals of some codes are thousands of it. */
const scales = fc.array(
  fc.integer({ min: -5_000_000, max: 1_000_000 }).map((x) => x / 1000),
  { minLength: 5, maxLength: 5 },
);

const structureOf = (counts: readonly number[], energy: number): EnergyOf => ({
  id: 's',
  numbers: Int32Array.from(counts.flatMap((n, k) => new Array<number>(n).fill(ELEMENTS[k]))),
  energy,
});
const additive = (list: readonly (readonly number[])[], scale: readonly number[]): EnergyOf[] =>
  list.map((counts) =>
    structureOf(
      counts,
      counts.reduce((sum, n, k) => sum + n * scale[k], 0),
    ),
  );

/** Largest residual per atom. */
const worst = (structures: readonly EnergyOf[], references: ReadonlyMap<number, number>): number =>
  structures.reduce(
    (most, { numbers, energy }) =>
      Math.max(most, Math.abs(energy! - referenceEnergy(references, numbers)) / numbers.length),
    0,
  );
const largest = (list: readonly number[]): number => list.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

test('energies that are sums over atoms leave nothing, also with one atom of an element in ten thousand', () =>
  check(
    fc.tuple(compositions, scales),
    ([list, scale]) => {
      const structures = additive(list, scale);
      const left = worst(structures, fitReferences(structures));
      assert.ok(left <= 1e-11 * (1 + largest(scale)), `${left} eV/atom left`);
    },
    100,
  ));

test('one doped cell among many of the host: both elements are known exactly', () => {
  const structures = additive(
    [...new Array<number[]>(15).fill([0, 0, 128, 0, 0]), [0, 0, 127, 1, 0]],
    [0, 0, -4672, -2890, 0],
  );
  const references = fitReferences(structures);
  assert.ok(
    Math.abs(references.get(26)! + 4672) < 1e-9 && Math.abs(references.get(78)! + 2890) < 1e-7,
    `${[...references]}`,
  );
});

/** Energies that composition does not explain. */
const noisy = fc
  .tuple(compositions, scales, fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 12, maxLength: 12 }))
  .map(([list, scale, noise]) =>
    additive(list, scale).map((s, k) => ({ ...s, energy: s.energy! + (noise[k] * s.numbers.length) / 1000 })),
  );

test('no other references have smaller residuals per atom: none of the elements has a slope left', () =>
  check(
    noisy,
    (structures) => {
      const references = fitReferences(structures);
      const size = largest(structures.map(({ energy, numbers }) => energy / numbers.length)) + 1;
      for (const z of references.keys()) {
        let [slope, shares] = [0, 0];
        for (const { numbers, energy } of structures) {
          const share = numbers.filter((one) => one === z).length / numbers.length;
          slope += (share * (energy - referenceEnergy(references, numbers))) / numbers.length;
          shares += share;
        }
        assert.ok(Math.abs(slope) < 1e-9 * size * shares, `element ${z}: ${slope} of ${shares}`);
      }
    },
    100,
  ));

test('energies in other units give references in these units; the order of structures is rounding', () =>
  check(
    fc.tuple(noisy, fc.constantFrom(1e-6, 1e6, -3)),
    ([structures, factor]) => {
      const references = fitReferences(structures);
      const size = largest([...references.values()]);
      const scaled = fitReferences(structures.map((s) => ({ ...s, energy: factor * s.energy })));
      const turned = fitReferences([...structures].reverse());
      for (const [z, e] of references) {
        assert.ok(
          Math.abs(scaled.get(z)! - factor * e) <= 1e-8 * size * Math.abs(factor),
          `${scaled.get(z)} and ${factor} ${e}`,
        );
        assert.ok(Math.abs(turned.get(z)! - e) <= 1e-8 * size, `${turned.get(z)} and ${e}`);
      }
    },
    60,
  ));

test('a constant for each element in the energies is explained whole, however the residuals are', () =>
  check(
    fc.tuple(noisy, scales),
    ([structures, more]) => {
      const shifted = structures.map((s) => ({
        ...s,
        energy: s.energy + [...s.numbers].reduce((sum, z) => sum + more[ELEMENTS.indexOf(z)], 0),
      }));
      const [before, after] = [fitReferences(structures), fitReferences(shifted)];
      structures.forEach(({ numbers, energy }, k) => {
        const [a, b] = [energy - referenceEnergy(before, numbers), shifted[k].energy - referenceEnergy(after, numbers)];
        const size = 1 + largest(more) + Math.abs(energy) / numbers.length;
        assert.ok(Math.abs(a - b) / numbers.length < 1e-9 * size, `${a} and ${b} eV left`);
      });
    },
    60,
  ));

test('elements that only come in one ratio share what is open evenly; alone they have the mean', () => {
  for (const [a, b] of [
    [1, 1],
    [1, 3],
    [7, 2],
  ] as const) {
    const alone = fitReferences([structureOf([a, b, 0, 0, 0], -5 * (a + b))]);
    for (const e of alone.values()) assert.ok(Math.abs(e + 5) < 1e-12, `${e}`);
    const beside = fitReferences([structureOf([a, b, 0, 0, 0], -5 * (a + b)), structureOf([0, 0, 4, 0, 0], -40)]);
    assert.ok(Math.abs(beside.get(1)! + 5) < 1e-9 && Math.abs(beside.get(8)! + 5) < 1e-9, `${[...beside]}`);
    assert.ok(Math.abs(beside.get(26)! + 10) < 1e-9, `${[...beside]}`);
  }
});

test('a large cell counts as much as a small one', () => {
  const [small, large] = [structureOf([0, 0, 1, 0, 0], -8), structureOf([0, 0, 1000, 0, 0], -8200)];
  assert.ok(Math.abs(fitReferences([small, large]).get(26)! + 8.1) < 1e-9);
});

test.run();
