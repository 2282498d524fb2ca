/**
 * Both packages as users get them, from archives: installed into empty projects, checked by strict TypeScript, run by plain
 * Node, bundled for a page. What needs more tools or other compilers is in `npm run check:package`.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../pack/compile.ts';
import { filesWithEffects } from '../../pack/effects.ts';
import { ENTRIES } from '../../pack/entries.ts';
import { archives, bytesBelow, install, installedPackages, manifestIn } from '../../pack/install.ts';
import { entriesHere } from '../../pack/library.ts';
import { bundled, entrySize, kilobytes, sizeOf } from '../../pack/size.ts';
import { examplesOf, importsAll, KINDS, type Kind, strictFaults } from '../../pack/strict.ts';

const folder = mkdtempSync(join(tmpdir(), 'lattigrad-pack-'));
test.after(() => rmSync(folder, { recursive: true }));

const paths = archives(folder);
/** The library alone, and both. */
const [alone, both] = [join(folder, 'alone'), join(folder, 'both')];
install(alone, [paths.lattigrad], false);
// Programs of Node have its types; nothing else is there.
mkdirSync(join(folder, 'node_modules'));
for (const name of ['@types', 'undici-types']) {
  symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
}
const library = join(alone, 'node_modules', 'lattigrad');
const readme = readFileSync(join(library, 'README.md'), 'utf8');

const moduleOf = (name: string): string => `lattigrad${name.slice(1)}`;
const node = (cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, words, { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', ...env } });

/** Runs a program of plain JavaScript in a project; gives what it prints as JSON. */
function run(project: string, program: string): unknown {
  writeFileSync(join(project, 'program.js'), program);
  const { status, stdout, stderr } = node(project, ['program.js']);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return JSON.parse(stdout);
}

test('installing the library adds one package, of less than 3 MB, with its texts', () => {
  assert.equal(installedPackages(alone), ['lattigrad']);
  const bytes = bytesBelow(library);
  console.log(`lattigrad: ${(bytes / 1e6).toFixed(2)} MB in ${readdirSync(library).length} files and folders`);
  assert.ok(bytes < 3e6, `${bytes} bytes`);
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'worker.js']) assert.ok(existsSync(join(library, name)));
  const { dependencies, scripts } = manifestIn<Record<string, object>>(library);
  assert.is(dependencies, undefined);
  assert.is(scripts, undefined);
});

test('every entry of the table has code and declarations, and says what it needs', () => {
  const { exports, peerDependenciesMeta } = manifestIn<{
    exports: Record<string, { types: string; default: string }>;
    peerDependenciesMeta: Record<string, { optional: boolean }>;
  }>(library);
  for (const { name, source } of entriesHere()) {
    assert.is(Object.keys(exports[name])[0], 'types');
    for (const file of Object.values(exports[name])) assert.ok(existsSync(join(library, file)), file);
    assert.ok(readme.includes(`\`${moduleOf(name)}\``), `README.md does not name ${moduleOf(name)} (${source})`);
  }
  for (const { optional } of Object.values(peerDependenciesMeta)) assert.is(optional, true);
});

test('files that do something when they are imported are named, and no others', () => {
  const scripts = (readdirSync(library, { recursive: true }) as string[]).filter((path) => path.endsWith('.js'));
  const files = new Map(scripts.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(library, path), 'utf8')]));
  const { sideEffects } = manifestIn<{ sideEffects: string[] }>(library);
  const named = sideEffects.map((path) => path.slice(2));
  assert.ok(named.every((path) => files.has(path)));
  // The root does nothing itself: it is named so that bundlers go through it to the methods of tensors.
  assert.equal(filesWithEffects(files), named.filter((path) => path !== 'index.js').sort());
});

for (const kind of Object.keys(KINDS) as Kind[]) {
  test(`strict TypeScript accepts the library and its examples in ${kind}`, () => {
    const entries = entriesHere().filter(
      ({ optional, browser }) => !optional && (browser || kind !== 'a page, bundled'),
    );
    const files = { ...examplesOf(readme), 'all.ts': importsAll(entries.map(({ name }) => moduleOf(name))) };
    assert.is(strictFaults(join(ROOT, 'node_modules/typescript/bin/tsc'), alone, kind, files), '');
  });
}

test('the examples run in plain Node, and the first gives the derivatives of x^2 sin x', () => {
  const [example] = Object.values(examplesOf(readme));
  const program = `${example.replace(/console\.log.*/, '')}
    console.log(JSON.stringify([result.slope.toArray(), result.curvature.toArray()]));`;
  const [slope, curvature] = run(alone, program) as number[][];
  [1, 2, 3].forEach((x, k) => {
    const exact = [
      2 * x * Math.sin(x) + x * x * Math.cos(x),
      2 * Math.sin(x) + 4 * x * Math.cos(x) - x * x * Math.sin(x),
    ];
    // A few roundings of float64, and WebAssembly's own sine.
    assert.ok(
      Math.abs(slope[k] - exact[0]) < 1e-12 && Math.abs(curvature[k] - exact[1]) < 1e-12,
      `${slope} ${curvature}`,
    );
  });
});

test('the thread that makes graphs is a file of the package, and makes the same graphs', () => {
  const program = `
    import { universe } from 'lattigrad/universe';
    import { graphService } from 'lattigrad/internal/training/batches/graph-service.js';
    const structures = await universe({ count: 3, seed: 1 });
    const rule = { cutoff: 4, neighbours: { most: null, rule: 'shell', imageCap: null } };
    const batches = [];
    for (const helper of [true, false]) {
      const graphs = await graphService(structures, rule, { helper });
      batches.push(JSON.stringify([[...graphs.counts], await graphs.batch([2, 0])]));
      await graphs.close();
    }
    console.log(JSON.stringify([batches[0] === batches[1], batches[0].length > 1000]));`;
  assert.equal(run(alone, program), [true, true]);
});

test('an entry that needs a package which is not there says which', () => {
  const { status, stderr } = node(alone, ['--input-type=module', '-e', "await import('lattigrad/gpu')"]);
  assert.is(status, 1);
  assert.match(stderr, /Cannot find package 'gpu\.js'/);
  const without = run(
    alone,
    "import { provideWebGpu } from 'lattigrad/gpu/node'; console.log(JSON.stringify(await provideWebGpu()));",
  );
  assert.match(without as string, /the optional package webgpu cannot be loaded .*npm install webgpu@/);
});

test('a page gets tensors and derivatives in 48 kB', async () => {
  const [example] = Object.values(examplesOf(readme));
  const sizes: [string, Awaited<ReturnType<typeof entrySize>>][] = [
    ['the example', sizeOf(await bundled(example, alone))],
  ];
  for (const { name } of entriesHere()) sizes.push([moduleOf(name), await entrySize(moduleOf(name), alone)]);
  for (const [name, { minified, gzip }] of sizes) {
    console.log(`${name.padEnd(20)} ${kilobytes(minified).padStart(9)} minified ${kilobytes(gzip).padStart(9)} gzip`);
  }
  assert.ok(sizes[0][1].gzip <= 48_000, `the example: ${sizes[0][1].gzip} bytes`);
});

test('`npx lattigrad` has the commands, and runs them with plain Node', () => {
  install(both, [paths.lattigrad, paths['lattigrad-experiments']], true);
  assert.is(readdirSync(join(both, 'node_modules')).filter((name) => name === 'lattigrad').length, 1);
  const said = spawnSync('npx', ['--offline', 'lattigrad', '--help'], {
    cwd: both,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.is(said.status, 0, said.stderr);
  const { scripts } = manifestIn<{ scripts: Record<string, string> }>(ROOT);
  const commands = Object.keys(scripts).filter((name) => scripts[name].startsWith('tsx experiments/'));
  assert.ok(commands.length >= 15);
  for (const name of commands) assert.match(said.stdout, new RegExp(`^  ${name} `, 'm'));
  const cli = join(both, 'node_modules', 'lattigrad-experiments', 'experiments', 'cli.js');
  for (const name of ['start', 'table2', 'record']) {
    const { status, stdout, stderr } = node(both, [cli, name, '--help']);
    assert.is(status, 0, stderr);
    assert.match(stdout, `Usage: npx lattigrad ${name} `);
    assert.not.match(stdout, 'npm run');
  }
  const unknown = node(both, [cli, 'pretrian']);
  assert.is(unknown.status, 1);
  assert.match(unknown.stderr, "Did you mean 'pretrain'?");
});

test('every module that the commands name is there', () => {
  const program = `
    import { existsSync, readdirSync, readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { join } from 'node:path';
    const folder = 'node_modules/lattigrad-experiments';
    const missing = [];
    let named = 0;
    for (const path of readdirSync(folder, { recursive: true }).filter((one) => one.endsWith('.js'))) {
      const text = readFileSync(join(folder, path), 'utf8');
      for (const [, module] of text.matchAll(/ from ["']([^"']+)["'];$/gm)) {
        named++;
        const url = module.startsWith('.') ? undefined : import.meta.resolve(module);
        const file = url === undefined ? join(folder, path, '..', module) : url.startsWith('node:') ? '.' : new URL(url);
        // Examples in comments name sources.
        if (!module.endsWith('.ts') && !existsSync(file)) missing.push(path + ': ' + module);
      }
    }
    console.log(JSON.stringify({ missing, named }));`;
  const { missing, named } = run(both, program) as { missing: string[]; named: number };
  assert.equal(missing, []);
  assert.ok(named > 300, `${named} modules`);
});

test('a pre-training of the installed command leaves a whole run, with pictures', () => {
  const cli = join(both, 'node_modules', 'lattigrad-experiments', 'experiments', 'cli.js');
  const words = ['pretrain', '--preset', 'smoke', '--crystals', '16', '--epochs', '1', '--out', 'run'];
  const { status, stdout, stderr } = node(both, [cli, ...words]);
  assert.is(status, 0, stdout + stderr);
  for (const name of ['result.json', 'best.safetensors', 'plots/parity-forces.png', 'predictions/forces.csv']) {
    assert.ok(existsSync(join(both, 'run', name)), name);
  }
  const [{ lattigrad, commit }] = JSON.parse(readFileSync(join(both, 'run', 'environment.json'), 'utf8'));
  assert.is(lattigrad, manifestIn<{ version: string }>(ROOT).version);
  // The project may lie in a repository of its user, whose commit says nothing of this program.
  assert.is(commit, undefined);
});

test('what the table names and is not there yet is told', () => {
  const here = entriesHere();
  const missing = ENTRIES.filter((entry) => !here.includes(entry));
  for (const { name, source } of missing) console.log(`SKIPPED ${moduleOf(name)}: there is no ${source}`);
  assert.ok(here.length >= 8);
});

test('the repository imports its entries by the names that users write', () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
  assert.equal(exports, Object.fromEntries(ENTRIES.map(({ name, source }) => [name, `./${source}`])));
});

test.run();
