/** Points and tables that come one by one: nothing is lost of few, memory is bounded and errors are those of all of many. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { csvFormatRows } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../files/errors.ts';
import { tableFiles } from '../../files/table-files.ts';
import { tableRows } from '../../files/table-rows.ts';
import { Cloud } from '../../plots/cloud.ts';
import { parity } from '../../plots/parity.ts';
import { agreement, type ParityPoint } from '../../plots/range.ts';
import { openRun } from '../../training/run-folder/folder.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';
import { anyText, wellMade, words } from './checks.ts';

const number = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e200) },
);
const points: fc.Arbitrary<ParityPoint[]> = fc.array(fc.record({ label: number, predicted: number }), {
  maxLength: 300,
  size: 'max',
});

test('few points are all kept; of many, a part that depends on nothing but their numbers, and the errors of all', () =>
  check(
    fc.record({ all: points, most: fc.integer({ min: 1, max: 400 }) }),
    ({ all, most }) => {
      const clouds = [new Cloud(most), new Cloud(most)];
      for (const point of all) for (const cloud of clouds) cloud.add(point);
      const [cloud, again] = clouds;
      assert.is(cloud.size, all.length);
      assert.equal(cloud.points, again.points);
      if (all.length <= most) {
        assert.equal(cloud.points, all);
        assert.is(cloud.all, undefined);
        return;
      }
      assert.ok(cloud.points.length <= most);
      const places = cloud.points.map((point) => all.indexOf(point));
      assert.equal(
        places,
        [...places].sort((a, b) => a - b),
        'in their order',
      );
      const [found, right] = [cloud.all!, agreement(all)];
      assert.equal([found.count, found.notFinite], [right.count, right.notFinite]);
      const close = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));
      assert.ok(close(found.mae, right.mae), `${found.mae} ${right.mae}`);
      // Labels that differ by their rounding only have no R2 worth comparing.
      if (Math.abs(right.r2) < 1e6) assert.ok(close(found.r2, right.r2), `${found.r2} ${right.r2}`);
    },
    200,
  ));

test('the part is even: every point has the same chance, wherever it stands', () => {
  const cloud = new Cloud(20_000);
  for (let k = 0; k < 300_000; k++) cloud.add({ label: k, predicted: k });
  const kept = cloud.points.length;
  assert.ok(kept > 9_000 && kept <= 20_000);
  const tenths = new Float64Array(10);
  for (const { label } of cloud.points) tenths[Math.floor(label / 30_000)] += 10 / kept;
  for (const share of tenths) assert.ok(Math.abs(share - 1) < 0.2, `${share}`);
  for (const every of [2, 3, 9, 64]) {
    const shares = new Float64Array(every);
    for (const { label } of cloud.points) shares[label % every] += 1 / kept;
    for (const share of shares)
      assert.ok(Math.abs(share * every - 1) < 6 * Math.sqrt(every / kept), `${share} of ${every}`);
  }
});

test('a picture of a part says so, and tells the errors of all', () => {
  const cloud = new Cloud(1000);
  for (let k = 0; k < 5000; k++) cloud.add({ label: k, predicted: k + (k % 2 === 0 ? 1 : 3) });
  const said = words(wellMade(() => parity(cloud, { title: 'Energies', quantity: 'energy', unit: 'eV' })));
  assert.ok(said.includes('MAE 2.00 eV') && said.some((line) => /^5\D?000 points$/.test(line)), said.join('; '));
  assert.ok(said.includes(`${cloud.points.length} of them drawn`), said.join('; '));
});

const table = fc.array(fc.array(anyText, { minLength: 2, maxLength: 2 }), { maxLength: 20 });

test('tables written row by row are those written at once, and are read back row by row', () =>
  check(
    fc.record({ one: table, two: table }),
    async ({ one, two }) => {
      const run = openRun(fresh(), false);
      const header = ['a', 'b'];
      await tableFiles(run, { 'p/one.csv': header, 'p/two.csv': header }, async ({ add, flush }) => {
        for (const row of one) add('p/one.csv', row);
        await flush();
        for (const row of two) add('p/two.csv', row);
      });
      for (const [name, rows] of [
        ['one', one],
        ['two', two],
      ] as const) {
        const path = run.file('p', `${name}.csv`);
        assert.is(readFileSync(path, 'utf8'), `${Buffer.from(csvFormatRows([header, ...rows]))}\n`);
        const read: string[][] = [];
        for await (const { a, b } of (await tableRows(path)).rows) read.push([a, b]);
        const asText = (x: string) => Buffer.from(x).toString();
        assert.equal(
          read,
          rows.map((row) => row.map(asText)),
        );
      }
      run.close();
    },
    60,
  ));

test('where the rows fail to come, no table is there, nor a part of one', async () => {
  const run = openRun(fresh(), false);
  mkdirSync(run.file('p'));
  writeFileSync(run.file('p', 'one.csv'), 'old');
  const failing = tableFiles(run, { 'p/one.csv': ['a'], 'p/two.csv': ['a'] }, async ({ add, flush }) => {
    for (let k = 0; k < 200_000; k++) add('p/two.csv', ['some text']);
    await flush();
    throw new UserError('no more');
  });
  assert.match(await failing.catch((error: Error) => error.message), /no more/);
  assert.equal(readdirSync(run.file('p')), ['one.csv']);
  assert.is(readFileSync(run.file('p', 'one.csv'), 'utf8'), 'old');
  run.close();
  assert.not.ok(existsSync(run.file('run.lock')));
});

test('a damaged table is refused in one line', async () => {
  const path = fresh('table');
  for (const [text, message] of [
    ['a,b\n1,2\n3\n', /row 2 has 1 entries, expected 2/],
    ['a,b\n1,2\n3,', /cut short/],
    ['a,b\n1,"2\n3,4\n', /cut short|not closed/],
    ['a,a\n', /a column stands twice/],
  ] as const) {
    writeFileSync(path, text);
    const read = async () => {
      for await (const _ of (await tableRows(path)).rows);
    };
    const error = await read().catch((error: Error) => error);
    assert.instance(error, UserError);
    assert.match((error as Error).message, message);
  }
});

test.run();
