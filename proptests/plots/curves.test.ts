/** Curves of runs: any log gives a well-made picture; values, gaps, best epochs and names are those of the log. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lossCurves } from '../../plots/curves.ts';
import { type MetricsRow, readRun } from '../../plots/series.ts';
import { check } from '../support/check.ts';
import { anyNumber, anyText, marks, wellMade, words, written } from './checks.ts';

/** A row of a log in which nothing is absent. */
interface Row extends MetricsRow {
  readonly training: number;
  readonly validation: Readonly<Record<string, number>>;
}

const epochs = (number: fc.Arbitrary<number>, most = 25): fc.Arbitrary<Row[]> =>
  fc
    .array(fc.record({ training: number, rate: number, energy: number, forces: number }), { maxLength: most })
    .map((rows) =>
      rows.map(({ training, rate, energy, forces }, k) => ({
        kind: 'epoch',
        epoch: k + 1,
        step: 10 * (k + 1),
        rate,
        training,
        validation: { energy, forces },
      })),
    );

const quantities = {
  energy: { label: 'energy error', unit: 'meV/atom', scale: 1000 },
  forces: { label: 'force error', unit: 'meV/Å', scale: 1000 },
};

test('any log of one run gives a well-made picture', () =>
  check(
    fc.record({ rows: epochs(anyNumber), title: anyText, unit: anyText }),
    ({ rows, title, unit }) => {
      const options = { title, quantities: { ...quantities, energy: { label: unit, unit } } };
      wellMade(() => lossCurves(rows, options));
    },
    40,
  ));

test('every finite value of a short run is a dot, and gaps are none', () =>
  check(
    epochs(fc.oneof(fc.double({ min: 0.1, max: 9, noNaN: true }), fc.constant(Number.NaN)), 20),
    (rows) => {
      const svg = wellMade(() => lossCurves(rows, { quantities }));
      const finite = rows.flatMap((row) => [row.training, row.validation.energy, row.validation.forces]);
      const alone = rows.filter(({ rate }, k) => {
        const near = [rows[k - 1]?.rate, rows[k + 1]?.rate].map((v) => Number.isFinite(v ?? Number.NaN));
        return Number.isFinite(rate) && !near.includes(true);
      });
      const dots = marks(svg, 'values', 'circle');
      assert.is(dots.length, finite.filter(Number.isFinite).length + alone.length);
    },
    40,
  ));

test('the best epoch is that of the lowest monitored value, and its values are written in their unit', () =>
  check(
    fc
      .record({
        rows: epochs(fc.double({ min: 0.001, max: 10, noNaN: true })),
        monitor: fc.constantFrom('energy', 'forces'),
      })
      .filter(({ rows }) => rows.length > 0),
    ({ rows, monitor }) => {
      const svg = wellMade(() => lossCurves(rows, { quantities, monitor }));
      const lowest = Math.min(...rows.map((row) => row.validation[monitor]));
      const best = rows.find((row) => row.validation[monitor] === lowest)!;
      const said = words(svg).flatMap((text) => text.match(/^(.*) at best epoch (\d+)$/)?.slice(1) ?? []);
      assert.equal(said.filter((_, k) => k % 2 === 1).map(Number), [best.epoch, best.epoch, best.epoch]);
      const values = [best.training, 1000 * best.validation.energy, 1000 * best.validation.forces];
      said
        .filter((_, k) => k % 2 === 0)
        .forEach((text, k) => {
          assert.ok(Math.abs(written(text) - values[k]) <= 0.00501 * values[k], `${text} for ${values[k]}`);
        });
      assert.is(marks(svg, 'best', 'circle').length, 3);
    },
    30,
  ));

test('quantities of one unit share a panel, others have their own', () => {
  const rows: MetricsRow[] = [1, 2, 3].map((epoch) => ({
    kind: 'epoch',
    epoch,
    step: epoch,
    rate: 1,
    training: 1 / epoch,
    validation: { loss: 2 / epoch, energy: 3 / epoch, forces: 4 / epoch },
  }));
  const headings = (svg: string) =>
    words(svg).filter((text) => /loss|error|rate/.test(text) && !text.startsWith('Circles'));
  const svg = wellMade(
    () => lossCurves(rows, { quantities: { loss: { label: 'validation loss', unit: '' }, ...quantities } }),
    true,
  );
  // The first panel's curves are named at their ends.
  assert.equal(headings(svg), [
    'training loss, validation loss',
    'training loss',
    'validation loss',
    'energy error (meV/atom)',
    'force error (meV/Å)',
    'learning rate',
  ]);
});

test('an axis is logarithmic where values are positive and span a decade', () => {
  const draw = (values: number[]) =>
    words(
      wellMade(() =>
        lossCurves(values.map((training, k) => ({ kind: 'epoch', epoch: k + 1, step: k, rate: 1, training }))),
      ),
    );
  assert.ok(['1', '10', '100', '1000'].every((tick) => draw([1, 50, 1000]).includes(tick)));
  assert.ok(!draw([0, 50, 1000]).includes('10'));
  assert.ok(!draw([2, 10]).includes('5') && draw([1, 10]).includes('5'));
});

test('no epochs say so, an unknown monitor is named', () => {
  assert.ok(words(wellMade(() => lossCurves([]))).includes('no data'));
  const rows: MetricsRow[] = [{ kind: 'epoch', epoch: 1, step: 1, rate: 1, training: 1, validation: { energy: 1 } }];
  assert.throws(() => lossCurves(rows, { monitor: 'force' }), /expected one of energy .* got force/);
});

test('rows of a resumed run: the last of an epoch counts, order does not', () =>
  check(
    fc.record({ rows: epochs(fc.double({ min: 1, max: 9, noNaN: true })), seed: fc.nat(100) }),
    ({ rows, seed }) => {
      const old = rows.map((row) => ({ ...row, training: -1, validation: { energy: -1 } }));
      const mixed = [...old, ...rows].map((row, k) => ({ row, k }));
      mixed.sort(
        (a, b) => Number(a.k >= rows.length) - Number(b.k >= rows.length) || ((a.k * seed) % 7) - ((b.k * seed) % 7),
      );
      const run = readRun(
        mixed.map(({ row }) => row),
        'energy',
      );
      assert.equal(
        run.training,
        rows.map((row) => ({ x: row.epoch, y: row.training })),
      );
      assert.equal(run.best, readRun(rows, 'energy').best);
    },
    30,
  ));

test.run();
