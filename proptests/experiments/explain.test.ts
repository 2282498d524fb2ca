/**
 * Explaining data sets: every number equals one counted by brute force on generated structures, quantiles and outliers
 * obey their laws, histograms lose nothing, and what cannot be read is said in one message.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvParse } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf } from '../../data/facts.ts';
import { type LabelledStructure, quantile, sorted } from '../../data/index.ts';
import { medianError } from '../../data/scaling.ts';
import { fences, spreadOf } from '../../data/spread.ts';
import { parseConfig } from '../../experiments/config/resolve.ts';
import { finetuneSchema } from '../../experiments/config/schemas.ts';
import { plainText } from '../../experiments/explain/lines.ts';
import { readDataSet } from '../../experiments/explain/read.ts';
import { factRows } from '../../experiments/explain/save.ts';
import { reportSets, setOf } from '../../experiments/tables/sets.ts';
import type { Structure } from '../../graph/index.ts';
import { coincidences } from '../../graph/neighbourhoods.ts';
import { counted } from '../../plots/histogram.ts';
import { crystals as drawnCrystals, reals } from '../../testing/index.ts';
import { finetunePreset } from '../../training/presets.ts';
import { check } from '../support/check.ts';
import { crystals, file, fresh, refused, run } from './runs.ts';

const close = (a: number | undefined, b: number, what: string): void => {
  assert.ok(a !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${what}: ${a} and ${b}`);
};
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Distances from an atom to all others and images within so many cells, with the largest image index on the way. */
function around({ positions, cell, numbers }: Structure, i: number, cells = 6): { d: number; n: number[] }[] {
  const found: { d: number; n: number[] }[] = [];
  const range = Array.from({ length: 2 * cells + 1 }, (_, k) => k - cells);
  for (let j = 0; j < numbers.length; j++)
    for (const a of range)
      for (const b of range)
        for (const c of range) {
          const d = Math.hypot(
            ...[0, 1, 2].map(
              (k) => positions[3 * j + k] - positions[3 * i + k] + a * cell[k] + b * cell[3 + k] + c * cell[6 + k],
            ),
          );
          if (d > 0.01) found.push({ d, n: [a, b, c] });
        }
  return found;
}

/** Heights of a cell over its faces: how far apart images are at least. */
function heights(cell: Float64Array): number[] {
  const row = (k: number) => [...cell.slice(3 * k, 3 * k + 3)] as [number, number, number];
  const cross = ([a, b, c]: number[], [x, y, z]: number[]) => [b * z - c * y, c * x - a * z, a * y - b * x];
  return [0, 1, 2].map((k) => {
    const normal = cross(row((k + 1) % 3), row((k + 2) % 3));
    return Math.abs(sum(row(k).map((x, c) => x * normal[c]))) / Math.hypot(...normal);
  });
}

const labelled = fc
  .record({
    structure: drawnCrystals({ maxAtoms: 3, closest: 0.4, elements: [1, 8, 13] }),
    energy: fc.option(reals({ low: -20, high: 5 }), { nil: undefined }),
    // Some at rest, some not, some without.
    force: fc.option(fc.constantFrom(0, 0.01, 0.2, 30), { nil: undefined }),
    stress: fc.option(reals({ low: -0.1, high: 0.1 }), { nil: undefined }),
    gap: fc.option(reals({ low: 0, high: 5 }), { nil: undefined, freq: 6 }),
  })
  .map(
    ({ structure, energy, force, stress, gap }): LabelledStructure => ({
      ...structure,
      ...(energy === undefined ? {} : { energy }),
      ...(force === undefined
        ? {}
        : { forces: new Float64Array(structure.positions.length).fill(force / Math.sqrt(3)) }),
      ...(stress === undefined ? {} : { stress: new Float64Array(9).fill(stress) }),
      properties: gap === undefined ? {} : { gap, target: 'gap', unit: 'eV' },
      arrays: {},
    }),
  );

test('facts equal those counted by brute force', async () => {
  await check(
    fc.record({
      structures: fc.array(labelled, { minLength: 1, maxLength: 5 }),
      cutoff: reals({ low: 1.5, high: 5 }),
      most: fc.integer({ min: 1, max: 20 }),
      imageCap: fc.integer({ min: 0, max: 2 }),
    }),
    ({ structures, cutoff, most, imageCap }) => {
      const having = structures.filter(({ properties }) => properties.gap !== undefined);
      const values = Float64Array.from(having, ({ properties }) => properties.gap as number);
      const property = { key: 'gap', unit: 'eV', structures: having, values, notes: [] };
      const rule = { cutoff, most, imageCap };
      const facts = factsOf({ name: 'made', structures, ...(having.length > 0 ? { property } : {}) }, rule);
      const neighbours = structures.flatMap((s) =>
        [...s.numbers].map((_, i) => around(s, i).filter(({ d }) => d <= cutoff)),
      );
      const degrees = neighbours.map((list) => list.length);
      const of = (statistic: (one: (typeof facts.neighbourhoods)[number]) => number) =>
        sum(facts.neighbourhoods.map(statistic));
      assert.equal(
        facts.neighbourhoods.flatMap((one) => [...one.degrees]),
        degrees,
      );
      assert.is(
        of((one) => one.edges),
        sum(degrees),
      );
      close(facts.neighbours.mean, sum(degrees) / degrees.length, 'mean neighbours');
      assert.is(facts.neighbours.min, Math.min(...degrees));
      assert.is(facts.neighbours.max, Math.max(...degrees));
      assert.is(facts.isolatedAtoms, degrees.filter((n) => n === 0).length);
      assert.is(
        of((one) => one.truncatedAtoms),
        degrees.filter((n) => n > most).length,
      );
      assert.is(
        of((one) => one.truncatedEdges),
        sum(degrees.map((n) => Math.max(0, n - most))),
      );

      // The cap of the paper's graphs: no more images than the cutoff needs, and at most so many.
      const kept = structures.flatMap((s) => {
        const caps = heights(s.cell).map((h) => Math.min(Math.ceil(cutoff / h), imageCap));
        return [...s.numbers].map(
          (_, i) => around(s, i).filter(({ d, n }) => d <= cutoff && n.every((x, k) => Math.abs(x) <= caps[k])).length,
        );
      });
      assert.is(
        of((one) => one.cappedAtoms),
        kept.filter((n, i) => n < degrees[i]).length,
      );
      assert.is(
        of((one) => one.cappedEdges),
        sum(degrees) - sum(kept),
      );

      const shortest = structures.map((s) =>
        Math.min(...[...s.numbers].flatMap((_, i) => around(s, i, 2).map(({ d }) => d))),
      );
      shortest.forEach((d, k) => {
        if (d <= cutoff) close(facts.shortest.values[k], d, 'shortest');
        else assert.is(facts.shortest.values[k], undefined);
      });
      assert.equal(
        [...facts.overlapping].sort((a, b) => a - b),
        shortest.flatMap((d, k) => (d < 0.7 ? [k] : [])),
      );

      const symbols = { H: 1, O: 8, Al: 13 };
      for (const [symbol, z] of Object.entries(symbols)) {
        const n = structures.filter(({ numbers }) => numbers.includes(z)).length;
        assert.is(facts.elements.find((one) => one.symbol === symbol)?.structures ?? 0, n, symbol);
      }
      assert.is(facts.oneAtom, structures.filter(({ numbers }) => numbers.length === 1).length);
      // Proportions of the three elements say whether formulas are the same.
      const share = ({ numbers }: Structure) =>
        JSON.stringify(
          [1, 8, 13].map((z) => ((6 * numbers.filter((x) => x === z).length) / numbers.length).toFixed(6)),
        );
      const twice = structures.filter((s) => structures.filter((other) => share(other) === share(s)).length > 1);
      assert.is(facts.sharedFormula, twice.length);

      for (const label of ['energy', 'forces', 'stress'] as const) {
        assert.is(facts.labelled[label], structures.filter((s) => s[label] !== undefined).length, label);
      }
      assert.is(
        facts.relaxed,
        structures.filter(({ forces }) => forces && Math.hypot(...forces.slice(0, 3)) < 0.05).length,
      );
      const components = structures.flatMap(({ forces = [] }) => [...forces]);
      if (components.length > 0) close(facts.zeroErrors.forces, sum(components) / components.length, 'no force');
      const stress = structures.flatMap(({ stress = [] }) => [...stress].map((x) => 160.2176634 * Math.abs(x)));
      if (stress.length > 0) close(facts.zeroErrors.stress, sum(stress) / stress.length, 'no stress');
      const energies = facts.labels.find(({ name }) => name === 'energy per atom')?.spread;
      const own = structures.flatMap(({ energy, numbers }) => (energy === undefined ? [] : [energy / numbers.length]));
      assert.is(energies?.max, own.length === 0 ? undefined : Math.max(...own));
      if (having.length > 0) {
        assert.is(facts.property!.missing, structures.length - having.length);
        close(facts.property!.spread!.medianError, medianError(values, values), 'always the median');
      } else assert.is(facts.property, undefined);

      const text = plainText(facts);
      assert.not.match(text, /NaN|undefined|Infinity/);
      assert.match(text, new RegExp(`structures +${structures.length}\\n`));
      for (const [, quantity, statistic, value] of factRows(facts)) {
        assert.ok(Number.isFinite(Number(value)), `${quantity}, ${statistic}: ${value}`);
      }
    },
    25,
  );
});

test('atoms at one place are found as comparing all pairs and images finds them', () =>
  check(
    fc.record({
      structure: drawnCrystals({ minAtoms: 1, maxAtoms: 3 }),
      copies: fc.array(
        fc.record({
          of: fc.nat(2),
          shift: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -1, max: 1 }))),
          by: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -8, max: 8 }))),
        }),
        { maxLength: 8 },
      ),
      periodic: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    }),
    ({ structure, copies, periodic }) => {
      const { cell } = structure;
      const image = (x: ArrayLike<number>, n: readonly number[]) =>
        [0, 1, 2].map((k) => x[k] + sum(n.map((m, r) => m * cell[3 * r + k])));
      const given = Array.from({ length: structure.numbers.length }, (_, i) =>
        // The first atom is on the border of the cell.
        [0, 1, 2].map((k) => structure.positions[3 * i + k] - structure.positions[k]),
      );
      const places = [
        ...given,
        ...copies.map(({ of, shift, by }) => image(given[of % given.length], shift).map((x, k) => x + by[k] / 1000)),
      ];
      const reach = [-2, -1, 0, 1, 2];
      const along = (k: number) => (periodic[k] ? reach : [0]);
      const images = along(0).flatMap((a) => along(1).flatMap((b) => along(2).map((c) => [a, b, c])));
      const apart = places.flatMap((x, i) =>
        places.slice(0, i).map((y) => images.map((n) => Math.hypot(...image(y, n).map((v, k) => v - x[k])))),
      );
      // At the very limit rounding decides.
      if (apart.flat().some((d) => Math.abs(d - 0.01) < 1e-9)) return;
      const right = apart.filter((all) => all.some((d) => d < 0.01)).length;
      const all = {
        ...structure,
        numbers: new Int32Array(places.length).fill(1),
        positions: Float64Array.from(places.flat()),
      };
      assert.is(coincidences({ ...all, periodic }), right);
    },
    200,
  ));

test('atoms at one place are counted, images and molecules too', async () => {
  await check(
    fc.tuple(
      drawnCrystals({ minAtoms: 2, maxAtoms: 4 }),
      fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 }),
    ),
    ([structure, shift]) => {
      assert.is(coincidences(structure), 0);
      const { positions, cell, numbers } = structure;
      const moved = [0, 1, 2].map((k) => positions[k] + sum(shift.map((n, r) => n * cell[3 * r + k])) + 0.003);
      const twin = {
        ...structure,
        numbers: Int32Array.of(...numbers, 1),
        positions: Float64Array.of(...positions, ...moved),
      };
      assert.is(coincidences(twin), 1);
      const still = shift.every((n) => n === 0);
      assert.is(coincidences({ ...twin, periodic: [false, false, false] }), still ? 1 : 0);
      const facts = factsOf(
        { name: 'twins', structures: [{ ...twin, properties: {}, arrays: {} }] },
        { cutoff: 3, most: 250, imageCap: 2 },
      );
      assert.equal(facts.overlapping, [0]);
      assert.match(plainText(facts), 'at one place');
    },
    20,
  );
});

test('quantiles, spreads and fences', async () => {
  const list = fc.array(fc.oneof(reals({ low: -100, high: 100 }), fc.constantFrom(0, 1, -7)), {
    minLength: 1,
    maxLength: 30,
  });
  await check(
    fc.tuple(list, reals({ low: 0, high: 1 }), reals({ low: -50, high: 50 }), reals({ low: 0.1, high: 10 })),
    ([values, share, shift, factor]) => {
      const ascending = sorted(values);
      const q = quantile(ascending, share);
      const below = ascending.filter((x) => x < q - 1e-9).length;
      const upTo = ascending.filter((x) => x <= q + 1e-9).length;
      const n = values.length - 1;
      assert.ok(below <= share * n + 1 + 1e-9 && upTo >= Math.floor(share * n + 1e-9), 'as many lie below');
      const one = spreadOf(values)!;
      close(one.mean, sum(values) / values.length, 'mean');
      close(one.deviation ** 2, sum(values.map((x) => (x - one.mean) ** 2)) / values.length, 'variance');
      for (const guess of values) {
        const error = sum(values.map((x) => Math.abs(x - guess))) / values.length;
        assert.ok(one.medianError <= error + 1e-9, 'no value is a better guess than the median');
      }
      const limits = fences(values, 'linear');
      assert.is(limits === undefined, one.high === one.low);
      if (!limits) return;
      assert.ok(limits.low < one.low && limits.high > one.high);
      close(limits.high - one.high, 3 * (one.high - one.low), 'three times the distance of the quartiles');
      const other = fences(
        values.map((x) => factor * x + shift),
        'linear',
      )!;
      close(other.high, factor * limits.high + shift, 'moves with the values');
      const sizes = values.map(Math.abs);
      const [above, scaled] = [
        fences(sizes, 'size'),
        fences(
          sizes.map((x) => x * factor),
          'size',
        ),
      ];
      if (above && scaled) close(scaled.high, factor * above.high, 'scales with sizes');
      const zeros = fences([...sizes, 0, 0], 'size');
      assert.equal(zeros, above, 'zeros do not count');
    },
    100,
  );
});

test('histograms count every value once, in its bin', async () => {
  await check(
    fc.tuple(fc.array(reals({ low: -3, high: 3 }), { maxLength: 40 }), fc.integer({ min: 1, max: 12 })),
    ([values, bins]) => {
      const edges = Float64Array.from({ length: bins + 1 }, (_, k) => -3 + (6 * k) / bins);
      const made = counted([...values, -3, 3, ...edges], edges);
      const brute = [...values, -3, 3, ...edges].map((v) => {
        for (let k = 0; k < bins; k++) if (v >= edges[k] && (v < edges[k + 1] || k === bins - 1)) return k;
        return -1;
      });
      for (let k = 0; k < bins; k++) assert.is(made[k], brute.filter((b) => b === k).length);
    },
    60,
  );
});

test('files: text, tables and pictures; names and files that do not exist are refused', async () => {
  const some = await crystals(12);
  const path = await file(some, 'mine');
  const out = fresh('explain');
  const { code, text } = await run('explain', [path, 'universe', '--crystals', '5', '--cutoff', '4', '--out', out]);
  assert.is(code, 0, text);
  assert.match(text, /structures +12\n[\s\S]*Property: volume \(A\^3\)[\s\S]*== universe\n/);
  for (const name of ['explain.md', 'explain.csv', 'mine.svg', 'mine.png', 'universe.svg', 'universe.png']) {
    assert.ok(existsSync(join(out, name)), name);
  }
  const rows = csvParse(readFileSync(join(out, 'explain.csv'), 'utf8'));
  const median = rows.find((r) => r.dataset === path && r.quantity === 'volume' && r.statistic === 'median')!;
  const volumes = some.map(({ properties }) => properties.volume as number).sort((a, b) => a - b);
  close(Number(median.value), (volumes[5] + volumes[6]) / 2, 'median of the file');
  assert.is(median.unit, 'A^3');
  refused(await run('explain', ['jdft2dd']), /no data set or file 'jdft2dd'. Did you mean jdft2d\?/);
  refused(await run('explain', ['./nothing.extxyz']), /nothing\.extxyz: no such file/);
  refused(await run('explain', ['phonons'], { LATTIGRAD_DATA: fresh('none') }), /\nphonons: expected its file at/);
  refused(await run('explain', [path, '--target', 'volum']), /none of 12 structures has volum.*volume/);
});

test('Table 1: rows of sets, beside the paper where there is one', async () => {
  const path = await file(await crystals(9), 'mine');
  const set = { name: 'mine', file: null, own: path, property: 'volume', paper: { set: 'JDFT', is: 'part' } } as const;
  const config = parseConfig(finetuneSchema, { ...finetunePreset('smoke'), data: path } as never, {});
  const row = await setOf(set, config, [1, 2, 3]);
  assert.is(row.labels.count, 9);
  assert.is(row.median.count, 3);
  assert.is(row.elements, 2);
  const out = join(fresh('table1'), 'table1');
  await reportSets(out, [row]);
  const rows = csvParse(readFileSync(`${out}.csv`, 'utf8'));
  assert.equal(
    rows.map(({ dataset, paper_set, paper_structures, relation }) => [dataset, paper_set, paper_structures, relation]),
    [
      ['mine', 'JDFT', '636', 'part'],
      ['', '2D', '3814', 'none'],
    ],
  );
  assert.match(readFileSync(`${out}.md`, 'utf8'), /mine \| 9 \|.*JDFT \| 636 \| a part of it, 1 %/);
  assert.ok(existsSync(`${out}.png`));
  const { properties, ...bare } = (await readDataSet(path, { crystals: 1 })).structures[0];
  const without = await file([{ ...bare, properties: {} }], 'bare');
  assert.ok(properties.volume !== undefined);
  let message = '';
  await setOf(set, { ...config, data: without }, [1]).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /comment lines name none/);
});

test.run();
