/**
 * Configurations: what is unknown or unusable is named, with its path and what was probably meant; later sources win;
 * what a run stores is complete.
 */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { distance } from 'fastest-levenshtein';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differences } from '../../experiments/config/differences.ts';
import { assignment, merged, parseConfig, type Tree } from '../../experiments/config/resolve.ts';
import { finetuneSchema, pretrainSchema } from '../../experiments/config/schemas.ts';
import { ROWS } from '../../experiments/tables/rows.ts';
import { treeOf } from '../../experiments/terminal/options.ts';
import { UserError } from '../../files/errors.ts';
import { PRESETS } from '../../training/config.ts';
import { finetunePreset, pretrainPreset } from '../../training/presets.ts';
import { check } from '../support/check.ts';
import { fresh } from './runs.ts';

const tasks = [
  { schema: pretrainSchema, preset: pretrainPreset },
  { schema: finetuneSchema, preset: finetunePreset },
] as const;
type Parse = (tree: Tree) => Tree;
const each = PRESETS.flatMap((name) =>
  tasks.map(({ schema, preset }) => {
    const template = preset(name) as unknown as Tree;
    const parse: Parse = (tree) => parseConfig<unknown>(schema, tree, template) as Tree;
    return { name, template, parse };
  }),
);
const of = fc.constantFrom(...each);

const isTree = (x: unknown): x is Tree => typeof x === 'object' && x !== null && !Array.isArray(x);
const pathsOf = (tree: Tree): string[] =>
  Object.entries(tree).flatMap(([key, value]) => [
    key,
    ...(isTree(value) ? pathsOf(value).map((below) => `${key}.${below}`) : []),
  ]);
const at = (tree: unknown, path: string): unknown => path.split('.').reduce((t, key) => (t as Tree)[key], tree);

function message(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.instance(error, UserError);
    return (error as Error).message;
  }
  throw new Error('expected a refusal');
}

/** Entries that are younger than stored configurations: without them these say what they said. */
const LATER = ['maxAtoms', 'training.patience', 'training.average'];

test('every preset is complete: its own schema takes it as it is, and nothing can be left out but what came later', () => {
  for (const { name, template, parse } of each) {
    assert.equal(parse(template), template);
    assert.is(template.preset, name);
    for (const path of pathsOf(template)) {
      const keys = path.split('.');
      const last = keys.pop()!;
      const lacking = structuredClone(template);
      delete (keys.length === 0 ? lacking : (at(lacking, keys.join('.')) as Record<string, unknown>))[last as never];
      if (LATER.includes(path)) {
        assert.equal(parse(lacking), template, path);
        assert.equal(differences(lacking, template), [], path);
      } else assert.ok(message(() => parse(lacking)).includes(path), path);
    }
  }
});

test('a typing error in any key, at any depth, names the key that was meant', () =>
  check(
    fc.record({ of, pick: fc.nat(), place: fc.nat(), letter: fc.constantFrom(...'abcxyzXYZ_1') }),
    ({ of: { template, parse }, pick, place, letter }) => {
      const paths = pathsOf(template);
      const keys = paths[pick % paths.length].split('.');
      const last = keys.pop()!;
      const k = place % last.length;
      const wrong = last.slice(0, k) + letter + last.slice(k + 1);
      const parent = keys.length === 0 ? template : (at(template, keys.join('.')) as Tree);
      if (wrong in parent) return;
      const path = [...keys, wrong].join('.');
      const said = message(() => parse(merged(template, assignment(`${path}=1`))));
      // `sead` is as near to head as to seed.
      const meant = Object.keys(parent).filter((key) => distance(key, wrong) <= 1);
      assert.ok(meant.includes(last) && meant.some((key) => said.includes(`'${path}'. Did you mean '${key}'?`)), said);
    },
    200,
  ));

test('a key below a misspelt one is refused too, and nothing hides in the prototype', () => {
  const [{ template, parse }] = each as [(typeof each)[0]];
  assert.match(
    message(() => parse(merged(template, assignment('modal.cutoff=4')))),
    /'modal'.*'model'/,
  );
  for (const text of ['__proto__.x=1', 'model.__proto__.x=1', 'constructor=1', 'model.toString=1']) {
    assert.match(
      message(() => parse(merged(template, assignment(text)))),
      /unknown key/,
      text,
    );
  }
  assert.is(({} as Tree).x, undefined);
});

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['seed=-1', /seed: .*-1/],
  ['seed=1.5', /seed: .*1\.5/],
  ['model.cutoff=0', /model\.cutoff: .*0/],
  ['model.cutoff=far', /model\.cutoff: .*number.*"far"/],
  ['model.cutoff=1e999', /model\.cutoff: /],
  ['model.neighbours.rule=all', /model\.neighbours\.rule: .*exact.*shell/],
  ['training.epochs=0', /training\.epochs: /],
  ['training.epochs=1.5', /training\.epochs: /],
  ['training.batch.edges=null', /training\.batch\.edges: /],
  ['training=5', /training: .*5/],
  ['split.train=1.1', /split\.train: /],
  ['engine=tpu', /engine: .*cpu.*reference/],
];

test('wrong types and ranges name their path and what was found', () => {
  for (const { template, parse } of each) {
    for (const [text, expected] of WRONG) {
      assert.match(
        message(() => parse(merged(template, assignment(text)))),
        expected,
        text,
      );
    }
  }
  const pretrain = each[0];
  const wrong = (text: string) => message(() => pretrain.parse(merged(pretrain.template, assignment(text))));
  assert.match(wrong('weights=[0,0,0]'), /weights: .*above 0/);
  assert.match(wrong('weights=[1,1]'), /weights/);
  assert.match(wrong('weights=[1,1,-1]'), /weights\.2: /);
  assert.match(wrong('data=one.extxyz'), /data: .*array/);
});

test('all faults are told at once', () => {
  const { template, parse } = each[0];
  const said = message(() => parse([assignment('seeed=1'), assignment('training.epochs=0')].reduce(merged, template)));
  assert.match(said, /seeed/);
  assert.match(said, /training\.epochs/);
});

const flags = { set: [] as string[] };
const config = (tree: unknown): string => {
  const path = fresh('config.json');
  writeFileSync(path, typeof tree === 'string' ? tree : JSON.stringify(tree));
  return path;
};

test('--set wins over flags, flags over the file, the file over the preset, entry by entry', () =>
  check(
    fc.record({
      file: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      flag: fc.option(fc.integer({ min: 11, max: 19 }), { nil: undefined }),
      set: fc.option(fc.integer({ min: 21, max: 29 }), { nil: undefined }),
      preset: fc.constantFrom(...PRESETS),
    }),
    ({ file, flag, set, preset: name }) => {
      const stored = { preset: name, training: { clip: 3, ...(file === undefined ? {} : { epochs: file }) } };
      const { preset, over } = treeOf({
        config: config(stored),
        set: set === undefined ? [] : [`training.epochs=${set}`],
        ...(flag === undefined ? {} : { epochs: flag }),
      });
      const template = pretrainPreset(preset) as unknown as Tree;
      const made = parseConfig(pretrainSchema, merged(template, over), template);
      assert.is(made.preset, name);
      assert.is(made.training.epochs, set ?? flag ?? file ?? pretrainPreset(name).training.epochs);
      assert.is(made.training.clip, 3);
      const same = { ...made, training: pretrainPreset(name).training };
      assert.equal(same, pretrainPreset(name), 'nothing else changes');
    },
  ));

test('files and assignments that cannot be used say why', () => {
  assert.match(
    message(() => treeOf({ ...flags, config: '/none.json' })),
    /none\.json: cannot be read/,
  );
  assert.match(
    message(() => treeOf({ ...flags, config: config('{') })),
    /is not JSON/,
  );
  assert.match(
    message(() => treeOf({ ...flags, config: config([1]) })),
    /JSON object/,
  );
  assert.match(
    message(() => treeOf({ ...flags, config: config({ preset: 'fast' }) })),
    /preset: expected.*"fast"/,
  );
  assert.match(
    message(() => treeOf({ set: ['training.epochs'] })),
    /path=value/,
  );
  assert.match(
    message(() => treeOf({ set: ['=3'] })),
    /path=value/,
  );
});

test('what the rows of the tables tell their pre-trainings is part of a configuration, in every preset', () => {
  for (const { name, pretrain } of ROWS) {
    if (pretrain === null) continue;
    for (const preset of PRESETS) {
      const template = pretrainPreset(preset) as unknown as Tree;
      const made: Tree = parseConfig(pretrainSchema, merged(template, pretrain), template);
      for (const [key, value] of Object.entries(pretrain)) assert.equal(made[key], value, `${name}: ${key}`);
    }
  }
  const template = pretrainPreset('smoke') as unknown as Tree;
  assert.match(
    message(() => parseConfig(pretrainSchema, merged(template, { wieghts: [0, 1, 0] }), template)),
    /unknown key 'wieghts'.*Did you mean 'weights'/,
  );
});

test.run();
