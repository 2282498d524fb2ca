/**
 * Limits on labels: nothing above a limit is left, nothing below it is touched, directions are kept, counts add up.
 */

import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type LabelLimits,
  type LabelledStructure,
  limitLabels,
  readStructures,
  relaxedOnly,
} from '../../data/index.ts';
import { largestForce, largestStress } from '../../data/selection.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';

/** Even over the range: fc.double draws bits, and nearly all of its numbers are tiny. */
const real = fc.integer({ min: -20_000, max: 20_000 }).map((x) => x / 1000);
const reals = (count: number) =>
  fc.array(real, { minLength: count, maxLength: count }).map((x) => Float64Array.from(x));
const structure: fc.Arbitrary<LabelledStructure> = fc
  .integer({ min: 1, max: 3 })
  .chain((atoms) =>
    fc.record({
      atoms: fc.constant(atoms),
      forces: fc.option(reals(3 * atoms)),
      stress: fc.option(reals(9)),
      energy: fc.option(real),
    }),
  )
  .map(({ atoms, forces, stress, energy }) => ({
    id: 's',
    numbers: new Int32Array(atoms).fill(29),
    positions: new Float64Array(3 * atoms),
    cell: new Float64Array(9),
    periodic: [true, true, true] as const,
    ...(energy === null ? {} : { energy }),
    ...(forces ? { forces } : {}),
    ...(stress ? { stress } : {}),
    properties: {},
    arrays: {},
  }));
const limit = fc.option(
  fc.integer({ min: 100, max: 25_000 }).map((x) => x / 1000),
  { nil: undefined, freq: 4 },
);
const cases = fc.record({
  list: fc.array(structure, { maxLength: 12 }),
  force: limit,
  stress: limit,
});
const limitsOf = (
  force: number | undefined,
  stress: number | undefined,
  policy: LabelLimits['policy'],
): LabelLimits => ({
  policy,
  ...(force === undefined ? {} : { maxForce: force }),
  ...(stress === undefined ? {} : { maxStress: stress }),
});
/** By definition, without the module's help. */
const force = (s: LabelledStructure): number =>
  Math.max(
    0,
    ...Array.from(s.numbers, (_, a) =>
      Math.sqrt([0, 1, 2].reduce((sum, k) => sum + (s.forces?.[3 * a + k] ?? 0) ** 2, 0)),
    ),
  );
const stressOf = (s: LabelledStructure): number => Math.max(0, ...[...(s.stress ?? [])].map(Math.abs));
const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

test('drop keeps exactly the structures within the limits, as they are', () =>
  check(
    cases,
    ({ list, force: f, stress: s }) => {
      const { structures, counts, notes } = limitLabels(list, limitsOf(f, s, 'drop'));
      assert.equal(
        structures,
        list.filter((x) => force(x) <= (f ?? 1e9) * (1 + 1e-9) && stressOf(x) <= (s ?? 1e9)),
      );
      assert.ok(structures.every((x) => list.includes(x)));
      assert.is(total(counts), list.length - structures.length);
      assert.is(notes.length, counts.size);
    },
    200,
  ));

test('cap keeps all, bounds them, keeps directions, touches nothing within the limits, and is done after once', () =>
  check(
    cases,
    ({ list, force: f, stress: s }) => {
      const limits = limitsOf(f, s, 'cap');
      const { structures, counts } = limitLabels(list, limits);
      assert.is(structures.length, list.length);
      let changed = 0;
      for (const [k, x] of list.entries()) {
        const y = structures[k];
        const [large, strained] = [force(x) > (f ?? 1e9) * (1 + 1e-9), stressOf(x) > (s ?? 1e9)];
        changed += Number(large) + Number(strained);
        if (!large) assert.is(y.forces, x.forces);
        if (!strained) assert.is(y.stress, x.stress);
        assert.is(y.energy, x.energy);
        assert.ok(force(y) <= (f ?? 1e9) * (1 + 1e-9) && stressOf(y) <= (s ?? 1e9));
        if (large) {
          for (let a = 0; a < x.numbers.length; a++) {
            const [old, now] = [x.forces!.subarray(3 * a, 3 * a + 3), y.forces!.subarray(3 * a, 3 * a + 3)];
            const [n, m] = [Math.hypot(...old), Math.hypot(...now)];
            assert.ok(Math.abs(m - Math.min(n, f!)) <= 1e-9 * n, `${n} became ${m}, limit ${f}`);
            old.forEach((v, i) => void assert.ok(Math.abs(v * m - now[i] * n) <= 1e-9 * n * m, 'direction'));
          }
        }
        if (strained) {
          assert.is(stressOf(y), s);
          x.stress!.forEach((v, i) => void assert.ok(Math.abs((v / stressOf(x)) * s! - y.stress![i]) <= 1e-12 * s!));
        }
      }
      assert.is(total(counts), changed);
      const again = limitLabels(structures, limits);
      assert.is(again.counts.size, 0);
      assert.ok(again.structures.every((y, k) => y === structures[k]));
    },
    200,
  ));

test('labels that are not finite are left out under either policy', () => {
  const [good] = fc.sample(structure, { numRuns: 1, seed: 1 });
  const bad: LabelledStructure[] = [
    { ...good, energy: Number.NaN },
    { ...good, forces: Float64Array.of(0, Number.POSITIVE_INFINITY, 0) },
    { ...good, stress: new Float64Array(9).fill(Number.NaN) },
  ];
  for (const policy of ['drop', 'cap'] as const) {
    const { structures, notes } = limitLabels([...bad, good], { policy });
    assert.equal(structures, [good]);
    assert.equal(notes, ['3 structures left out: labels that are not finite']);
  }
});

test('relaxedOnly keeps what has small forces; if nothing does, it names the smallest', () =>
  check(
    fc.record({ list: fc.array(structure, { maxLength: 8 }), most: fc.integer({ min: 1, max: 30 }) }),
    ({ list, most }) => {
      const expected = list.filter((x) => x.forces && force(x) <= most);
      if (expected.length === 0) {
        const forces = list.filter((x) => x.forces).map(force);
        const said = forces.length > 0 ? `a force of ${Math.min(...forces).toPrecision(3)} eV/A` : 'none has forces';
        assert.throws(
          () => relaxedOnly(list, most),
          (e: Error) => e.message.includes(said),
        );
        return;
      }
      const { structures, counts } = relaxedOnly(list, most);
      assert.equal(structures, expected);
      assert.is(total(counts), list.length - expected.length);
    },
  ));

test('limits that are none', () => {
  for (const bad of [0, -1, Number.NaN]) {
    assert.throws(() => limitLabels([], { maxForce: bad, policy: 'drop' }), /maxForce > 0 \(eV\/A\), got/);
    assert.throws(() => limitLabels([], { maxStress: bad, policy: 'cap' }), /maxStress > 0 \(eV\/A\^3\), got/);
    assert.throws(() => relaxedOnly([], bad), /maxForce > 0/);
  }
  assert.equal(limitLabels([], { policy: 'drop' }), { structures: [], counts: new Map(), notes: [] });
});

const file = join(data, 'pretrain', 'mptrj-highest-stress-1k.extxyz.gz');
needs(file, test, 'the file of outliers loses them', async () => {
  const structures = await readStructures(file);
  // 250 GPa in eV/A^3.
  const limits = { maxForce: 50, maxStress: 250 / 160.2176634 } as const;
  const dropped = limitLabels(structures, { ...limits, policy: 'drop' });
  assert.ok(dropped.structures.length < structures.length && dropped.structures.length > 0.8 * structures.length);
  assert.ok(
    dropped.structures.every((s) => largestForce(s.forces!) <= 50.0001 && largestStress(s.stress!) <= limits.maxStress),
  );
  const capped = limitLabels(structures, { ...limits, policy: 'cap' });
  assert.is(capped.structures.length, structures.length);
  assert.ok(
    capped.structures.every((s) => largestForce(s.forces!) <= 50.0001 && largestStress(s.stress!) <= limits.maxStress),
  );
});
const relaxed = join(data, 'pretrain', 'alexandria-random-1k.extxyz.gz');
needs(relaxed, test, 'relaxed files are relaxed', async () => {
  const structures = await readStructures(relaxed);
  assert.ok(relaxedOnly(structures, 0.05).structures.length > 0.8 * structures.length);
});

test.run();
