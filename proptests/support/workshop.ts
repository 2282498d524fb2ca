/** A folder in which programs import the package by its names, as where it is installed; for the code of docs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entries, ROOT } from '../../docs/site/entries.ts';

/** Makes the folder. Whoever asks for it removes it. */
export function workshop(): string {
  const folder = mkdtempSync(join(tmpdir(), 'docs-code-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const paths = Object.fromEntries(entries().map(({ name, file }) => [name, [join(ROOT, file)]]));
  const compilerOptions = { paths, noUnusedLocals: false, noUnusedParameters: false };
  const tsconfig = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  return folder;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const node = (cwd: string, ...words: string[]): Promise<Ended> =>
  new Promise((done) => {
    const env = {
      ...process.env,
      TSX_TSCONFIG_PATH: join(cwd, 'tsconfig.json'),
      FORCE_COLOR: '0',
      NODE_NO_WARNINGS: '1',
    };
    execFile(process.execPath, words, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : 1, stdout, stderr }),
    );
  });

/** Runs a program of the folder. */
export const runIn = (folder: string, file: string): Promise<Ended> => node(folder, '--import', 'tsx', file);

/** Lines that tell what is wrong with the types of the programs in the folder itself, all of which are one project. */
export async function typeFaultsIn(folder: string): Promise<string[]> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = await node(folder, tsc, '--noEmit', '--pretty', 'false', '-p', folder);
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
}
