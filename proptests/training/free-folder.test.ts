/** Where results go if nobody says where: the first folder that is free, taken by the call that finds it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folderName } from '../../experiments/story.ts';
import { lockFolder } from '../../files/lock.ts';
import { makeFreeFolder, openFreeRun, removeIfEmpty, showFolder } from '../../training/run-folder/free-folder.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';

const named = (name: string, k: number) => (k === 1 ? name : `${name}-${k}`);

/** What may lie where a run would go, and whether a new run may have the folder. */
const KINDS: Readonly<Record<string, { readonly free: boolean; readonly make: (path: string) => void }>> = {
  nothing: { free: true, make: () => {} },
  empty: { free: true, make: (path) => void mkdirSync(path) },
  refused: {
    free: true,
    make(path) {
      mkdirSync(path);
      writeFileSync(join(path, 'config.json'), '{"task": "evaluate"}');
    },
  },
  finished: {
    free: false,
    make(path) {
      mkdirSync(path);
      for (const name of ['config.json', 'result.json']) writeFileSync(join(path, name), '{"task": "evaluate"}');
    },
  },
  foreign: {
    free: false,
    make(path) {
      mkdirSync(path);
      writeFileSync(join(path, 'config.json'), '{"mine": 1}');
    },
  },
  used: {
    free: false,
    make(path) {
      mkdirSync(path);
      lockFolder(path);
    },
  },
  file: { free: false, make: (path) => writeFileSync(path, '') },
};
const kinds = fc.array(fc.constantFrom(...Object.keys(KINDS)), { maxLength: 6 });

function laid(there: readonly string[]): string {
  const name = join(fresh('free'), 'deep', 'evaluation');
  mkdirSync(join(name, '..'), { recursive: true });
  for (const [k, kind] of there.entries()) KINDS[kind].make(named(name, k + 1));
  return name;
}

test('a run opens the first folder that holds none, and two that are open at once have two', () =>
  check(
    kinds,
    (there) => {
      const name = laid(there);
      const free = [...there, 'nothing', 'nothing'].flatMap((kind, k) =>
        KINDS[kind].free ? [named(name, k + 1)] : [],
      );
      const [first, second] = [openFreeRun(name), openFreeRun(name)];
      try {
        assert.equal([first.path, second.path], free.slice(0, 2));
        const line = showFolder(name, first.path);
        assert.is(line !== undefined, first.path !== name);
        if (line) assert.ok(line.includes(`${name} `) && line.includes(first.path), line);
      } finally {
        for (const folder of [first, second]) folder.close();
      }
      // Nothing was written: it is free again.
      assert.is(openFreeRun(name).path, free[0]);
    },
    60,
  ));

test('a folder that is made was not there before; one that nothing was written into is given back', () =>
  check(
    kinds,
    (there) => {
      const name = laid(there);
      const absent = [...there, 'nothing', 'nothing'].flatMap((kind, k) =>
        kind === 'nothing' ? [named(name, k + 1)] : [],
      );
      assert.equal([makeFreeFolder(name), makeFreeFolder(name)], absent.slice(0, 2));
      removeIfEmpty(absent[0]);
      writeFileSync(join(absent[1], 'comparison.md'), '');
      removeIfEmpty(absent[1]);
      assert.is(makeFreeFolder(name), absent[0]);
      assert.is.not(makeFreeFolder(name), absent[1]);
    },
    60,
  ));

test('what is wrong with the folder above is said, not tried again for ever', () => {
  const file = fresh('file');
  writeFileSync(file, '');
  assert.throws(() => makeFreeFolder(join(file, 'evaluation')), /is a file, expected a folder/);
  assert.throws(() => openFreeRun(join(file, 'evaluation')), /is a file, expected a folder/);
});

test("a property's folder lies beside the pre-training's, whatever the key", () =>
  check(
    fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('pretrain', '..', '.', 'a/../../b', 'band gap'),
    ),
    (key) => {
      const name = folderName(key);
      assert.match(name, /^[\p{L}\p{N}_+-][\p{L}\p{N}_.+-]*$/u);
      assert.is.not(name, 'pretrain');
      if (/^[a-z]\w*$/.test(key) && key !== 'pretrain') assert.is(name, key);
    },
    200,
  ));

test.run();
