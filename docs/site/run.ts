/**
 * `npm run docs` serves the pages while they are written, `npm run docs:build` builds the site into docs/.vitepress/dist
 * and checks its links, `npm run docs:preview` serves what was built. All listen on this machine alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DOCS } from './places.ts';

const [task = 'dev'] = process.argv.slice(2);

/** Runs a program of docs/node_modules; its failure is ours. */
function program(path: string, ...words: string[]): void {
  const { status } = spawnSync(process.execPath, [join(DOCS, 'node_modules', path), ...words], {
    cwd: DOCS,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(DOCS, 'node_modules/vitepress'))) {
  console.error('The site has packages of its own, which are not installed. Install them once: npm ci --prefix docs');
  process.exit(1);
}
const { generate, isGenerated } = await import('./generate.ts');
const vitepress = 'vitepress/bin/vitepress.js';
if (task === 'dev') {
  if (isGenerated()) console.log('Reference and sources are those of the last `npm run docs:build`.');
  else await generate();
  program(vitepress, 'dev', '--host', '127.0.0.1');
} else if (task === 'build') {
  program('typescript/bin/tsc', '-p', DOCS);
  await generate();
  program(vitepress, 'build');
  const { checkSite } = await import('./check.ts');
  await checkSite();
} else if (task === 'preview') program(vitepress, 'preview', '--host', '127.0.0.1');
else {
  console.error(`Expected dev, build or preview, not ${task}.`);
  process.exit(1);
}
