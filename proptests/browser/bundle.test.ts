/**
 * What a browser may import: the library folders and the universe bundle for browsers, and nothing of Node is in them.
 *
 * Needs no browser. data/index.ts reads files and is not among them, which also shows that the test can fail.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Modules that a browser does not have, imported by a file or by anything below it. */
async function missing(file: string): Promise<string[]> {
  const { errors } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${file}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  }).catch((failure: { errors: { text: string }[] }) => failure);
  return errors.map(({ text }) => text);
}

const FACES = ['tensor/index', 'tensor/gpu', 'autograd/index', 'nn/index', 'graph/index', 'universe/index'];
for (const face of FACES) test(`${face} runs without Node`, async () => assert.equal(await missing(`${face}.ts`), []));

test('readers of files do not', async () => {
  const found = await missing('data/index.ts');
  assert.ok(found.some((text) => text.includes('node:fs')));
});

test.run();
