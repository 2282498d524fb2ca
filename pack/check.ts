/**
 * `npm run check:package`: what other people's tools say of the packages, beside the tests of proptests/pack/.
 *
 * publint looks at manifests, attw at what each way of resolving modules finds, size-limit at bytes in a page, knip at files,
 * exports and dependencies that nothing uses, and strict TypeScript 5.9 at the declarations. The tools have a manifest and a
 * lock of their own in pack/tools/, so that `npm ci` does not bring them; they are installed when they are missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './compile.ts';
import { archives, install, npm } from './install.ts';
import { entriesHere } from './library.ts';
import { examplesOf, importsAll, KINDS, type Kind, strictFaults } from './strict.ts';

const TOOLS = join(ROOT, 'pack', 'tools');
const script = (...path: string[]): string => join(TOOLS, 'node_modules', ...path);

/** Bytes of gzip that a page may load for an entry. */
const MOST: Readonly<Record<string, string>> = {
  lattigrad: '56 kB',
  'lattigrad/nn': '60 kB',
  'lattigrad/graph': '7 kB',
  'lattigrad/universe': '65 kB',
  'lattigrad/gpu': '32 kB',
};

const PLUGINS = { '@size-limit/esbuild': '12.1.0', '@size-limit/file': '12.1.0' };

/** Runs a tool; prints what it says, and whether it is content. */
function tool(name: string, cwd: string, file: string, words: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [file, ...words], { cwd, stdio: 'inherit' });
  console.log(status === 0 ? `${name} has no complaint` : `${name} complains (exit code ${status})`);
  return status === 0;
}

/** The limits of sizes, as size-limit reads them, in a project where the library is installed. */
function limitSizes(project: string): boolean {
  const limits = Object.entries(MOST).map(([module, limit], k) => {
    const path = `size-${k}.js`;
    writeFileSync(join(project, path), `export * from '${module}';\n`);
    return { name: module, path, limit, gzip: true, ignore: ['gpu.js'] };
  });
  writeFileSync(join(project, '.size-limit.json'), JSON.stringify(limits));
  // It asks the manifest of a project which of its plug-ins to use.
  const manifest = { name: 'project', private: true, type: 'module', devDependencies: PLUGINS };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  return tool('size-limit', project, script('size-limit', 'bin.js'), []);
}

function checkTypes(project: string): boolean {
  console.log('\n== strict TypeScript 5.9');
  const readme = readFileSync(join(project, 'node_modules', 'lattigrad', 'README.md'), 'utf8');
  const modules = entriesHere().filter(({ optional, browser }) => !optional && browser);
  const files = {
    ...examplesOf(readme),
    'all.ts': importsAll(modules.map(({ name }) => `lattigrad${name.slice(1)}`)),
  };
  const faults = (['a page, bundled'] satisfies Kind[]).map((kind) =>
    strictFaults(script('typescript-5.9', 'bin', 'tsc'), project, kind, files),
  );
  console.log(faults.join('') || `${Object.keys(KINDS)[0]}: no complaint`);
  return faults.every((text) => text === '');
}

if (!existsSync(script('knip'))) npm(TOOLS, ['ci', '--no-audit', '--no-fund']);
const folder = mkdtempSync(join(tmpdir(), 'lattigrad-check-'));
try {
  const paths = archives(folder);
  const project = join(folder, 'project');
  install(project, [paths.lattigrad], false);
  const content = [
    ...Object.keys(paths).map((name) =>
      tool(`publint ${name}`, join(folder, name), script('publint', 'src', 'cli.js'), ['--strict', '--pack', 'npm']),
    ),
    tool('attw lattigrad', folder, script('@arethetypeswrong', 'cli', 'dist', 'index.js'), [
      ...[paths.lattigrad, '--profile', 'esm-only', '--exclude-entrypoints', './worker'],
    ]),
    checkTypes(project),
    limitSizes(project),
    tool('knip', ROOT, script('knip', 'bin', 'knip.js'), ['--config', 'pack/knip.ts']),
  ];
  if (!content.every(Boolean)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
