/**
 * What lies below a folder, whatever links do and however files are called: a run puts its own folder in order and no
 * other, comes to an end, and says names without control bytes.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showPhase } from '../../experiments/terminal/progress.ts';
import { pathsBelow } from '../../files/below.ts';
import { openRun } from '../../training/run-folder/folder.ts';
import { fresh } from '../experiments/runs.ts';
import { check } from '../support/check.ts';
import { canLink, hasAnyNames } from '../support/system.ts';

type Tree = { readonly [name: string]: Tree | string };
const UNFINISHED = /\.\d+-\d+\.tmp$/;

const odd = hasAnyNames('control bytes in names of files') ? ['x\n.1-2.tmp', '\u001b[31m'] : [];
const NAMES = ['a', 'b', 'config.json.12-3.tmp', '-.0-0.tmp', ...odd];
const links = canLink('links in folders') ? ['.', '..', 'a', '../..', '/outside'] : [];

/** A text is where a link leads to, or empty for a file. Names of unfinished files stand for folders and links, too. */
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom(...NAMES),
    fc.oneof({ depthSize: 'small' }, fc.constantFrom('', ...links), tie('tree')),
    { maxKeys: 4 },
  ),
}));

function lay(folder: string, what: Tree, outside: string): void {
  mkdirSync(folder);
  for (const [name, one] of Object.entries(what)) {
    const path = join(folder, name);
    if (typeof one !== 'string') lay(path, one, outside);
    else if (one === '') writeFileSync(path, 'mine');
    else symlinkSync(one === '/outside' ? outside : one, path);
  }
}

test('opening a run takes away its unfinished files, and nothing that is a folder, a link, or behind a link', () =>
  check(tree, (mine) => {
    const root = fresh('below');
    mkdirSync(root);
    const [folder, outside] = [join(root, 'run'), join(root, 'outside')];
    lay(outside, { 'best.safetensors.1-2.tmp': '', again: links[0] ?? '' }, outside);
    lay(folder, mine, outside);
    writeFileSync(join(folder, 'config.json'), '{"task": "pretrain"}');
    const before = pathsBelow(folder);
    const names = new Set([...NAMES, 'config.json']);
    for (const path of before)
      assert.ok(
        path.split('/').every((part) => names.has(part)),
        path,
      );
    const kept = before.filter((path) => !(UNFINISHED.test(path) && lstatSync(join(folder, path)).isFile()));
    openRun(folder, true).close();
    assert.equal(pathsBelow(folder).sort(), kept.sort());
    assert.equal(readdirSync(outside).sort(), ['again', 'best.safetensors.1-2.tmp']);
  }));

test('links are followed on request, circles of them once; every name leads to something', () =>
  check(tree, (mine) => {
    const root = fresh('below');
    mkdirSync(root);
    lay(join(root, 'outside'), { inside: '' }, '.');
    lay(join(root, 'run'), mine, '../outside');
    const own = pathsBelow(join(root, 'run'));
    const all = pathsBelow(join(root, 'run'), true);
    assert.is(new Set(all).size, all.length);
    for (const path of own) assert.ok(all.includes(path), path);
    for (const path of all) assert.ok(lstatSync(join(root, 'run', path), { throwIfNoEntry: false }), path);
  }));

test('a start that is refused gives the folder back', () => {
  const folder = fresh('below');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), '{"mine": 1}');
  assert.throws(() => openRun(folder, false), /not one of a run/);
  assert.not.ok(existsSync(join(folder, 'run.lock')));
});

test('what is begun is said in one line, however files are called', () =>
  check(fc.string({ unit: 'binary' }), (name) => {
    const said = showPhase(`Reading ${name}\u001b[31m\n`);
    assert.ok(said.endsWith(' ...') && said.length < 5000 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(said), JSON.stringify(said));
  }));

test.run();
