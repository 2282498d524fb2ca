/** The files of the package `lattigrad`: compiled rooms, a manifest, a worker, and three texts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKER_SOURCE } from '../tensor/engines/cpu/worker-source.ts';
import { type Files, modulesOf, packageOf, ROOT, renameModules } from './compile.ts';
import { ENTRIES, type Entry, PACKED_ROOMS, PEERS, type Peer, SIDE_EFFECTS } from './entries.ts';
import { asCommand, manifestText, optionalPeers, repository, type Versions } from './manifest.ts';

/** The file of the CPU engine's helper threads, for pages that may not start workers from a blob. */
const WORKER = 'worker.js';

/** The entries whose files are there. */
export const entriesHere = (): readonly Entry[] => ENTRIES.filter(({ source }) => existsSync(join(ROOT, source)));

/** The compiled name of a source: `nn/index.ts` with the ending `js` is `nn/index.js`. */
const built = (source: string, ending: 'js' | 'd.ts'): string => source.replace(/ts$/, ending);

/** The table of `exports`: entries, the worker, and all files for the package of the commands. */
function exportsOf(entries: readonly Entry[]): object {
  const lines = entries.map(({ name, source }) => [
    name,
    { types: `./${built(source, 'd.ts')}`, default: `./${built(source, 'js')}` },
  ]);
  return {
    ...Object.fromEntries(lines),
    './worker': `./${WORKER}`,
    './internal/*.js': { types: './*.d.ts', default: './*.js' },
    './package.json': './package.json',
  };
}

function manifest({ version }: Versions): object {
  return {
    name: 'lattigrad',
    version,
    ...repository('Tensors with gradients of any order, compiled to WebAssembly, and graph networks for crystals.'),
    type: 'module',
    sideEffects: [...SIDE_EFFECTS.map((file) => `./${built(file, 'js')}`), `./${WORKER}`],
    exports: exportsOf(entriesHere()),
    ...optionalPeers(Object.keys(PEERS) as Peer[]),
  };
}

/** Throws if a file imports a package that users of the library would have to have. */
function insistOnFewPackages(files: Files): void {
  const others = [...files].flatMap(([path, text]) =>
    modulesOf(path, text)
      .map(packageOf)
      .filter((name) => name !== undefined && !Object.hasOwn(PEERS, name))
      .map((name) => `${path} imports ${name}`),
  );
  if (others.length > 0) throw new Error(`lattigrad has no dependencies:\n  ${others.join('\n  ')}`);
}

/** Declarations may name these types, which programs of Node have only where they also have those of a page. */
const WEBASSEMBLY = `declare namespace WebAssembly {
  interface Memory {}
  interface Module {}
}
`;

const isOurs = (path: string): boolean =>
  /^index\.(js|d\.ts)$/.test(path) || PACKED_ROOMS.some((room) => path.startsWith(`${room}/`));

/** Declarations that name types of WebAssembly say where to find them. */
function withWebAssembly(path: string, text: string): string {
  if (!path.endsWith('.d.ts') || !text.includes('WebAssembly.')) return text;
  return `/// <reference path="${'../'.repeat(path.split('/').length - 1)}webassembly.d.ts" />\n${text}`;
}

/** All files of the package by their paths, from the compiled sources. */
export function library(sources: Files, versions: Versions): Files {
  const files: Files = new Map();
  for (const [path, text] of [...sources].filter(([path]) => isOurs(path))) {
    // Declarations keep the names of sources, which strict TypeScript refuses.
    const named = renameModules(path, text, (module) =>
      module.startsWith('.') ? module.replace(/\.ts$/, '.js') : module,
    );
    const whole = withWebAssembly(path, named);
    files.set(path, path.startsWith('training/') ? asCommand(whole) : whole);
  }
  insistOnFewPackages(files);
  files.set('webassembly.d.ts', WEBASSEMBLY);
  files.set(WORKER, WORKER_SOURCE.trimStart());
  files.set('package.json', manifestText(manifest(versions)));
  files.set('README.md', readFileSync(join(ROOT, 'pack', 'lattigrad.md'), 'utf8'));
  for (const name of ['LICENSE', 'CHANGELOG.md']) files.set(name, readFileSync(join(ROOT, name), 'utf8'));
  return files;
}
