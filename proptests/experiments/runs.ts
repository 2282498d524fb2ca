/**
 * What the tests of runs share: small labelled files, scripts as real processes, and folders compared byte by byte.
 *
 * Not a test file. Everything lies below one temporary folder of the process, removed when it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as assert from 'uvu/assert';
import { type LabelledStructure, writeExtxyz } from '../../data/index.ts';
import { withSlashes } from '../../files/slashes.ts';
import { universe } from '../../universe/index.ts';

const root = mkdtempSync(join(tmpdir(), 'lattigrad-runs-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));

let folders = 0;
/** A path of its own that does not exist. */
export const fresh = (name = 'run'): string => join(root, `${name}-${folders++}`);

/** Small crystals of two metals with energies, forces, stress and a made-up property under the key `volume`. */
export async function crystals(count: number, seed = 3): Promise<LabelledStructure[]> {
  const made = await universe({ count, seed, elements: ['Cu', 'Ag'], maxAtoms: 4 });
  return made.map((crystal) => {
    const [a, b, c, d, e, f, g, h, i] = crystal.cell as unknown as number[];
    const volume = Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g));
    return { ...crystal, properties: { ...crystal.properties, target: 'volume', unit: 'A^3', volume } };
  });
}

/** Writes structures below the temporary folder; returns the path. */
export async function file(structures: readonly LabelledStructure[], name = 'data'): Promise<string> {
  const folder = fresh('file');
  mkdirSync(folder);
  const path = join(folder, `${name}.extxyz.gz`);
  await writeExtxyz(path, structures);
  return path;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both outputs. */
  readonly text: string;
}
export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  /** Resolves once the output matches, or the process has ended. */
  saw(pattern: RegExp): Promise<void>;
}
export type Script =
  | 'pretrain'
  | 'finetune'
  | 'evaluate'
  | 'compare'
  | 'explain'
  | 'archive'
  | 'start'
  | `table${1 | 2 | 3 | 4 | 5}`
  | 'parity'
  | 'embeddings';

const crash = new URL('./crash.ts', import.meta.url).href;

/** What `npm run` runs for a script, after the word `tsx`. */
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<Script, string> };
const wordsOf = (script: Script): string[] => scripts[script].split(' ').slice(1);

/** Starts a script as a user does. `env.CRASH`: see crash.ts. */
export function start(script: Script, args: readonly string[], env: Record<string, string> = {}): Started {
  const preload = env.CRASH === undefined ? [] : ['--import', crash];
  const words = ['--import', 'tsx', ...preload, ...wordsOf(script), ...args];
  const child = spawn(process.execPath, words, { env: { ...process.env, ...env } });
  let text = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
      look();
    });
  }
  const done = new Promise<Outcome>((ended) =>
    child.on('close', (code, signal) => {
      ended({ code, signal, text });
    }),
  );
  const saw = (pattern: RegExp) =>
    Promise.race([
      new Promise<void>((found) => {
        look = () => pattern.test(text) && found();
        look();
      }),
      done.then(() => {}),
    ]);
  return { child, done, saw };
}

export const run = (script: Script, args: readonly string[], env?: Record<string, string>): Promise<Outcome> =>
  start(script, args, env).done;

/** Whether SIGKILL ended a process, from outside or by crash.ts, which on Windows aborts with exit code 134. */
export const wasKilled = ({ code, signal }: Outcome): boolean =>
  signal === 'SIGKILL' || (process.platform === 'win32' && code === 134);

/** Runs to the end; anything else is a failure that shows what was said. */
export async function finish(script: Script, args: readonly string[], env?: Record<string, string>): Promise<string> {
  const { code, signal, text } = await run(script, args, env);
  assert.is(code, 0, `${script} ${args.join(' ')}: ${code ?? signal}\n${text}`);
  return text;
}

/** A failure that a user can read: exit code 1, one message that matches, no trace. */
export function refused({ code, text }: Outcome, message: RegExp, what = ''): void {
  assert.is(code, 1, `${what}: exit code ${code}\n${text}`);
  assert.match(text, message, `${what}: ${text}`);
  assert.not.match(text, /\n\s+at |node:internal/, `${what}: a trace\n${text}`);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

/** Paths inside a run, or a folder of runs, that must not depend on when and how often it was started. */
const timeless = (folder: string): string[] =>
  filesIn(folder)
    .map((path) => withSlashes(relative(folder, path)))
    .filter((path) => !/(^|\/)(environment\.json|log\.txt|table\d-\w+-times\.\w+)$/.test(path))
    .sort();

/** The same files with the same bytes: nothing lost, nothing left over. */
export function sameBytes(found: string, expected: string, what: string, replace?: readonly [string, string]): void {
  assert.equal(timeless(found), timeless(expected), `${what}: names of files`);
  for (const name of timeless(expected)) {
    const [a, b] = [found, expected].map((folder) => readFileSync(join(folder, name), 'latin1'));
    const mine = replace ? a.replaceAll(...replace) : a;
    assert.ok(mine === b, `${what}: ${name} differs`);
  }
}

export const readJson = (...parts: string[]): unknown => JSON.parse(readFileSync(join(...parts), 'utf8'));

/** Runs `body` without its printing. */
export async function quietly<T>(body: () => T | Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => {};
  try {
    return await body();
  } finally {
    console.log = log;
  }
}
