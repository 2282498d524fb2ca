/** Parity plots: what is written is what brute force finds, every point is drawn or counted, nothing is squashed. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parityOfParts } from '../../experiments/pictures.ts';
import { bins, shade, shareOf } from '../../plots/density.ts';
import { DOTS, type ParityPoint, parity } from '../../plots/parity.ts';
import { parityRange } from '../../plots/range.ts';
import { significant } from '../../plots/style.ts';
import { textWidth } from '../../plots/text.ts';
import { check } from '../support/check.ts';
import { anyNumber, anyText, marks, wellMade, words, written } from './checks.ts';

const options = { title: 'Energies', quantity: 'energy', unit: 'eV' };
const value = fc.double({ min: -100, max: 100, noNaN: true });
const pointsOf = (number: fc.Arbitrary<number>, maxLength = 60): fc.Arbitrary<ParityPoint[]> =>
  fc.array(fc.record({ predicted: number, label: number }), { maxLength, size: 'max' });

/** "12 outside the frame" and the like; 0 where it is not said. */
const counted = (svg: string, what: RegExp): number => {
  const line = words(svg).find((text) => what.test(text));
  return line === undefined ? 0 : Number(line.match(/^[\d\u2009]+/)![0].replaceAll('\u2009', ''));
};

/** Reproducible normal numbers. */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const cloud = (count: number, seed = 5): ParityPoint[] => {
  const draw = normal(seed);
  return Array.from({ length: count }, () => {
    const label = draw() - 3;
    return { label, predicted: label + 0.1 * draw() };
  });
};

test('any points and texts give a well-made picture', () =>
  check(
    fc.record({
      points: pointsOf(anyNumber),
      title: anyText,
      quantity: anyText,
      unit: anyText,
      groups: fc.array(anyText, { maxLength: 12 }),
    }),
    ({ points, groups, ...texts }) => {
      const grouped = points.map((p, k) => (groups.length === 0 ? p : { ...p, group: groups[k % groups.length] }));
      wellMade(() => parity(grouped, texts));
    },
    60,
  ));

test('every point is a dot, or counted as outside or as not finite', () =>
  check(
    pointsOf(anyNumber),
    (points) => {
      const svg = wellMade(() => parity(points, options));
      const finite = points.filter((p) => Math.abs(p.label) <= 1e100 && Math.abs(p.predicted) <= 1e100);
      assert.is(counted(svg, /not finite$/), points.length - finite.length);
      assert.is(counted(svg, /points?$/), finite.length);
      assert.is(marks(svg, 'points', 'circle').length + counted(svg, /outside the frame$/), finite.length);
      assert.is(words(svg).includes('no data'), finite.length === 0);
    },
    60,
  ));

test('MAE and R2 are those of brute force, in the unit of the points', () =>
  check(
    pointsOf(value).filter((list) => list.length > 1),
    (points) => {
      const svg = wellMade(() => parity(points, options));
      let [sum, squares, spread, labels] = [0, 0, 0, 0];
      for (const { label } of points) labels += label;
      for (const { predicted, label } of points) {
        sum += Math.abs(predicted - label);
        squares += (predicted - label) ** 2;
        spread += (label - labels / points.length) ** 2;
      }
      const mae = sum / points.length;
      const [, text] = words(svg)
        .join('\n')
        .match(/^MAE (\S+) eV$/m)!;
      assert.ok(Math.abs(written(text) - mae) <= 0.00501 * mae, `${text} for ${mae}`);
      const r2 = words(svg).find((line) => line.startsWith('R² '));
      if (points.every(({ label }) => label === points[0].label)) assert.is(r2, undefined);
      else if (spread > 1e-6) {
        const expected = 1 - squares / spread;
        assert.ok(
          Math.abs(written(r2!.slice(3)) - expected) <= Math.max(0.00051, 0.0051 * Math.abs(expected)),
          `${r2}`,
        );
      }
    },
    80,
  ));

/** A part of a fine-tuning, as its report gets it. */
const partOf = (name: string) =>
  fc
    .array(fc.record({ label: fc.option(value, { nil: undefined, freq: 9 }), predicted: value }), { maxLength: 30 })
    .map((all) => ({
      name,
      structures: [],
      labels: all.map(({ label }) => label),
      predicted: all.map(({ predicted }) => predicted),
    }));

test('parts of a fine-tuning have panels of their own, test first, with the very error of the result', () =>
  check(
    fc.tuple(partOf('validation'), partOf('test')),
    (parts) => {
      const labelled = parts.filter(({ labels }) => labels.some((label) => label !== undefined));
      if (labelled.length === 0) return assert.is(parityOfParts(parts, 'gap', 'eV'), undefined);
      const svg = wellMade(() => parityOfParts(parts, 'gap', 'eV')!);
      // As finetuning.ts does: one sum, one division.
      const errors = labelled.map(({ labels, predicted }) => {
        const known = labels.flatMap((label, k) => (label === undefined ? [] : [Math.abs(predicted[k] - label)]));
        return { n: known.length, mae: known.reduce((a, b) => a + b, 0) / known.length };
      });
      const said = words(svg).filter((text) => text.startsWith('MAE '));
      assert.equal(said, errors.map(({ mae }) => `MAE ${significant(mae)} eV`).reverse());
      if (labelled.length < 2) return;
      const headings = words(svg).filter((text) => text.endsWith(' structures'));
      assert.equal(headings, [`test, ${errors[1].n} structures`, `validation, ${errors[0].n} structures`]);
      const outside = words(svg).filter((text) => text.endsWith('outside the frame'));
      const dots = outside.reduce(
        (sum, text) => sum + Number.parseInt(text, 10),
        marks(svg, 'points', 'circle').length,
      );
      assert.is(dots, errors[0].n + errors[1].n);
    },
    25,
  ));

test('the range holds all points that are alike, and few outliers do not squash them', async () => {
  await check(
    pointsOf(value),
    (points) => {
      const [low, high] = parityRange(points);
      const values = points.flatMap(({ predicted, label }) => [predicted, label]);
      const outside = points.filter((p) => [p.label, p.predicted].some((v) => v < low || v > high)).length;
      assert.ok(low < high && outside <= Math.max(2, 0.02 * points.length), `${outside} outside`);
      if (points.length < 10) assert.is(outside, 0);
      if (values.length > 0) assert.ok(high - low <= 1.1 * (Math.max(...values) - Math.min(...values)) + 20);
    },
    100,
  );
  await check(
    fc.record({
      count: fc.integer({ min: 20, max: 400 }),
      far: fc.double({ min: 1e3, max: 1e60, noNaN: true }),
      up: fc.boolean(),
    }),
    ({ count, far, up }) => {
      const points = [...cloud(count), { label: -3, predicted: up ? far : -far }];
      const svg = wellMade(() => parity(points, options));
      assert.is(counted(svg, /outside the frame$/), 1);
      const [low, high] = parityRange(points);
      assert.ok(high - low < 12, `${low} to ${high}`);
    },
    20,
  );
  assert.is(
    counted(
      wellMade(() => parity(cloud(1000), options)),
      /outside/,
    ),
    0,
  );
});

test('bins count every point within their edges once', () =>
  check(
    fc.record({
      points: fc.array(fc.record({ x: value, y: value }), { maxLength: 200 }),
      across: fc.integer({ min: 1, max: 20 }),
    }),
    ({ points, across }) => {
      const filled = bins(points, [-50, 50], [-50, 50], across);
      const inside = points.filter(({ x, y }) => Math.abs(x) <= 50 && Math.abs(y) <= 50);
      assert.is(
        filled.reduce((sum, bin) => sum + bin.points.length, 0),
        inside.length,
      );
      for (const { x1, x2, y1, y2, points: own } of filled) {
        const count = own.length;
        // Beside an edge, rounding decides.
        const within = (slack: number) =>
          inside.filter(({ x, y }) => x > x1 - slack && x < x2 + slack && y > y1 - slack && y < y2 + slack).length;
        assert.ok(count >= within(-1e-9) && count <= within(1e-9), `${x1}..${x2}, ${y1}..${y2}: ${count}`);
        assert.ok(count > 0 && Math.abs(x2 - x1 - 100 / across) < 1e-9);
      }
    },
    60,
  ));

test('many points are a density with a legend, small, fast to look at, and complete', () => {
  const points = [...cloud(100_000), { label: -3, predicted: 1e9 }];
  const svg = wellMade(() => parity(points, options), true);
  assert.ok(svg.length < 300_000, `${svg.length} bytes`);
  assert.is(marks(svg, 'points', 'circle').length, 0);
  const [low, high] = parityRange(points);
  const filled = bins(
    points.map(({ label, predicted }) => ({ x: label, y: predicted })),
    [low, high],
    [low, high],
    72,
  );
  assert.is(marks(svg, 'density', 'rect').length, filled.length);
  assert.is(counted(svg, /outside the frame$/), 100_001 - filled.reduce((sum, bin) => sum + bin.points.length, 0));
  const legend = words(svg.slice(svg.indexOf('class="legend"')));
  assert.equal(legend.slice(0, 3), ['points', '1', '10']);
  // Every bin has the colour of its count.
  const most = Math.max(...filled.map((bin) => bin.points.length));
  const colours = marks(svg, 'density', 'rect').map((rect) => rect.match(/fill="([^"]+)"/)![1]);
  assert.equal(
    colours,
    filled.map((bin) => shade(shareOf(bin.points.length, most))),
  );
  const dots = wellMade(() => parity(cloud(DOTS), options));
  assert.is(marks(dots, 'points', 'circle').length + counted(dots, /outside the frame$/), DOTS);
});

test('groups have colours and names, the largest first; what has no colour left is grey', () => {
  const grouped = (count: number) =>
    Array.from({ length: 10 * count }, (_, k) => ({
      label: k,
      predicted: k + 1,
      group: `g${Math.min(count - 1, Math.floor(Math.sqrt(k)))}`,
    }));
  const svg = wellMade(() => parity(grouped(3), options));
  const fills = new Set(marks(svg, 'points', 'circle').map((dot) => dot.match(/fill="([^"]+)"/)![1]));
  const named = marks(svg, 'groups', 'text').map((text) => text.match(/fill="([^"]+)"/)![1]);
  assert.equal(new Set(named), fills);
  assert.equal(
    words(svg).filter((text) => /^g\d/.test(text)),
    ['g2', 'g1', 'g0'],
  );
  assert.ok(words(wellMade(() => parity(grouped(9), options))).includes('3 others'));
  assert.equal(
    marks(
      wellMade(() => parity(grouped(1), options)),
      'groups',
      'text',
    ),
    [],
  );
});

test('labels of ticks do not lie over each other', () =>
  check(
    fc
      .record({ low: anyNumber, high: anyNumber })
      .filter(({ low, high }) => Math.abs(low) < 1e99 && Math.abs(high) < 1e99),
    ({ low, high }) => {
      const svg = wellMade(() => parity([{ label: low, predicted: high }], options));
      const [, group] = svg.match(/aria-label="x-axis tick label">(.*?)<\/g>/)!;
      const labels = [...group.matchAll(/translate\(([^,]+),[^>]*>([^<]+)</g)].map(([, x, text]) => ({
        x: Number(x),
        text: text,
      }));
      assert.ok(labels.length > 0);
      labels.slice(1).forEach(({ x, text }, k) => {
        const room = (textWidth(text) + textWidth(labels[k].text)) / 2 + 4;
        assert.ok(Math.abs(x - labels[k].x) > room, `${labels[k].text} ${text}`);
      });
    },
    40,
  ));

test('the axes are equal and the diagonal runs from corner to corner', () => {
  const svg = wellMade(() => parity(cloud(50), options));
  const [frame] = svg.match(/<rect[^>]*aria-label="frame"[^>]*>/g)!.slice(-1);
  const side = (name: string, text: string) => Number(text.match(new RegExp(`\\b${name}="([^"]+)"`))![1]);
  assert.is(side('width', frame), side('height', frame));
  const [x, y, size] = [side('x', frame), side('y', frame), side('width', frame)];
  const [path] = marks(svg, 'diagonal', 'path');
  assert.match(path, `d="M${x},${y + size}L${x + size},${y}"`);
});

test.run();
