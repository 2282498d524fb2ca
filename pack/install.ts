/** Both packages as users get them: packed, made into archives by `npm pack`, and installed into empty folders. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathsBelow } from '../files/below.ts';
import { ROOT } from './compile.ts';

/** Runs npm (or npx) in a folder; gives its output. Throws with all that it said if it fails. */
export function npm(folder: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('npm', words, {
    cwd: folder,
    encoding: 'utf8',
    // Windows finds npm only as a command of the shell.
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${words.join(' ')} failed: ${error?.message ?? ''}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Packs both packages below `folder`; gives the paths of their archives by name. */
export function archives(folder: string): Record<'lattigrad' | 'lattigrad-experiments', string> {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'pack/index.ts', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`pack failed:\n${stdout}\n${stderr}`);
  const archive = (name: string): string => {
    const [{ filename }] = JSON.parse(npm(join(folder, name), ['pack', '--json'])) as { filename: string }[];
    return join(folder, name, filename);
  };
  return { lattigrad: archive('lattigrad'), 'lattigrad-experiments': archive('lattigrad-experiments') };
}

/** Installs archives into a new project; `online` where what they depend on comes from the registry. */
export function install(project: string, paths: readonly string[], online: boolean): string {
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  const where = online ? '--prefer-offline' : '--offline';
  return npm(project, ['install', where, '--no-audit', '--no-fund', '--omit=peer', ...paths]);
}

/** Packages in the node_modules of a project, those with scopes included. */
export const installedPackages = (project: string): string[] =>
  readdirSync(join(project, 'node_modules'))
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(project, 'node_modules', name)).map((own) => `${name}/${own}`) : [name],
    );

/** Bytes of all files below a folder. */
export const bytesBelow = (folder: string): number =>
  pathsBelow(folder, true)
    .map((path) => lstatSync(join(folder, path)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);

export const manifestIn = <T>(folder: string): T => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as T;
