/** Comparisons: each value in its dataset's panel and its strategy's row, with its error, or said to be missing. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ComparisonRow, comparison } from '../../plots/comparison.ts';
import { GREY } from '../../plots/style.ts';
import { check } from '../support/check.ts';
import { anyNumber, anyText, marks, wellMade, words } from './checks.ts';

const rowsOf = (text: fc.Arbitrary<string>, mean: fc.Arbitrary<number>, error: fc.Arbitrary<number>) =>
  fc
    .uniqueArray(fc.record({ dataset: text, strategy: text, mean, standardError: error }), {
      maxLength: 14,
      selector: ({ dataset, strategy }) => JSON.stringify([dataset, strategy]),
    })
    .map((rows): ComparisonRow[] => rows.map((row) => ({ ...row, unit: `unit of ${row.dataset}` })));

test('any rows give a well-made picture', () =>
  check(rowsOf(anyText, anyNumber, anyNumber), (rows) => void wellMade(() => comparison(rows)), 60));

test('a dot for each mean, a bar with two ends for each error, a word for each gap', () =>
  check(
    rowsOf(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.oneof(fc.double({ min: 1, max: 9, noNaN: true }), fc.constant(Number.NaN)),
      fc.oneof(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.constantFrom(0, Number.NaN)),
    ),
    (rows) => {
      const svg = wellMade(() => comparison(rows));
      const finite = rows.filter((row) => Number.isFinite(row.mean));
      const bars = finite.filter((row) => row.standardError! > 0);
      assert.is(marks(svg, 'means', 'circle').length, finite.length);
      assert.is(marks(svg, 'errors', 'line').length, bars.length);
      assert.is(marks(svg, 'ends', 'line').length, 2 * bars.length);
      const cells = new Set(rows.map((r) => r.dataset)).size * new Set(rows.map((r) => r.strategy)).size;
      assert.is(words(svg).filter((text) => text === 'no value').length, cells - finite.length);
    },
    60,
  ));

test('means lie where their values are, in rows of their strategies', () => {
  const rows = [10, 20, 40].map((mean, k) => ({
    dataset: 'd',
    strategy: `s${k}`,
    mean,
    standardError: 1,
    unit: 'GPa',
  }));
  const svg = wellMade(() => comparison(rows, { title: 'three' }), true);
  const at = (name: string) =>
    marks(svg, 'means', 'circle').map((dot) => Number(dot.match(new RegExp(`${name}="([^"]+)"`))![1]));
  const [a, b, c] = at('cx') as [number, number, number];
  assert.ok(Math.abs((c - b) / (b - a) - 2) < 1e-6);
  const [p, q, r] = at('cy') as [number, number, number];
  assert.ok(q > p && Math.abs(r - q - (q - p)) < 1e-6);
  for (const text of ['MAE (GPa)', 'd', 's2', '20.0 ± 1.0']) assert.ok(words(svg).includes(text), text);
});

test('what is no network is grey, and never makes networks one dot', () =>
  check(
    fc.record({
      networks: fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 2, maxLength: 5 }),
      far: fc.oneof(fc.double({ min: -5, max: 8, noNaN: true }), fc.constantFrom(-1e6, 1e6)),
      error: fc.constantFrom(0, 0.1),
    }),
    ({ networks, far, error }) => {
      const row = (strategy: string, mean: number, isNetwork: boolean) => ({
        ...{ dataset: 'd', strategy, mean, standardError: error, unit: 'eV', isNetwork },
      });
      const rows = [...networks.map((mean, k) => row(`s${k}`, mean, true)), row('always the median', far, false)];
      const svg = wellMade(() => comparison(rows));
      const dots = marks(svg, 'means', 'circle');
      const arrow = words(svg).find((text) => /^[→←] /.test(text));
      assert.is(dots.length, networks.length + (arrow === undefined ? 1 : 0), 'a dot or an arrow');
      if (arrow) assert.is(arrow[0], far > 1.5 ? '→' : '←');
      assert.is(words(svg).includes('Arrows: further off than the axis reaches.'), arrow !== undefined);
      const [low, high] = [Math.min(...networks) - error, Math.max(...networks) + error];
      if (Math.abs(far) > 1e5 && high - low > 1e-3) assert.ok(arrow);
      if (far >= low && far <= high) assert.is(arrow, undefined);
      const grey = dots.filter((dot) => dot.includes(GREY));
      const tones = svg.match(/<g[^>]*class="means"[^>]*>/g)!.join('');
      assert.ok(arrow !== undefined || grey.length === 1 || tones.includes(GREY), dots.join());
    },
    25,
  ));

test('nothing says so; two units of one dataset or two rows of one place are refused', () => {
  assert.ok(words(wellMade(() => comparison([]))).includes('no data'));
  const row = { dataset: 'd', strategy: 's', mean: 1, standardError: 0.1, unit: 'eV' };
  assert.throws(() => comparison([row, { ...row, strategy: 't', unit: 'GPa' }]), /d: expected one unit, got eV, GPa/);
  assert.throws(() => comparison([row, row]), /d, s: expected one row, got 2/);
});

test.run();
