/**
 * Comparing and evaluating: estimates against their definition, paired differences, what must not be compared, and a
 * network from its folder that predicts what the run said it does.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { csvParse } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LabelledStructure } from '../../data/index.ts';
import { compareFolders } from '../../experiments/seeds/compare.ts';
import { readRepeats } from '../../experiments/seeds/read.ts';
import { comparedMarkdown, comparedText, reportCompared } from '../../experiments/seeds/report.ts';
import { estimate, showEstimate } from '../../plots/statistics.ts';
import { jsonText } from '../../training/run-folder/folder.ts';
import { words, written } from '../plots/checks.ts';
import { check } from '../support/check.ts';
import { crystals, file, finish, fresh, readJson, refused, run } from './runs.ts';

const close = (a: number, b: number, scale = 1) => Math.abs(a - b) <= 1e-9 * (scale + Math.abs(a) + Math.abs(b));
const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });

test('mean and standard error by their definition over all pairs', () =>
  check(fc.array(number, { minLength: 1, maxLength: 8 }), (values) => {
    const { mean, standardError, count } = estimate(values);
    const n = values.length;
    assert.is(count, n);
    assert.ok(
      close(
        mean * n,
        values.reduce((a, b) => a + b),
      ),
    );
    if (n === 1) return assert.is(standardError, null);
    // The variance of a sample is half the mean square of the differences of its pairs.
    const pairs = values.flatMap((x, k) => values.slice(k + 1).map((y) => (x - y) ** 2));
    const variance = pairs.reduce((a, b) => a + b) / (n * (n - 1));
    assert.ok(close(standardError! ** 2 * n, variance, 1e3), `${standardError} ${variance}`);
  }));

test('estimates are shown with two digits of their standard error', () => {
  const shown = (mean: number, standardError: number | null, sign = false) =>
    showEstimate({ mean, standardError }, sign);
  assert.is(shown(12.3456, 0.432), '12.35 ± 0.43');
  assert.is(shown(1234.5, 43.2), '1235 ± 43');
  assert.is(shown(1234.5, 432), '1235 ± 432');
  assert.is(shown(0.0012347, 0.000043), '0.001235 ± 0.000043');
  assert.is(shown(2, 0.1, true), '+2.00 ± 0.10');
  assert.is(shown(-2, 0.1, true), '−2.00 ± 0.10');
  assert.is(shown(0.12345, null), '0.123');
  assert.is(shown(3, 0), '3.00');
  assert.is(shown(3, Number.NaN), '3.00');
  const any = fc.record({
    mean: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), number),
    error: fc.oneof(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), fc.double({ min: 1e-6, max: 2e3, noNaN: true })),
  });
  return check(
    any,
    ({ mean, error }) => {
      const text = shown(mean, error);
      const [value, deviation] = text.split(' ± ').map(written) as [number, number];
      assert.ok(Math.abs(deviation - error) <= 0.0501 * error, `${text} for ${error}`);
      assert.ok(
        Math.abs(value - mean) <= Math.max(0.051 * error, 0.00501 * Math.abs(mean)),
        `${text} for ${mean} and ${error}`,
      );
      // Of numbers that are written out, no digit that the error allows is lost.
      if (Math.abs(mean) < 9e5 && error > 2e-5 && error < 9e5) {
        assert.ok(Math.abs(value - mean) <= 0.051 * error, `${text} for ${mean} and ${error}`);
      }
    },
    200,
  );
});

interface Fake {
  readonly errors: Readonly<Record<number, number>>;
  readonly planned?: readonly number[];
  readonly target?: string;
  readonly unit?: string;
  readonly tested?: (seed: number) => string[];
  readonly name?: string;
  /** Seeds whose results are from before the median was kept. */
  readonly old?: readonly number[];
}

/** The files that a comparison reads of a fine-tuning. */
function repeats({
  errors,
  planned,
  target = 'p',
  unit = 'eV',
  tested = (s) => [`a${s}`],
  name = 'f',
  old = [],
}: Fake): string {
  const path = fresh('repeats');
  const write = (parts: string[], value: unknown) => writeFileSync(join(path, ...parts), jsonText(value));
  mkdirSync(path);
  const seeds = Object.keys(errors).map(Number);
  write(['repeats.json'], { seeds: planned ?? seeds, config: {} });
  for (const seed of seeds) {
    mkdirSync(join(path, `seed-${seed}`));
    write([`seed-${seed}`, 'result.json'], {
      ...{ target, unit, seed },
      mae: { validation: 0, test: errors[seed] },
      ...(old.includes(seed) ? {} : { median: { validation: 0, test: 10 + seed } }),
    });
    write([`seed-${seed}`, 'data.json'], {
      files: [{ name, sha256: 'x', structures: 9 }],
      split: { test: tested(seed) },
    });
  }
  return path;
}

const errorsOf = fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), fc.double({ min: 0.1, max: 9, noNaN: true }), {
  minKeys: 1,
  noNullPrototype: true,
});

test('differences are taken seed by seed over the seeds that all have finished', () =>
  check(fc.array(errorsOf, { minLength: 2, maxLength: 3 }), (all) => {
    const paths = all.map((errors) => repeats({ errors, planned: [1, 2, 3, 4, 5] }));
    const common = [1, 2, 3, 4, 5].filter((seed) => all.every((errors) => seed in errors));
    if (common.length === 0) return assert.throws(() => compareFolders(paths), /no finished seed in common/);
    const { seeds, rows, median } = compareFolders(paths);
    assert.equal([...seeds], common);
    assert.equal(median, estimate(common.map((seed) => 10 + seed)));
    rows.forEach(({ mae, difference, improvement }, k) => {
      const own = common.map((seed) => all[k][seed]);
      assert.equal(mae, estimate(own));
      if (k === 0) {
        assert.is(difference, undefined);
        return;
      }
      assert.equal(difference, estimate(common.map((seed) => all[k][seed] - all[0][seed])));
      const sum = (errors: Readonly<Record<string, number>>) => common.reduce((s, seed) => s + errors[seed], 0);
      assert.ok(close(improvement!, 1 - sum(all[k]) / sum(all[0])));
    });
  }));

test('seeds are added in one order, whatever came first', () =>
  check(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 2 }), (planned) => {
    const errors = { 1: 0.1, 2: 1 / 3, 3: 7.7, 4: 1e-3, 5: 2.9 };
    const path = repeats({ errors, planned });
    assert.equal(readRepeats(path), readRepeats(path, [...planned].sort()));
  }));

test('always the median: a row in text, Markdown, CSV and picture, over the same seeds; left out where it is not known', () =>
  check(
    fc.record({
      seeds: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      isOld: fc.boolean(),
    }),
    async ({ seeds, isOld }) => {
      const errors = Object.fromEntries(seeds.map((seed) => [seed, seed]));
      const base = repeats({ errors, old: isOld ? [seeds[0]] : [] });
      // A seed that only the other has does not count.
      const compared = compareFolders([base, repeats({ errors: { ...errors, 99: 1 } })]);
      const out = fresh('compared');
      await reportCompared(out, [compared]);
      const csv = csvParse(readFileSync(join(out, 'comparison.csv'), 'utf8'));
      const found = csv.filter(({ network }) => network === 'always the median');
      const texts = [
        comparedText(compared),
        readFileSync(join(out, 'comparison.md'), 'utf8'),
        words(readFileSync(join(out, 'comparison.svg'), 'utf8')).join('\n'),
      ];
      const expected = estimate(seeds.map((seed) => 10 + seed));
      if (isOld) {
        assert.is(found.length, 0);
        for (const text of texts.slice(0, 2))
          assert.match(text, /The row 'always the median' is left out: results of /);
        return assert.not.match(texts[2], /median/);
      }
      const { mae, mae_standard_error: error, seeds: count, difference } = found[0];
      assert.equal(
        [Number(mae), Number(error), Number(count), difference],
        [...[expected.mean, expected.standardError ?? 0, seeds.length, '']],
      );
      for (const text of texts) {
        assert.match(text, /always the median/);
        assert.ok(text.includes(showEstimate(expected)), `${showEstimate(expected)} in ${text}`);
      }
    },
    15,
  ));

test('names with the marks of Markdown stay one cell', () => {
  const paths = ['a|b', 'c_d_e', '*f*'].map((name) => {
    const path = join(fresh('marks'), name);
    mkdirSync(dirname(path));
    renameSync(repeats({ errors: { 1: 1, 2: 2 } }), path);
    return path;
  });
  const lines = comparedMarkdown(compareFolders(paths)).split('\n');
  const rows = lines.filter((line) => line.startsWith('|'));
  assert.is(rows.length, 6);
  for (const row of rows) assert.is(row.split(/(?<!\\)\|/).length, 6, row);
  for (const name of ['a\\|b', 'c\\_d\\_e', '\\*f\\*']) assert.ok(rows.some((row) => row.startsWith(`| ${name} |`)));
});

test('what must not be compared is refused', () => {
  const errors = { 1: 1, 2: 2 };
  const base = repeats({ errors });
  const refusal = (other: Partial<Fake>, message: RegExp) =>
    assert.throws(() => compareFolders([base, repeats({ errors, ...other })]), message);
  refusal({ target: 'q' }, /predicts p \(eV\).* q \(eV\).*one property/s);
  refusal({ unit: 'GPa' }, /p \(eV\).*p \(GPa\)/s);
  refusal({ tested: (seed) => [`b${seed}`] }, /tested on different structures \(seed 1\)/);
  refusal({ tested: (seed) => [seed === 2 ? 'b' : `a${seed}`] }, /\(seed 2\)/);
  refusal({ errors: {}, planned: [1] }, /none of its seeds is finished.*--resume/s);
  assert.throws(() => compareFolders([base]), /at least two/);
  assert.throws(() => compareFolders([base, fresh()]), /holds no fine-tuning/);
  // The same bytes under another name are the same structures.
  assert.is(compareFolders([base, repeats({ errors, name: 'g' })]).rows.length, 2);
});

type Row = Record<string, string>;
const table = (...path: string[]): Row[] => csvParse(readFileSync(join(...path), 'utf8')) as Row[];
const made = crystals(20);
const SMOKE = ['--preset', 'smoke', '--batch', '4'];

/** Predictions by structure (and atom) are those of the run's own test part to single precision. */
function agree(run: Row[], evaluated: Row[]): void {
  const who = ({ structure, atom }: Row) => `${structure} ${atom}`;
  const found = new Map(evaluated.map((row) => [who(row), row]));
  assert.ok(run.length > 0);
  for (const row of run) {
    for (const [column, text] of Object.entries(row)) {
      const other = found.get(who(row))![column];
      if (column.startsWith('label')) assert.is(other === '' ? text : other, text);
      if (!column.startsWith('predicted')) continue;
      const [a, b] = [Number(text), Number(other)];
      assert.ok(text !== '' && other !== '' && Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a)), `${column}: ${a}, ${b}`);
    }
  }
}

const unlabelled = ({ energy: _, forces: __, stress: ___, ...bare }: LabelledStructure): LabelledStructure => ({
  ...bare,
  properties: {},
});

test('forces: learnt, and evaluated from the folder as the run did, with labels and without', async () => {
  const [out, all] = [fresh(), await made];
  const args = [...SMOKE, '--data', await file(all), '--epochs', '25', '--set', 'split.test=0.25'];
  await finish('pretrain', [...args, '--out', out]);
  const { test: own } = readJson(out, 'result.json') as { test: { error: Row; zero: Row } };
  assert.ok(Number(own.error.forces) < 0.7 * Number(own.zero.forces), JSON.stringify(own));
  for (const structures of [all, all.map(unlabelled)]) {
    const on = fresh();
    const said = await finish('evaluate', [out, '--data', await file(structures), '--out', on]);
    for (const name of ['energy', 'forces', 'stress']) {
      agree(table(out, 'predictions', `${name}.csv`), table(on, 'predictions', `${name}.csv`));
    }
    const { error } = readJson(on, 'result.json') as { error: { forces: number | null } };
    assert.is(error.forces === null, structures !== all, said);
  }
});

test('a label that the data do not have has no weight, and no error', async () => {
  const [out, all] = [fresh(), await made];
  const data = await file(all.map(({ stress: _, ...one }) => one));
  const flags = ['--weights', '1:2:3', '--epochs', '1'];
  const said = await finish('pretrain', [...SMOKE, ...flags, '--data', data, '--out', out]);
  assert.match(said, /stress: 0 of 20 structures have it; its weight is set to 0/);
  const { weights, test } = readJson(out, 'result.json') as { weights: number[]; test: { error: Row } };
  assert.equal([weights, test.error.stress], [[1, 2, 0], null]);
});

test('elements without a reference energy are named; a folder that is used is not used again', async () => {
  const [out, on, all] = [fresh(), fresh(), await made];
  await finish('pretrain', [...SMOKE, '--data', await file(all), '--epochs', '1', '--out', out]);
  const oxides = await file(all.slice(0, 3).map((one) => ({ ...one, numbers: one.numbers.map(() => 8) })));
  const args = [out, '--data', oxides, '--out', on];
  assert.match(
    await finish('evaluate', args),
    /no reference energy for O \(3 structures\); the mean of the others stands in/,
  );
  refused(await run('evaluate', args), /holds a run already\. Choose another --out\.\n/);
});

test('properties: evaluated as the run did, an energy among them, with labels and without', async () => {
  const all = await made;
  for (const target of ['volume', 'energy']) {
    const out = fresh();
    const data = await file(all);
    const args = [...SMOKE, '--data', data, '--target', target, '--seeds', '3', '--epochs', '4'];
    await finish('finetune', [...args, '--out', out]);
    const own = table(out, 'seed-3', 'predictions', 'property.csv');
    for (const structures of [all, all.map(unlabelled)]) {
      const on = fresh();
      await finish('evaluate', [join(out, 'seed-3'), '--data', await file(structures), '--out', on]);
      agree(own, table(on, 'predictions', 'property.csv'));
      const { labelled } = readJson(on, 'result.json') as { labelled: number };
      assert.is(labelled, structures === all ? all.length : 0, target);
    }
    if (target === 'energy') continue;
    const litres = all.map((one) => ({ ...one, properties: { ...one.properties, unit: 'l/mol' } }));
    refused(
      await run('evaluate', [join(out, 'seed-3'), '--data', await file(litres), '--out', fresh()]),
      /volume is in l\/mol, the network predicts A\^3/,
    );
  }
});

test.run();
