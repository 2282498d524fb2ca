/**
 * The files of the package `lattigrad-experiments`: the commands and the plots, compiled, with the command `lattigrad`.
 *
 * What they need of the library they import from the package `lattigrad`, so that no code is installed or loaded twice:
 * from an entry where the file is one, else from `lattigrad/internal/`, which is there for this package alone.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Files, modulesOf, packageOf, ROOT, renameModules, targetOf } from './compile.ts';
import { ENTRIES, PACKED_ROOMS } from './entries.ts';
import { asCommand, manifestText, optionalPeers, repository, type Versions } from './manifest.ts';

export const COMMAND_ROOMS: readonly string[] = ['experiments', 'plots'];

/** Packages that are not imported, but asked for their files. */
const FILES_OF = ['dejavu-fonts-ttf'];

/** What a module of the repository is called by a file of this package. */
function moduleName(path: string, module: string): string {
  const target = targetOf(path, module);
  if (target === undefined || COMMAND_ROOMS.some((room) => target.startsWith(`${room}/`))) return module;
  if (!PACKED_ROOMS.some((room) => target.startsWith(`${room}/`))) {
    throw new Error(`${path}: imports ${target}, which is in neither package.`);
  }
  const entry = ENTRIES.find(({ source }) => source.replace(/ts$/, 'js') === target);
  return entry ? `lattigrad${entry.name.slice(1)}` : `lattigrad/internal/${target}`;
}

function manifest({ version, versionOf }: Versions, files: Files): object {
  const imported = [...files].flatMap(([path, text]) => modulesOf(path, text).map(packageOf));
  const packages = [...new Set([...imported, ...FILES_OF])].filter((name) => name !== undefined).sort();
  const dependencies = packages.map((name) => [name, name === 'lattigrad' ? version : versionOf(name)]);
  return {
    name: 'lattigrad-experiments',
    version,
    ...repository('The commands of lattigrad: pre-training on forces, fine-tuning, and the tables of the paper.'),
    type: 'module',
    sideEffects: true,
    bin: { lattigrad: 'experiments/cli.js' },
    exports: { './package.json': './package.json' },
    dependencies: Object.fromEntries(dependencies),
    ...optionalPeers(['gpu.js', 'webgpu']),
  };
}

/** All files of the package by their paths, from the compiled sources. */
export function experiments(sources: Files, versions: Versions): Files {
  const files: Files = new Map();
  for (const [path, text] of sources) {
    if (!path.endsWith('.js') || !COMMAND_ROOMS.some((room) => path.startsWith(`${room}/`))) continue;
    files.set(path, asCommand(renameModules(path, text, (module) => moduleName(path, module))));
  }
  files.set('package.json', manifestText(manifest(versions, files)));
  files.set('README.md', readFileSync(join(ROOT, 'pack', 'lattigrad-experiments.md'), 'utf8'));
  for (const name of ['LICENSE', 'CHANGELOG.md']) files.set(name, readFileSync(join(ROOT, name), 'utf8'));
  return files;
}
