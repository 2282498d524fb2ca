/**
 * Runs that are kept: errors are those of the predictions beside them, and networks make these predictions.
 *
 * Always the small runs in proptests/fixtures (proptests/fixtures/make-runs.sh), and, where they are, those of the study:
 * LATTIGRAD_RUNS_FOLDER names their folder (default: docs/runs), say an unpacked archive. There are hundreds of these, so
 * networks are drawn, others with another LATTIGRAD_SEED, more with LATTIGRAD_RUNS.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSlashes } from '../../files/slashes.ts';
import { BEST, readCheckpoint, writeCheckpoint } from '../../training/run-folder/checkpoint.ts';
import { readRunRecords } from '../../training/run-folder/record.ts';
import { check } from '../support/check.ts';
import { checkErrors, checkNetwork, isRepeatable } from './recompute.ts';
import { fresh, quietly, readJson } from './runs.ts';

const FIXTURES = 'proptests/fixtures/trained';
const STUDY = 'docs/study';
const named = process.env.LATTIGRAD_RUNS_FOLDER;
const folder = named ?? 'docs/runs';
const kept = named !== undefined || existsSync(folder);
if (!kept) console.log(`SKIPPED runs of the study: no ${folder} (set LATTIGRAD_RUNS_FOLDER)`);

/** Finished runs below a folder. */
const runsBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => basename(path) === 'result.json')
    .map((path) => join(folder, dirname(path)))
    .sort();
const fixtures = runsBelow(FIXTURES);

test('errors of the small runs are those of their predictions', async () => {
  assert.is(fixtures.length, 3);
  for (const run of fixtures) await checkErrors(run);
});

test('networks of the small runs predict what is written beside them', async () => {
  for (const run of fixtures) {
    assert.ok(isRepeatable(run), run);
    await quietly(() => checkNetwork(run));
  }
});

/** A copy of a run, changed; the check must find that. */
async function finds(
  run: string,
  what: string,
  change: (copy: string) => unknown,
  body: (copy: string) => Promise<void>,
) {
  const copy = fresh('damaged');
  cpSync(run, copy, { recursive: true });
  await change(copy);
  const error = await quietly(() => body(copy)).then(
    () => undefined,
    (error: unknown) => error,
  );
  // Any other error would be a fault of the check.
  assert.ok(error instanceof assert.Assertion, `${run}: ${what} is not found, but ${error}`);
}
const edit = (path: string, change: (text: string) => string) => {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  assert.is.not(after, before, path);
  writeFileSync(path, after);
};
/** Numbers with a decimal point in the rows of a table of one split, or in a JSON file, each by a thousandth. */
const shifted = (text: string, only: RegExp): string =>
  text
    .split('\n')
    .map((line) =>
      only.test(line) ? line.replace(/-?\d+\.\d+(?=,[^,]*$|,?$)/, (x) => String(Number(x) * 1.001)) : line,
    )
    .join('\n');

test('a wrong result, prediction or network is found', async () => {
  for (const run of fixtures) {
    const result = (only: RegExp) => (copy: string) => edit(join(copy, 'result.json'), (text) => shifted(text, only));
    const [table] = readdirSync(join(run, 'predictions')).sort().reverse();
    const prediction = (copy: string) => edit(join(copy, 'predictions', table), (text) => shifted(text, /^test/));
    await finds(run, 'an error', result(/"(test|forces)": \d/), checkErrors);
    await finds(run, 'a prediction', prediction, checkErrors);
  }
});

test('a changed weight is found', () =>
  check(
    fc.tuple(fc.constantFrom(...fixtures), fc.nat()),
    ([run, draw]) =>
      finds(
        run,
        'a weight',
        async (copy) => {
          const checkpoint = readCheckpoint(join(copy, BEST));
          // Of layers that every prediction passes; some elements of an embedding are in no crystal.
          const names = Object.keys(checkpoint.parameters).filter((name) => /out|post/.test(name));
          assert.ok(names.length > 0, Object.keys(checkpoint.parameters).join());
          const name = names[draw % names.length];
          const { shape, data } = checkpoint.parameters[name];
          const parameters = {
            ...checkpoint.parameters,
            [name]: { shape, data: Float64Array.from(data as ArrayLike<number>, (x) => 1.1 * x + 0.1) },
          };
          await writeCheckpoint(join(copy, BEST), { ...checkpoint, parameters });
        },
        checkNetwork,
      ),
    4,
  ));

test('the record of the study tells of every run', () => {
  const records = [...readRunRecords(STUDY).values()];
  assert.is(records.length, 462);
  for (const { run, configuration, seed, config, data, result, seconds, commit, environment, network } of records) {
    assert.match(configuration, /^[0-9a-f]{64}$/, run);
    assert.type(seed, 'number', run);
    for (const part of [config, data, result]) assert.type(part, 'object', run);
    assert.ok(seconds > 0 && environment.length > 0, run);
    assert.match(commit ?? '', /^[0-9a-f]{40}\+?$/, run);
    // The networks of the transformer's fine-tunings were not kept.
    if (run.startsWith('finetune/torchmd-et-laptop/')) continue;
    assert.match(network?.sha256 ?? '', /^[0-9a-f]{64}$/, run);
    assert.ok(network!.bytes > 0, run);
  }
});

if (kept) {
  const runs = runsBelow(folder);

  test('errors of the study are those of its predictions', async () => {
    assert.ok(runs.length > 0, `expected runs in ${folder}`);
    for (const run of runs) await checkErrors(run);
  });

  test('runs of the study are those that the record tells of', () => {
    const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    const records = readRunRecords(STUDY);
    for (const run of runs) {
      const record = records.get(withSlashes(relative(folder, run)));
      if (record === undefined) continue;
      assert.is(sum(join(run, 'config.json')), record.configuration, run);
      assert.equal(readJson(run, 'result.json'), record.result, run);
      const network = join(run, BEST);
      if (existsSync(network) && record.network !== null) assert.is(sum(network), record.network.sha256, run);
    }
  });

  test('networks of the study predict what is written beside them', () => {
    const repeatable = runs.filter(isRepeatable);
    if (repeatable.length === 0) return console.log('SKIPPED: no network of the study is here with its data');
    return check(fc.constantFrom(...repeatable), (run) => quietly(() => checkNetwork(run)), 4);
  });
}

test.run();
