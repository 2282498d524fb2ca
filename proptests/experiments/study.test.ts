/**
 * The committed study: errors are those of the committed predictions, and committed networks make these predictions.
 *
 * There are hundreds of runs: networks are drawn, others with another LATTIGRAD_SEED, more with LATTIGRAD_RUNS.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { csvParse } from 'd3-dsv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readExtxyz } from '../../data/index.ts';
import { network, writeParameters } from '../../nn/index.ts';
import { cpuEngine, key } from '../../tensor/index.ts';
import { graphService } from '../../training/batches/graph-service.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import { scalingFromJson } from '../../training/data/scaling.ts';
import type { FinetuningResult } from '../../training/finetuning.ts';

import { BEST, checkpointOf } from '../../training/run/checkpoint.ts';
import { predictProperty, propertyPredictor } from '../../training/tasks/property.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';
import { readJson } from './runs.ts';

const STUDY = 'docs/study/finetune';
/** Batches that need not be those of the runs. */
const LIMITS = { structures: 8, edges: 80_000 };

/** Finished fine-tunings, and what each predicted. */
const runs = (readdirSync(STUDY, { recursive: true }) as string[])
  .filter((path) => basename(path) === 'result.json')
  .map((path) => join(STUDY, dirname(path)))
  .sort();

function predictionsOf(run: string, target: string) {
  return csvParse(readFileSync(join(run, 'predictions/property.csv'), 'utf8')).map((row) => ({
    split: row.split,
    structure: row.structure,
    label: Number(row[`label_${target}`]),
    predicted: Number(row[`predicted_${target}`]),
  }));
}

test('errors of the study are those of its predictions', () => {
  assert.ok(runs.length >= 150, `expected the runs of the study in ${STUDY}, found ${runs.length}`);
  for (const run of runs) {
    const { target, counts, mae } = readJson(run, 'result.json') as FinetuningResult;
    const rows = predictionsOf(run, target);
    for (const split of ['validation', 'test'] as const) {
      const errors = rows
        .filter((row) => row.split === split)
        .map(({ label, predicted }) => Math.abs(predicted - label));
      assert.is(errors.length, counts[split], `${run}: ${split}`);
      const mean = errors.reduce((sum, error) => sum + error) / errors.length;
      assert.ok(
        Math.abs(mean - mae[split]) <= 1e-9 * mae[split],
        `${run}: ${split} ${mean}, result.json ${mae[split]}`,
      );
    }
  }
});

/** Runs that have their network, and whose structures are here: the same file, byte for byte. */
function repeatable(): string[] {
  const hashes = new Map<string, string>();
  const hash = (path: string): string => {
    if (!hashes.has(path)) hashes.set(path, createHash('sha256').update(readFileSync(path)).digest('hex'));
    return hashes.get(path)!;
  };
  return runs.filter((run) => {
    const [{ name, sha256 }] = (readJson(run, 'data.json') as { files: [{ name: string; sha256: string }] }).files;
    const path = join(data, 'properties', name);
    return existsSync(join(run, BEST)) && existsSync(path) && hash(path) === sha256;
  });
}

needs(data, test, 'networks of the study predict what is written beside them', () => {
  const kept = repeatable();
  if (kept.length === 0) return console.log(`SKIPPED: the files of the study are not in ${data}`);
  return check(
    fc.constantFrom(...kept),
    async (run) => {
      const { target } = readJson(run, 'result.json') as FinetuningResult;
      const expected = new Map(
        predictionsOf(run, target)
          .filter(({ split }) => split === 'test')
          .slice(0, 40)
          .map((row) => [row.structure, row.predicted]),
      );
      const config = readJson(run, 'config.json') as FinetuneConfig;
      const all = await readExtxyz(join(data, 'properties', basename(config.data!)));
      const some = all.filter(({ id }) => expected.has(id));
      assert.is(some.length, expected.size, `${run}: structures`);

      const { about, parameters } = checkpointOf(run);
      const { scaling: json, pool } = about!.meaning as { scaling: unknown; pool: 'add' | 'mean' };
      const engine = await cpuEngine({ threads: 1 });
      const net = network(about!.model, pool, key(0));
      writeParameters(net.parameters, engine, parameters);
      const graphs = await graphService(some, about!.model, { helper: false });
      const scaling = scalingFromJson(json, run);
      const part = some.map((_, k) => k);
      const found = await predictProperty(part, propertyPredictor(engine, net), { graphs, limits: LIMITS, scaling });
      const largest = Math.max(...[...expected.values()].map(Math.abs));
      found.forEach((now, k) => {
        const then = expected.get(some[k].id)!;
        // Other batches than then: float32 sums are rounded in another order.
        assert.ok(Math.abs(now - then) <= 1e-4 * (1 + largest), `${run}, ${some[k].id}: ${now}, written ${then}`);
      });
    },
    4,
  );
});

test.run();
