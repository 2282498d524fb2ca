/**
 * What the pages show works: their TypeScript has right types, runs, and prints what it says; and the commands of their
 * shell blocks exist, with their options. How blocks are written: CONTRIBUTING.md and docs/site/programs.ts.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../docs/site/entries.ts';
import { codeBlocks } from '../docs/site/markdown.ts';
import { pagesBelow } from '../docs/site/pages.ts';
import { difference, matches, type PageProgram, programsOf } from '../docs/site/programs.ts';
import { ROOMS, sources } from './support/rooms.ts';
import { runIn, typeFaultsIn, workshop } from './support/workshop.ts';

/** Fails with all offences at once. */
const none = (offences: readonly (string | undefined)[], law: string): void => {
  const found = offences.filter((one) => one !== undefined);
  assert.is(found.length, 0, `${law}:\n  ${found.join('\n  ')}`);
};

const pages = ['README.md', 'CONTRIBUTING.md', ...pagesBelow('.').map((page) => `docs/${page}`)]
  .filter((path) => !path.startsWith('docs/generated/'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
const all = pages.map(({ path, text }) => programsOf(path, text));
const programs = all.flatMap((page) => page.programs);

test('blocks become programs that keep their lines, and outputs are compared line by line', () => {
  const page = [
    ...[
      '```ts',
      "import { a } from 'm';",
      'console.log(a); // -> 1',
      '```',
      'text',
      '```ts',
      "import { a, b } from 'm';",
    ],
    ...[
      "console.log('// -> no comment', b);",
      '// -> two',
      '// -> 3.14...',
      '```',
      '```ts no-run: a reason',
      'gpu();',
      '```',
    ],
    ...['```ts new', 'c();', '```', '```ts excerpt: a piece', '{ x: 1 },', '```'],
  ].join('\n');
  const { programs: found, faults } = programsOf('page.md', page);
  assert.equal(faults, []);
  assert.is(found.length, 2);
  const lines = found[0].code.split('\n');
  assert.is(lines[2], 'console.log(a); // -> 1');
  assert.is(lines[6], "import { b } from 'm';");
  assert.not.match(found[0].code, 'gpu');
  assert.match(found[0].checked, 'gpu();');
  assert.is(found[1].code.split('\n')[15], 'c();');
  assert.equal(
    found[0].expected.map(({ line, text }) => [line, text]),
    [
      [3, '1'],
      [9, 'two'],
      [10, '3.14...'],
    ],
  );
  assert.is(difference(found[0], '1\ntwo\n3.14159\n'), undefined);
  assert.match(difference(found[0], '1\ntwo\n3.2\n')!, 'page.md:10');
  assert.match(difference(found[0], '1\ntwo\n')!, 'nothing more');
  assert.match(difference(found[0], '1\ntwo\n3.14\n4\n')!, 'after all');
  assert.ok(matches('a ... c', 'a b c') && !matches('a.c', 'abc'));
});

test('other ways to write blocks are refused', () => {
  const faultsOf = (block: string): number => programsOf('page.md', block).faults.length;
  for (const mark of ['no-run', 'no-run:', 'skip: reason', 'excerpt'])
    assert.is(faultsOf(`\`\`\`ts ${mark}\nx;\n\`\`\``), 1, mark);
  for (const comment of ['// => 1', '// prints 1', '// 1 > 0'])
    assert.is(faultsOf(`\`\`\`ts\nconsole.log(x); ${comment}\n\`\`\``), comment.startsWith('// 1') ? 0 : 1, comment);
  assert.is(faultsOf('```js\nx;\n```'), 1);
});

test('the blocks of all pages are written as programs', () => {
  none(
    all.flatMap(({ faults }) => faults),
    'Blocks of code',
  );
  assert.ok(programs.length > 0 && programs.some(({ expected }) => expected.length > 0));
});

const nameOf = ({ page }: PageProgram, k: number): string => `${page.replaceAll(/[^\w]+/g, '-')}-${k}.ts`;

test('the programs of all pages have right types', async () => {
  const folder = workshop();
  try {
    programs.forEach((program, k) => {
      writeFileSync(join(folder, nameOf(program, k)), program.checked);
    });
    const faults = await typeFaultsIn(folder);
    const named = programs.reduce(
      (lines, program, k) => lines.map((line) => line.replaceAll(nameOf(program, k), program.page)),
      faults,
    );
    none(named, 'Types of the programs in the pages');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the programs of all pages run, and print what they say', async () => {
  const folder = workshop();
  try {
    const faults: (string | undefined)[] = [];
    const queue = [...programs.entries()];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [k, program] = next;
        const file = join(folder, nameOf(program, k));
        writeFileSync(file, program.code);
        const { code, stdout, stderr } = await runIn(folder, file);
        faults.push(code === 0 ? difference(program, stdout) : `${program.page}: ${stderr.trim()}`);
      }
    };
    await Promise.all([worker(), worker()]);
    none(faults, 'Programs of the pages');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Lines of shell blocks, joined where they go on, without comments. */
const shellLines = pages.flatMap(({ path, text }) =>
  codeBlocks(text)
    .filter(({ language }) => /^(sh|bash|shell|console)$/.test(language))
    .flatMap(({ code }) => code.replace(/\\\n/g, ' ').split('\n'))
    .map((line) => ({ path, line: line.replace(/(^|\s)#.*$/, '') })),
);

test('commands that pages call are there, with their options', () => {
  const { scripts, bin = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    bin?: Record<string, string>;
  };
  const code = ROOMS.flatMap((room) => sources(join(ROOT, room)))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const offences: string[] = [];
  for (const { path, line } of shellLines) {
    for (const [, name, words = ''] of line.matchAll(
      /\bnpm (?:run )?([\w:-]+)(?: --prefix \S+)?(?: +-- +([^&|;]*))?/g,
    )) {
      if (['ci', 'install', 'pack', 'run'].includes(name)) continue;
      if (!(name in scripts)) offences.push(`${path}: npm run ${name}`);
      for (const [option] of words.matchAll(/(?<=^|\s)--[a-z][\w-]*/g))
        if (option !== '--help' && !code.includes(`'${option}`)) offences.push(`${path}: ${option} of npm run ${name}`);
    }
    for (const [, name] of line.matchAll(/\bnpx ([\w@/.-]+)/g))
      if (!(name in bin) && name !== 'lattigrad' && !existsSync(join(ROOT, 'node_modules/.bin', name)))
        offences.push(`${path}: npx ${name}`);
  }
  none(offences, 'Commands that are not there');
  assert.ok(shellLines.length > 20);
});

test.run();
