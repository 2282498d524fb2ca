/**
 * Many tiny structures go through everything but training: reading, splits, references, batches, facts and reports.
 *
 * There are more of them than arguments fit on a stack (some 120,000), which is where lists that are spread fail.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf } from '../../data/facts.ts';
import { median, reducedFormula } from '../../data/index.ts';
import { fitScaling } from '../../data/scaling.ts';
import { split } from '../../data/splits.ts';
import { targets } from '../../data/targets.ts';
import { plainText } from '../../experiments/explain/lines.ts';
import { histograms } from '../../experiments/explain/save.ts';
import { PICTURES } from '../../experiments/pictures.ts';
import { key } from '../../tensor/index.ts';
import { graphService } from '../../training/batches/graph-service.ts';
import { epochGroups } from '../../training/batches/group.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { type PretrainingData, pretrainingData } from '../../training/pretraining.ts';
import { reportForces } from '../../training/report/forces.ts';
import { reportNoise } from '../../training/report/noise.ts';
import { reportProperty } from '../../training/report/property.ts';
import { openRun } from '../../training/run-folder/folder.ts';
import type { PredictedForces } from '../../training/tasks/force-predictions.ts';
import { labelsOf } from '../../training/tasks/force-predictions.ts';
import { fresh } from './runs.ts';

const COUNT = 150_000;
const SYMBOLS = ['Cu', 'Ag', 'Au', 'Ni'];

/** Cells of two atoms with an energy that is a sum over elements, forces, and a property. */
function text(): string {
  const parts: string[] = [];
  for (let k = 0; k < COUNT; k++) {
    const [a, b] = [k % 4, (k >> 2) % 4];
    const edge = 3 + (k % 997) / 997;
    const force = ((k % 101) - 50) / 100;
    parts.push(
      `2\nLattice="${edge} 0 0 0 ${edge} 0 0 0 ${edge}" Properties=species:S:1:pos:R:3:forces:R:3 ` +
        `energy=${-1 - a - (1 + b)} target=size unit=A size=${edge}\n` +
        `${SYMBOLS[a]} 0 0 0 ${force} 0 0\n${SYMBOLS[b]} ${edge / 2} ${edge / 2} ${edge / 2} ${-force} 0 0\n`,
    );
  }
  return parts.join('');
}

const folder = fresh('many');
const path = join(folder, 'many.xyz');
mkdirSync(folder);
test.after(() => rmSync(folder, { recursive: true }));

const rows = (file: string): number => readFileSync(file, 'latin1').split('\n').length - 2;
let data: PretrainingData;

test('reading, splitting and reference energies', async () => {
  writeFileSync(path, text());
  data = await pretrainingData({ ...pretrainPreset('laptop'), data: [path], weights: [1, 1, 0] });
  const { train, validation, test: tested } = data.split;
  assert.equal(
    [data.structures.length, train.length, validation.length, tested.length],
    [COUNT, 120_000, 15_000, 15_000],
  );
  assert.is(data.fingerprints[0].structures, COUNT);
  // The energies are additive: -1 - a and -1 - b.
  for (const [number, energy] of [
    [29, -1],
    [47, -2],
    [79, -3],
    [28, -4],
  ] as const) {
    assert.ok(Math.abs(data.references.get('many')!.get(number)! - energy) < 1e-4);
  }
});

test('a property: its values, scaling and table', async () => {
  const { structures, values } = targets(data.structures);
  const groups = structures.map(({ numbers }) => reducedFormula(numbers));
  const parts = split(COUNT, { train: 0.6, validation: 0.2, test: 0.2 }, key(1), groups);
  assert.is(parts.train.length + parts.validation.length + parts.test.length, COUNT);
  assert.is(fitScaling(values, 'standard').centre, median(values));
  const run = openRun(join(folder, 'property'), false, { pictures: PICTURES });
  const labels = [...values];
  await reportProperty(run, [{ name: 'all', structures, labels, predicted: labels.map((x) => x + 1) }], 'size', 'A');
  run.close();
  assert.is(rows(run.file('predictions', 'property.csv')), COUNT);
});

test('neighbours, batches, facts in words and pictures', async () => {
  const rule = { cutoff: 2.8, neighbours: { most: null, rule: 'shell', imageCap: null } } as const;
  const graphs = await graphService(data.structures, rule, { helper: true });
  const groups = epochGroups(graphs.counts, data.split.train, { structures: 8, edges: 100 }, key(1), 0);
  assert.is(
    groups.reduce((sum, group) => sum + group.length, 0),
    data.split.train.length,
  );
  const last = await graphs.batch([COUNT - 1, 0]);
  assert.equal([...last.numbers].slice(2), [...data.structures[0].numbers]);
  await graphs.close();
  const facts = factsOf({ name: 'many', structures: data.structures }, { cutoff: 2.8, most: 12, imageCap: 2 });
  assert.is(facts.neighbours.count, 2 * COUNT);
  assert.match(plainText(facts), /structures +150000/);
  assert.ok(histograms(facts).outerHTML.length > 1000);
});

test('predictions of forces and of displacements', async () => {
  const set = { structures: data.structures, sources: data.sources, referenceOf: () => 0 };
  function* predictions(): Generator<PredictedForces> {
    for (let structure = 0; structure < COUNT; structure++) {
      const labels = labelsOf(set, [structure]);
      yield { structure, labels, predicted: { ...labels, forces: labels.forces.map((f) => f + 0.5) } };
    }
  }
  const run = openRun(join(folder, 'forces'), false, { pictures: PICTURES });
  const { error } = (await reportForces(run, set, predictions(), 'all')).all();
  assert.ok(Math.abs(error.forces! - 0.5) < 1e-9 && error.energy === 0);
  assert.is(rows(run.file('predictions', 'forces.csv')), 2 * COUNT);
  assert.is(rows(run.file('predictions', 'energy.csv')), COUNT);
  const still = new Float64Array(6);
  const moved = data.split.test.map((structure) => ({ structure, noise: still.fill(0.1), predicted: still }));
  const errors = await reportNoise(run, data.structures, data.sources, moved);
  assert.equal(errors.all().error, 0);
  assert.is(rows(run.file('predictions', 'noise.csv')), 2 * moved.length);
  run.close();
});

test.run();
