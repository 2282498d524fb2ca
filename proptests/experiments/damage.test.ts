/**
 * Every file that a run reads is damaged in every way, and every command that reads it is asked: either it gives what it
 * gives without the damage, or one line that a user can act on. Nothing hangs, and no other file is lost or changed.
 *
 * The commands are called in this process, on small runs that are made once. LATTIGRAD_RUNS draws more damages.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeExtxyz } from '../../data/index.ts';
import { finetuneConfig } from '../../experiments/config/finetune-config.ts';
import { PROPERTY_SETS } from '../../experiments/datasets.ts';
import { errorTables } from '../../experiments/figures/error-tables.ts';
import { predictions, type Quantity } from '../../experiments/figures/predictions.ts';
import { propertyParity } from '../../experiments/figures/properties.ts';
import { readRuns } from '../../experiments/figures/runs.ts';
import { compareFolders } from '../../experiments/seeds/compare.ts';
import { readRepeats } from '../../experiments/seeds/read.ts';
import { finetuneSeeds } from '../../experiments/seeds/run.ts';
import { collect, times } from '../../experiments/tables/collect.ts';
import type { TablePlan } from '../../experiments/tables/plan.ts';
import { insistOnPlan } from '../../experiments/tables/reuse.ts';
import { ROWS } from '../../experiments/tables/rows.ts';
import { trainIn } from '../../experiments/terminal/train.ts';
import { explain } from '../../files/errors.ts';
import { cpuEngine } from '../../tensor/index.ts';
import type { PretrainConfig } from '../../training/config.ts';
import { embeddingsOf } from '../../training/embeddings.ts';
import type { ChosenEngine } from '../../training/engine.ts';
import { evaluate } from '../../training/evaluation.ts';
import { FINETUNING } from '../../training/finetuning.ts';
import { pretrainPreset } from '../../training/presets.ts';
import { PRETRAINING } from '../../training/pretraining.ts';
import { openRun } from '../../training/run-folder/folder.ts';
import { seed } from '../support/check.ts';
import { type Damage, linked, look, ofCheckpoint, ofJson, ofLines, ofText, REPLACEMENTS } from '../support/damage.ts';
import { canLink } from '../support/system.ts';
import { crystals, file, fresh, quietly, sameBytes } from './runs.ts';

const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);
const engine = cpuEngine();
const chosen: ChosenEngine = { engine, threads: 1 };
const made = await crystals(14);
const data = await file(made);

/** Tells a training to stop before its n-th step. */
const stopAt = (n: number) => {
  let asked = 0;
  return () => asked++ >= n;
};
const never = () => false;
const printer = { say: () => {} };
/** What trainings print: nothing. */
const silent = { events: {}, say: () => {}, finish: () => {}, stop: () => {} };

const template = pretrainPreset('smoke');
const pretrainConfig = (own: number, from = data): PretrainConfig => ({
  ...template,
  seed: own,
  data: [from],
  split: { train: 0.6, validation: 0.2, test: 0.2, grouped: false },
  training: { ...template.training, epochs: 2, batch: { structures: 4, edges: 40_000 } },
});
const pretrain = (path: string, resume: boolean, stop: () => boolean, own = 1, from = data) =>
  trainIn(
    PRETRAINING,
    { path, resume, config: pretrainConfig(own, from) },
    (_, folder) => {
      folder.log('begun');
      return silent;
    },
    { stop, printer, chosen: async () => chosen, checkpointSeconds: 1e9 },
  );
const finetuneTree = { data, training: { epochs: 2, batch: { structures: 4 } } };
const finetune = (path: string, resume: boolean, stop: () => boolean, from: string | null) => {
  const config = finetuneConfig('smoke', { ...finetuneTree, ...(from === null ? {} : { from }) });
  const control = { stop, printer, chosen: async () => chosen, checkpointSeconds: 1e9 };
  return finetuneSeeds({ path, resume, config, seeds: resume ? [] : [1, 2], quiet: true }, control);
};

const hasLinks = canLink('a link to the file of another run, resume on data');
/** Where configurations say that data lie: a link that commands lead to the copy that they are shown. */
const led = join(fresh('led'), 'data.extxyz');
mkdirSync(dirname(led));
const lead = (path: string) => {
  rmSync(led, { force: true });
  symlinkSync(path, led);
};

/** Two pre-trainings and two fine-tunings that are finished, and one of each that was interrupted. */
const base = fresh('base');
mkdirSync(base);
const at = (...parts: string[]) => join(base, ...parts);
await quietly(async () => {
  await pretrain(at('a'), false, never);
  await pretrain(at('b'), false, never, 2);
  await pretrain(at('a-half'), false, stopAt(4));
  await pretrain(at('b-half'), false, stopAt(4), 2);
  await finetune(at('p'), false, never, null);
  await finetune(at('q'), false, never, at('a'));
  await finetune(at('p-half'), false, stopAt(8), null);
  for (const [name, structures] of [
    ['d', made],
    ['e', await crystals(14, 4)],
  ] as const) {
    mkdirSync(at(name));
    await writeExtxyz(at(name, 'data.extxyz'), structures);
  }
  if (!hasLinks) return;
  lead(at('d', 'data.extxyz'));
  await pretrain(at('d-half'), false, stopAt(4), 1, led);
});

/** Names and contents of everything below a folder that a damage of `damaged` must leave alone. */
function contents(folder: string, damaged: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  const walk = (below: string) => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = join(below, name);
      if (/(^|[\\/])(environment\.json|log\.txt)$/.test(path) && join(folder, path) !== damaged) continue;
      const what = look(join(folder, path));
      if (what === 'a folder' && join(folder, path) !== damaged) walk(path);
      else found.set(path, what);
    }
  };
  walk('');
  return found;
}

interface Command {
  readonly name: string;
  /** Folders of the base that it is shown, in a copy; it may change the first. */
  readonly folders: readonly string[];
  /** Files in these that it reads; one that may be absent or another's means something else then, rightly. */
  readonly reads: readonly (readonly [file: string, damages: fc.Arbitrary<Damage>, may?: 'be absent' | 'be another'])[];
  /** What can be read means what it says, whatever it was before. */
  readonly anyData?: true;
  /** What it gives, to be compared; folders are given as copies. */
  readonly run: (copy: (name: string) => string) => Promise<unknown>;
}

const other: Record<string, string> = { a: 'b', b: 'a', d: 'e', 'a-half': 'b-half', p: 'q', q: 'p', 'p-half': 'q' };

/** The folders after a command that goes on with a run; else nothing of them is compared. */
const resumes = (command: Command): boolean => command.name.startsWith('resume');

/** What a command gives with a damage, or the line that it says. */
async function outcome(command: Command, damage?: { readonly file: string; readonly damage: Damage }) {
  const root = fresh('damaged');
  mkdirSync(root);
  for (const name of command.folders) {
    cpSync(at(name), join(root, name), {
      recursive: true,
      filter: (path) => resumes(command) || basename(path) !== 'plots',
    });
  }
  const copy = (name: string) => join(root, name);
  const damaged = damage ? join(root, damage.file) : '';
  damage?.damage.apply(damaged);
  const before = contents(root, damaged);
  try {
    const result = await quietly(() => command.run(copy));
    return { root, result: JSON.stringify(result)?.replaceAll(root, '') };
  } catch (error) {
    const said = explain(error);
    const what = `${command.name}, ${damage?.file} ${damage?.damage.name}`;
    if (said === undefined) throw Object.assign(error as Error, { message: `${what}: ${(error as Error).message}` });
    assert.ok(said.length <= 500, `${what}: ${said.length} characters: ${said}`);
    assert.not.match(said, /[\p{Cc}]/u, what);
    const after = contents(root, damaged);
    for (const [path, content] of before) assert.ok(after.get(path) === content, `${what}: ${path} changed\n${said}`);
    for (const path of after.keys()) assert.ok(before.has(path), `${what}: ${path} is new\n${said}`);
    return { root, said };
  }
}

function law(command: Command, runs: number): void {
  test(`${command.name}: what it reads may be damaged`, async () => {
    const healthy = await outcome(command);
    assert.is(healthy.said, undefined);
    const tally = { same: 0, refused: 0 };
    for (const [name, damages, may] of command.reads) {
      const [folder, ...rest] = name.split('/');
      const foreign = at(other[folder], ...rest);
      const drawn = fc.sample(damages, { numRuns: Math.round(runs * factor), seed: seed + name.length });
      const passed = [may === 'be absent' ? 'deleted' : '', name.endsWith('.extxyz') ? 'a pipe' : ''];
      const replaced = REPLACEMENTS.filter((one) => !passed.includes(one.name));
      const links = hasLinks && existsSync(foreign) && may !== 'be another' ? [linked(foreign)] : [];
      for (const damage of [...replaced, ...links, ...drawn]) {
        const elsewhere = existsSync(foreign) ? readFileSync(foreign, 'latin1') : '';
        const { root, said, result } = await outcome(command, { file: name, damage });
        const what = `${command.name}, ${name} ${damage.name} (seed ${seed})`;
        if (process.env.LATTIGRAD_SHOW) console.log(`${what}: ${said ?? 'the same'}`);
        if (existsSync(foreign)) assert.ok(readFileSync(foreign, 'latin1') === elsewhere, `${what}: the other changed`);
        if (said === undefined) {
          if (!command.anyData) assert.is(result, healthy.result, what);
          if (resumes(command)) {
            // What was not needed may lie there damaged still.
            const mine = join(root, name);
            const whole = join(healthy.root, name);
            if (look(mine) !== look(whole)) {
              rmSync(mine, { recursive: true, force: true });
              cpSync(whole, mine);
            }
            sameBytes(join(root, folder), join(healthy.root, folder), what);
          }
          tally.same++;
        } else tally.refused++;
        rmSync(root, { recursive: true });
      }
    }
    console.log(`${command.name}: ${tally.refused} refused, ${tally.same} the same`);
    assert.ok(tally.refused > 0);
  });
}

const results = (folder: string, names: readonly string[]) =>
  names.map((name) => readFileSync(join(folder, name), 'utf8'));

law(
  {
    name: 'resume of a pre-training',
    folders: ['a-half'],
    reads: [
      ['a-half/config.json', ofJson],
      ['a-half/environment.json', ofJson],
      ['a-half/data.json', ofJson],
      ['a-half/metrics.jsonl', ofLines],
      ['a-half/last.safetensors', ofCheckpoint],
      ['a-half/best.safetensors', ofCheckpoint],
      ['a-half/log.txt', ofText],
    ],
    run: (copy) => pretrain(copy('a-half'), true, never),
  },
  3,
);

// A pipe in the place of data is waited for, rightly.
if (hasLinks)
  law(
    {
      name: 'resume on data',
      folders: ['d-half', 'd'],
      reads: [['d/data.extxyz', ofLines]],
      run: (copy) => {
        lead(join(copy('d'), 'data.extxyz'));
        return pretrain(copy('d-half'), true, never);
      },
    },
    8,
  );

law(
  {
    name: 'evaluation on data',
    folders: ['d'],
    reads: [['d/data.extxyz', ofLines]],
    anyData: true,
    run: async (copy) => {
      const folder = openRun(fresh('evaluation'), false);
      try {
        return await evaluate(at('a'), join(copy('d'), 'data.extxyz'), { folder, engine, helper: false });
      } finally {
        folder.close();
      }
    },
  },
  16,
);

law(
  {
    name: 'resume of a fine-tuning',
    folders: ['p-half'],
    reads: [
      ['p-half/repeats.json', ofJson],
      ['p-half/seed-1/result.json', ofJson],
      ['p-half/seed-2/config.json', ofJson],
      ['p-half/seed-2/metrics.jsonl', ofLines],
      ['p-half/seed-2/last.safetensors', ofCheckpoint],
    ],
    run: async (copy) => {
      await finetune(copy('p-half'), true, never, null);
      return results(copy('p-half'), ['summary.json']);
    },
  },
  3,
);

law(
  {
    name: 'evaluation and embeddings',
    folders: ['a'],
    reads: [['a/best.safetensors', ofCheckpoint, 'be another']],
    run: async (copy) => {
      const folder = openRun(fresh('evaluation'), false);
      try {
        const lines = await evaluate(copy('a'), data, { folder, engine, helper: false });
        const embedded = await embeddingsOf(copy('a'), made, { engine, most: 5, seed: 1, helper: false });
        return [lines.slice(0, -1), [...embedded.vectors], results(folder.path, ['result.json'])];
      } finally {
        folder.close();
      }
    },
  },
  8,
);

law(
  {
    name: 'fine-tuning from a network',
    folders: ['a'],
    reads: [['a/best.safetensors', ofCheckpoint, 'be another']],
    run: async (copy) => {
      const config = finetuneConfig('smoke', { ...finetuneTree, training: { epochs: 1 }, from: copy('a') });
      const path = fresh('finetuned');
      const control = { stop: never, printer, chosen: async () => chosen };
      return trainIn(FINETUNING, { path, resume: false, config }, () => silent, control);
    },
  },
  5,
);

law(
  {
    name: 'comparison',
    folders: ['p', 'q'],
    reads: [
      ['p/repeats.json', ofJson],
      ['q/seed-1/result.json', ofJson, 'be absent'],
      ['q/seed-2/data.json', ofJson],
    ],
    run: async (copy) => compareFolders([copy('p'), copy('q')]),
  },
  8,
);

law(
  {
    name: 'parity and tables of errors',
    folders: ['a'],
    reads: [
      ['a/config.json', ofJson],
      ['a/result.json', ofJson],
      ['a/data.json', ofJson],
      ...(['energy', 'forces', 'stress'] as const).map(
        (name) => [`a/predictions/${name}.csv`, ofLines, 'be absent'] as const,
      ),
    ],
    run: async (copy) => {
      const runs = readRuns([copy('a')]);
      const quantities: Quantity[] = ['energy', 'forces', 'stress', 'noise'];
      const points = [];
      for (const quantity of quantities) points.push((await predictions(copy('a'), quantity)) ?? null);
      return [errorTables(runs), points];
    },
  },
  8,
);

law(
  {
    name: 'a table that is only written',
    folders: ['a', 'p', 'q'],
    reads: [
      ['a/config.json', ofJson],
      ['a/environment.json', ofJson],
      ['a/data.json', ofJson],
      ['q/repeats.json', ofJson],
      ['q/seed-1/environment.json', ofJson],
      ['q/seed-1/result.json', ofJson, 'be absent'],
      ['q/seed-2/data.json', ofJson],
      ['q/seed-2/predictions/property.csv', ofLines],
    ],
    run: async (copy) => {
      const [none, equal] = [ROWS[0], ROWS.find(({ name }) => name === 'equal')!];
      const dataset = { ...PROPERTY_SETS[0], name: 'made-up' };
      const job = (row: typeof none, name: string, from: string | null) => ({
        row,
        dataset,
        path: copy(name),
        config: finetuneConfig('smoke', { ...finetuneTree, ...(from === null ? {} : { from }) }),
      });
      const plan: TablePlan = {
        seeds: [1, 2],
        pretrainings: [{ row: equal, path: copy('a'), config: pretrainConfig(1) }],
        finetunings: [[job(none, 'p', null), job(equal, 'q', at('a'))]],
      };
      await insistOnPlan(plan);
      const parity = await propertyParity(plan.finetunings[0], plan.seeds);
      times(plan);
      return [collect(plan), parity, [...readRepeats(copy('q')).results]];
    },
  },
  8,
);

test.run();
