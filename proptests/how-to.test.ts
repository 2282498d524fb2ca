/**
 * The pages of docs/how-to/ do what they say: their diffs fit the code, and the tests that they add pass.
 *
 * A page with diffs is a recipe for adding one thing; pages for users have none. All diffs are applied, in one copy of the
 * repository, one after the other, as somebody new would apply them; then types are checked, and the tests run that the
 * diffs bring along (proptests/how-to/). A page also says how many files its thing takes; that is counted.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOMS } from './support/rooms.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(root, 'docs/how-to');

/** What a copy of the code needs. */
const COPIED = [...ROOMS, 'proptests', 'docs/site', 'index.ts', 'package.json', 'tsconfig.json'];

interface Page {
  readonly name: string;
  readonly diff: string;
}

/** Diffs of a page; their contexts name the places of the code that they change. */
function pageOf(file: string): Page {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const diffs = [...text.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].map(([, diff]) => diff);
  return { name: file, diff: diffs.join('') };
}

const pages = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.md'))
  .sort()
  .map(pageOf)
  // Pages without diffs add nothing to the code.
  .filter(({ diff }) => diff !== '');

/** Files that a diff makes or changes, tests aside. */
const touched = (diff: string): string[] =>
  [...diff.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, file]) => file).filter((file) => !file.startsWith('proptests/'));

/** How many files each thing takes: one of its own at most, and one that lists it. */
const FILES: Readonly<Record<string, number>> = {
  'primitive.md': 1,
  'layer.md': 1,
  'model.md': 2,
  'strategy.md': 2,
  'data-set.md': 1,
  'file-format.md': 2,
  'engine.md': 2,
};

test('there is a page for each thing that is added in one place, and it says no more files than promised', () => {
  assert.equal(
    pages.map(({ name }) => name),
    Object.keys(FILES).sort(),
  );
  for (const { name, diff } of pages) assert.is(touched(diff).length, FILES[name], `${name}: ${touched(diff)}`);
});

test('the diffs fit, types are right, and the tests that they bring along pass', () => {
  const copy = mkdtempSync(join(tmpdir(), 'how-to-'));
  const run = (command: string, ...words: string[]): string =>
    execFileSync(command, words, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const fails = (what: string, body: () => string): string => {
    try {
      return body();
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${what}:\n${stdout}${stderr}`);
    }
  };
  try {
    for (const path of COPIED) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(resolve(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
    for (const { name, diff } of pages) {
      writeFileSync(join(copy, 'change.diff'), diff);
      const hint = `The code around the example has changed: renew its context in docs/how-to/${name}`;
      fails(`${name} does not fit the code. ${hint}`, () => run('git', 'apply', 'change.diff'));
    }
    fails('types', () => run('node', 'node_modules/typescript/bin/tsc', '--noEmit'));
    const tested = fails('tests', () => run('node', '--import', 'tsx', 'proptests/run.ts', 'how-to/'));
    assert.match(tested, /^[1-9]\d* passed, 0 failed$/m);
    const own = readdirSync(join(copy, 'proptests/how-to'));
    for (const { name } of pages) assert.ok(own.includes(name.replace('.md', '.test.ts')), `${name} brings a test`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test.run();
