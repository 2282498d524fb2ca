/**
 * The page docs/how-to/testing.md does what it says: its blocks of code run, one after the other, and print what stands
 * behind `// ->` in them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const page = readFileSync(join(root, 'docs/how-to/testing.md'), 'utf8');
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

/** The program of a block, with the entries of the package as files of this repository. */
const program = (code: string): string =>
  code
    .replaceAll(/from 'lattigrad\/(\w+)'/g, (_, room) => `from '${pathToFileURL(join(root, room, 'index.ts'))}'`)
    .replaceAll("from 'lattigrad'", `from '${pathToFileURL(join(root, 'tensor/index.ts'))}'`);

const promised = (code: string): string =>
  [...code.matchAll(/^\/\/ -> (.*)$/gm)].map(([, line]) => `${line}\n`).join('');

test('there are blocks that promise something, and three that show what is wrong', () => {
  assert.ok(blocks.length >= 7);
  assert.ok(blocks.filter((code) => /is wrong|has the shape|is broken/.test(promised(code))).length >= 3);
});

for (const [k, code] of blocks.entries()) {
  const expected = promised(code);
  test(`block ${k + 1} runs${expected === '' ? '' : ' and prints what it says'}`, () => {
    // In the repository, so that packages are found.
    const folder = mkdtempSync(join(root, 'node_modules/.page-'));
    try {
      writeFileSync(join(folder, 'block.mts'), program(code));
      const args = ['--import', 'tsx', join(folder, 'block.mts')];
      const printed = execFileSync(process.execPath, args, {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      if (expected !== '') assert.is(printed, expected);
      else assert.not.match(printed, /not ok|# fail [1-9]/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test.run();
