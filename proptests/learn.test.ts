/** What docs/learn/compiler.md shows of the compiler's insides is what the command that it names prints. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Blocks of text, without the remarks behind `;;` that the page adds to WebAssembly. */
function textBlocks(page: string): string[] {
  return [...page.matchAll(/^```text\n([\s\S]*?)^```$/gm)].map(([, text]) => text.replace(/ *;;.*$/gm, ''));
}

test('every block of text of the page on the compiler is printed, in order, by its program', () => {
  const blocks = textBlocks(readFileSync(join(root, 'docs/learn/compiler.md'), 'utf8'));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', 'docs/learn/figures/inside.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.ok(blocks.length >= 4);
  let from = 0;
  for (const block of blocks) {
    const at = printed.indexOf(`\n${block}`, from);
    if (at < 0) assert.match(printed, block);
    assert.ok(at >= 0, `in another order: ${block}`);
    from = at;
  }
});

test.run();
