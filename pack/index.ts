/**
 * `npm run pack`: two packages from this one tree, as folders that `npm pack` or `npm publish` takes as they are.
 *
 *   dist/lattigrad               tensors, derivatives, networks, training; no dependencies
 *   dist/lattigrad-experiments   the commands, as `npx lattigrad`
 *
 * Another folder than dist/ may be given. What is there is replaced.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compiled, type Files, ROOT } from './compile.ts';
import { PACKED_ROOMS } from './entries.ts';
import { COMMAND_ROOMS, experiments } from './experiments.ts';
import { library } from './library.ts';
import { type RootManifest, versionsIn } from './manifest.ts';

/** Writes a package into its folder; gives its bytes. */
function write(folder: string, files: Files): number {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    if (text.startsWith('#!')) chmodSync(join(folder, path), 0o755);
  }
  return [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

const manifestOf = (path: string): RootManifest => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as RootManifest;

const out = resolve(process.argv[2] ?? join(ROOT, 'dist'));
const sources = compiled(['index.ts', ...PACKED_ROOMS, ...COMMAND_ROOMS]);
const versions = versionsIn(manifestOf('package.json'));
for (const [name, files] of Object.entries({
  lattigrad: library(sources, versions),
  'lattigrad-experiments': experiments(sources, versions),
})) {
  const bytes = write(join(out, name), files);
  console.log(`${join(out, name)}: ${files.size} files, ${(bytes / 1e6).toFixed(2)} MB`);
}
