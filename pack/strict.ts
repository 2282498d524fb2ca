/**
 * What strict TypeScript says of programs that use the installed packages: all declarations are checked, also those of the
 * package itself (`skipLibCheck` is off).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STRICT = {
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  target: 'ES2022',
};

/** The kinds of program that are checked: how modules are found, which globals there are, what `?` means. */
export const KINDS = {
  'a page, bundled': {
    module: 'ESNext',
    moduleResolution: 'Bundler',
    lib: ['ES2022', 'DOM'],
    types: [],
    exactOptionalPropertyTypes: true,
  },
  'a program of Node': {
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    lib: ['ES2022'],
    types: ['node'],
    exactOptionalPropertyTypes: false,
  },
} as const;
export type Kind = keyof typeof KINDS;

/** Checks `files` (texts by name) in a folder where the packages are installed; gives what `tsc` complains of. */
export function strictFaults(tsc: string, folder: string, kind: Kind, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const project = join(folder, 'tsconfig.json');
  const options = { compilerOptions: { ...STRICT, ...KINDS[kind] }, files: Object.keys(files) };
  writeFileSync(project, JSON.stringify(options));
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  return stdout + stderr;
}

/** The TypeScript blocks of a page as files of a program, each a module of its own. */
export const examplesOf = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code], k) => [`example-${k + 1}.ts`, code] as const),
  );

/** A program that imports everything of some entries, so that all their declarations are looked at. */
export const importsAll = (modules: readonly string[]): string =>
  modules
    .map((module, k) => `import * as m${k} from '${module}';\nexport const keys${k} = Object.keys(m${k});\n`)
    .join('');
