/**
 * The shape of the house: who may import whom, how long files are, how they begin.
 *
 * Import lines are parsed from the text, so that a wrong direction is found even where types alone cross it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSlashes } from '../files/slashes.ts';
import { PACKED_ROOMS } from '../pack/entries.ts';
import { LIBRARY, ROOMS, sources } from './support/rooms.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = [...ROOMS, 'proptests', 'docs/site'];
const LONGEST = 400;

/** What the files of a folder may import from, besides the folder itself. The longest matching folder counts. */
const allowed: Record<string, readonly string[]> = {
  text: [],
  tensor: [],
  autograd: ['tensor'],
  graph: [],
  files: ['text'],
  data: ['text', 'files', 'graph', 'tensor'],
  nn: ['text', 'tensor', 'autograd', 'graph'],
  universe: ['text', 'files', 'data', 'graph', 'tensor', 'autograd', 'nn'],
  plots: ['text', 'files', 'data'],
  training: ['text', 'files', 'tensor', 'autograd', 'graph', 'data', 'nn', 'universe'],
  testing: ['text', 'tensor', 'autograd', 'graph', 'nn'],
  experiments: LIBRARY,
  web: LIBRARY,
  pack: LIBRARY,
  bench: LIBRARY,
  // Programs of users: they import 'lattigrad' by its name and nothing by a path.
  examples: [],
  proptests: [...ROOMS, 'docs/site'],
  'docs/site': [...LIBRARY, 'pack'],
};

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

/** Every module named in a file: static imports, re-exports, imports for effect and dynamic imports. */
function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, , type, from] of code.matchAll(/^\s*(import|export)(\s+type)?\s[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm)) {
    found.push({ from: from, typeOnly: type !== undefined });
  }
  for (const [, from] of code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) found.push({ from: from, typeOnly: false });
  for (const [, from] of code.matchAll(/\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g))
    found.push({ from: from, typeOnly: false });
  return found;
}

const posix = (path: string): string => withSlashes(relative(root, path));
const files = FOLDERS.flatMap((folder) => sources(join(root, folder))).map((path) => {
  const text = readFileSync(path, 'utf8');
  return { path: posix(path), text, imports: importsOf(text), lines: text.split('\n').length - 1 };
});
const under = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const target = (path: string, from: string): string => posix(resolve(root, dirname(path), from));

/** Fails with all offences at once. */
const none = (offences: readonly string[], law: string): void =>
  assert.is(offences.length, 0, `${law}:\n  ${offences.join('\n  ')}`);

test('the parser sees every kind of import and no comment', () => {
  const found = importsOf(`
    /* import a from 'comment'; */
    // import b from 'line';
    import x from 'one';
    import { y,
      z } from "two";
    import type { T } from 'three';
    export * from 'four';
    export { w } from 'five';
    import 'six';
    const m = await import('seven');
    export const text = 'from nowhere';
  `);
  assert.equal(found.map(({ from }) => from).sort(), ['five', 'four', 'one', 'seven', 'six', 'three', 'two']);
  assert.is(found.filter(({ typeOnly }) => typeOnly).length, 1);
  assert.ok(files.length > 60 && files.some(({ imports }) => imports.length > 3));
});

test('imports point one way', () => {
  const offences: string[] = [];
  for (const { path, imports } of files) {
    const home = Object.keys(allowed)
      .filter((folder) => under(path, folder))
      .sort((a, b) => b.length - a.length)[0];
    for (const { from } of imports.filter((i) => i.from.startsWith('.'))) {
      const to = target(path, from);
      const fits = [home, ...allowed[home]].some((folder) => under(to, folder));
      if (!fits)
        offences.push(`${path} imports ${to}; ${home} may import ${allowed[home].join(', ') || 'nothing of ours'}`);
    }
  }
  none(
    offences,
    'Imports point one way: tensor <- autograd <- nn <- universe <- training <- experiments; text imports nothing',
  );
});

test('nn takes only types from graph', () => {
  const offences = files
    .filter(({ path }) => under(path, 'nn'))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ from, typeOnly }) => from.startsWith('.') && under(target(path, from), 'graph') && !typeOnly)
        .map(({ from }) => `${path} imports ${from}`),
    );
  none(offences, 'nn -> graph only for the type of a batch');
});

test('primitives never import engines, and only the engines know engines', () => {
  const offences: string[] = [];
  for (const { path, imports } of files.filter((file) => under(file.path, 'tensor'))) {
    for (const { from, typeOnly } of imports.filter((i) => i.from.startsWith('.'))) {
      const to = target(path, from);
      if (under(path, 'tensor/primitives') && under(to, 'tensor/engines')) offences.push(`${path} imports ${to}`);
      // The compiler may name the interface's types; it must not depend on an engine.
      const engine = under(to, 'tensor/engines') && to !== 'tensor/engines/engine.ts';
      if (under(path, 'tensor/compile') && (engine || (under(to, 'tensor/engines') && !typeOnly)))
        offences.push(`${path} imports ${to}`);
    }
  }
  none(offences, 'Inside tensor, primitives and compiler never import engines');
});

test('imports name files that exist, with their ending', () => {
  const offences = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ from }) => from.startsWith('.') && !existsSync(resolve(root, dirname(path), from)))
      .map(({ from }) => `${path} imports ${from}`),
  );
  none(offences, 'Imports end in .ts and exist');
});

test('gpu.js is imported in one file at most', () => {
  const importers = files
    .filter(({ path }) => !under(path, 'bench') && !under(path, 'proptests'))
    .filter(({ imports }) => imports.some(({ from, typeOnly }) => !typeOnly && /^gpu\.js(\/|$)/.test(from)));
  assert.ok(importers.length <= 1, `gpu.js is imported by ${importers.map(({ path }) => path).join(', ')}`);
});

test('what the package lattigrad holds uses no package but gpu.js', () => {
  const offences = files
    .filter(({ path }) => PACKED_ROOMS.some((folder) => under(path, folder)))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => !from.startsWith('.') && !/^gpu\.js(\/|$)/.test(from) && !from.startsWith('node:'))
        .filter(({ from }) => from !== 'fast-check' || !under(path, 'testing'))
        .map(({ from }) => `${path} imports ${from}`),
    );
  none(offences, 'Written from scratch');
});

test(`no file is longer than ${LONGEST} lines`, () => {
  none(
    files.filter(({ lines }) => lines > LONGEST).map(({ path, lines }) => `${path} has ${lines} lines`),
    'Split by idea',
  );
});

test('every file begins with a comment that says what it is', () => {
  const offences = files.filter(({ text }) => !/^(#![^\n]*\n)?\/\*\*\s*\S/.test(text)).map(({ path }) => path);
  none(offences, 'Files without a header');
});

/** Runs of the study that are still in the tree. To be deleted together with them. */
const LEAVING = ['docs/study/pretrain', 'docs/study/finetune'];
const [LARGEST_FILE, LARGEST_TREE] = [2 ** 20, 8 * 2 ** 20];

/** Files that git has, with their bytes; undefined outside of a checkout. */
function filesInGit(): { path: string; bytes: number }[] | undefined {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) return undefined;
  const paths = stdout.split('\0').filter((path) => path !== '');
  return paths.flatMap((path) => {
    const found = lstatSync(join(root, path), { throwIfNoEntry: false });
    return found === undefined ? [] : [{ path, bytes: found.size }];
  });
}

const SMALL = 'what is in git is small: no file above 1 MiB, all together at most 8 MiB';
const inGit = filesInGit();
if (inGit === undefined || inGit.length === 0) {
  console.log(`SKIPPED ${SMALL}: this is no checkout of git`);
  test.skip(SMALL);
} else {
  test(SMALL, () => {
    const counted = inGit.filter(({ path }) => !LEAVING.some((folder) => under(path, folder)));
    const large = counted.filter(({ bytes }) => bytes > LARGEST_FILE);
    none(
      large.map(({ path, bytes }) => `${path} has ${bytes} bytes`),
      'Large files lie elsewhere: pictures and tables of runs are made again, networks go into an archive',
    );
    const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(total <= LARGEST_TREE, `${counted.length} files have ${total} bytes, expected at most ${LARGEST_TREE}`);
  });
}

test.run();
