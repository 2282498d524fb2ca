/** Saving pictures, the texts and numbers in them, and ticks. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Plot from '@observablehq/plot';
import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { spread } from '../../plots/end-labels.ts';
import { arrange, plot } from '../../plots/panel.ts';
import { savePicture, standalone } from '../../plots/picture.ts';
import { linearTicks, logTicks, padded, significant } from '../../plots/style.ts';
import { shorten, textWidth, wrap } from '../../plots/text.ts';
import { check } from '../support/check.ts';
import { anyText, pngSize, sizeOf, wellMade, written } from './checks.ts';

const line = () => ({
  width: 300,
  height: 200,
  marks: [
    Plot.line(
      [
        [0, 1],
        [1, 3],
      ] as [number, number][],
      { clip: 'frame' },
    ),
  ],
});

test('savePicture writes an SVG and a PNG of twice its size, and no other file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lattigrad-'));
  try {
    await savePicture(join(folder, 'plots', 'line'), { ...line(), title: 'A <line> & "more"', caption: 'small print' });
    assert.equal(readdirSync(join(folder, 'plots')).sort(), ['line.png', 'line.svg']);
    const svg = readFileSync(join(folder, 'plots', 'line.svg'), 'utf8');
    const { width, height } = sizeOf(svg);
    assert.equal(pngSize(readFileSync(join(folder, 'plots', 'line.png'))), { width: 2 * width, height: 2 * height });
    assert.match(svg, '<title>A &lt;line&gt; &amp; "more"</title>');
    assert.match(svg, 'small print');
    await savePicture(join(folder, 'plots', 'again'), {
      ...line(),
      title: 'A <line> & "more"',
      caption: 'small print',
    });
    for (const end of ['svg', 'png']) {
      const [first, second] = ['line', 'again'].map((name) => readFileSync(join(folder, 'plots', `${name}.${end}`)));
      assert.ok(first.equals(second), `${end}: the same bytes twice`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('clip paths keep their names and their uses from call to call', () => {
  const svg = wellMade(() => arrange([plot(line()), plot(line())], { title: 'two' }));
  assert.equal(
    [...svg.matchAll(/url\((#[^)]*)\)/g)].map(([, id]) => id),
    ['#id-1', '#id-2'],
  );
});

test('a picture without a title is named by its file, and a legend beside the svg is refused', () => {
  assert.match(standalone(line(), 'parity-forces'), '<title>parity-forces</title>');
  const legend = { marks: [Plot.dot([[0, 1]] as [number, number][], { fill: () => 'a' })], color: { legend: true } };
  assert.throws(() => standalone(legend), /one svg, got <figure>.*legends/);
});

test('the checker sees broken XML and text beyond the edge', () => {
  for (const inner of ['<b>', 'a & b', '\u0001']) {
    assert.throws(
      () => new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>${inner}</text></svg>`),
    );
  }
  const mark = Plot.text(['x'.repeat(100)], { frameAnchor: 'middle' });
  let said = '';
  try {
    wellMade(() => arrange([plot({ ...line(), marks: [mark] })], { title: 'wide' }));
  } catch (error) {
    said = String(error);
  }
  assert.match(said, ' in 312 x ');
});

test('any title makes a well-formed picture', () =>
  check(
    fc.record({ title: anyText, note: anyText }),
    ({ title, note }) => void wellMade(() => arrange([plot(line())], { title, notes: [note] })),
    60,
  ));

test('numbers are written to three significant digits', async () => {
  await check(
    fc.double({ min: -1e90, max: 1e90, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-90),
    (x) => {
      assert.ok(Math.abs(written(significant(x)) - x) <= 0.00501 * Math.abs(x), `${x} as ${significant(x)}`);
      assert.ok(significant(x).length < 13, significant(x));
    },
    300,
  );
  const shown = [0, 0.01234, 1, 45.678, 999.9, 12345, 1.5e7, -2e-9, Number.NaN].map((x) => significant(x));
  assert.equal(shown, ['0', '0.0123', '1.00', '45.7', '1000', '12300', '1.50×10⁷', '−2.00×10⁻⁹', '-']);
});

const range = fc
  .record({
    middle: fc.double({ min: -1e8, max: 1e8, noNaN: true }),
    width: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
  })
  .map(({ middle, width }) => padded([middle, middle + width], 0.05));

test('ticks lie within their range, are evenly spaced, few, and told apart by their text', async () => {
  await check(
    fc.record({ range, about: fc.integer({ min: 3, max: 8 }) }),
    ({ range: [low, high], about }) => {
      const { values, text } = linearTicks(low, high, about);
      const slack = 1e-8 * (high - low);
      assert.ok(values.length >= 1 && values.length <= 2 * about, `${values.length} ticks for ${about}`);
      assert.ok(values.every((v) => v >= low - slack && v <= high + slack));
      assert.is(new Set(values.map(text)).size, values.length, values.map(text).join(' '));
      const steps = values.slice(1).map((v, k) => v - values[k]);
      assert.ok(steps.every((step) => Math.abs(step - steps[0]) < 1e-6 * steps[0]));
      for (const v of values) assert.ok(Math.abs(written(text(v)) - v) <= 1e-6 * (high - low), `${v} as ${text(v)}`);
    },
    200,
  );
  await check(
    fc.record({
      low: fc.double({ min: 1e-12, max: 1e6, noNaN: true }),
      factor: fc.double({ min: 10, max: 1e30, noNaN: true }),
    }),
    ({ low, factor }) => {
      const { values, text } = logTicks(low, low * factor);
      assert.ok(values.length >= 1 && values.length <= 9, `${values}`);
      assert.ok(values.every((v, k) => v >= low && v <= low * factor && (k === 0 || v > values[k - 1])));
      for (const v of values) assert.ok(Math.abs(written(text(v)) / v - 1) < 1e-9, text(v));
    },
    200,
  );
});

test('padded ranges hold their values and are never empty', () =>
  check(
    fc.record({
      values: fc.array(fc.double({ min: -1e100, max: 1e100, noNaN: true })),
      share: fc.constantFrom(0.04, 0.1),
    }),
    ({ values, share }) => {
      const [low, high] = padded(values, share);
      assert.ok(low < high && values.every((v) => v >= low && v <= high));
    },
    100,
  ));

test('shortened and wrapped texts fit their width', () =>
  check(
    fc.record({ text: anyText, width: fc.integer({ min: 20, max: 300 }) }),
    ({ text, width }) => {
      assert.ok(textWidth(shorten(text, width)) <= width, shorten(text, width));
      if (textWidth(text) <= width) assert.is(shorten(text, width), text);
      const lines = wrap(text, width, 3);
      assert.ok(lines.length <= 3 && lines.every((part) => textWidth(part) <= width), lines.join('|'));
      const whole = text
        .split(/\s+/)
        .filter((word) => word !== '')
        .join(' ');
      assert.ok(lines.join('').includes('…') || lines.join(' ') === whole);
    },
    60,
  ));

test('labels pushed apart keep their order, do not overlap, stay inside where they fit and still where they did', () =>
  check(
    fc.array(fc.record({ at: fc.double({ min: 0, max: 200, noNaN: true }), height: fc.integer({ min: 5, max: 30 }) }), {
      maxLength: 6,
    }),
    (labels) => {
      const [wanted, heights] = [labels.map(({ at }) => at), labels.map(({ height }) => height)];
      const placed = spread(wanted, heights, 10, 190);
      const order = labels.map((_, k) => k).sort((a, b) => placed[a] - placed[b]);
      order.forEach((k, n) => {
        const before = order[n - 1];
        assert.ok(placed[k] - heights[k] / 2 >= 10 - 1e-9 && placed[k] + heights[k] / 2 <= 190 + 1e-9);
        if (before === undefined) return;
        assert.ok(wanted[before] <= wanted[k]);
        assert.ok(placed[k] - placed[before] >= (heights[k] + heights[before]) / 2 - 1e-9);
      });
      const alone = (k: number) =>
        wanted[k] - heights[k] / 2 >= 10 && wanted[k] + heights[k] / 2 <= 190 && labels.length === 1;
      for (const k of order) if (alone(k)) assert.is(placed[k], wanted[k]);
    },
    100,
  ));

test.run();
