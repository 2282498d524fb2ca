/**
 * A run is a folder:
 *
 *   config.json          everything the run was told         last.safetensors   to go on from
 *   environment.json     where and when it ran               best.safetensors   the network to use
 *   data.json            files, split, what was left out     predictions/*.csv  plots/*.svg, *.png
 *   metrics.jsonl        one line an epoch                   result.json        errors on the test part
 *   transfer.json        which weights came from --from      log.txt            what was printed, dated
 *
 * config, data, metrics, checkpoints, predictions and result are the same bytes whenever and wherever a run is repeated,
 * interrupted or not; only environment.json and log.txt know the time.
 */
import { appendFileSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { writeAtomic } from '../../files/atomic.ts';
import { pathsBelow } from '../../files/below.ts';
import { FolderTaken, UserError } from '../../files/errors.ts';
import { isLocked, lockFolder } from '../../files/lock.ts';
import { insistOnKind, kindOf, readJson } from '../../files/read.ts';
import { NO_PICTURES, type Pictures } from '../pictures.ts';
import { BEST, LAST } from './checkpoint.ts';
import { STARTS } from './environment.ts';
import { type Metrics, metricsFile } from './metrics.ts';

export interface RunFolder {
  readonly path: string;
  file(...parts: string[]): string;
  has(name: string): boolean;
  readJson(name: string): unknown;
  writeJson(name: string, value: unknown): Promise<void>;
  writeText(name: string, text: string): Promise<void>;
  metrics: Metrics;
  /** Draws what belongs into plots/. */
  readonly pictures: Pictures;
  /** A dated line in log.txt. */
  log(text: string): void;
  /** Gives the folder back. */
  close(): void;
}

/** Text of a value as all JSON files of a run are written. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** With its parents. (Node's own recursive way calls a read-only disk a missing folder.) */
export function makeFolder(path: string): void {
  if (path === '') throw new UserError("Expected the name of a folder, got ''.");
  const kind = kindOf(path);
  if (kind === 'a folder') return;
  if (kind !== undefined) throw new UserError(`${path}: is ${kind}, expected a folder. Choose another one.`);
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster, or a part of the path is `..`.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Removes files that a killed process had begun and not put into place (see files/atomic.ts): of these names, or all
 * below the folder itself. Links may lead to folders of others, which are left alone.
 */
export function removeUnfinished(path: string, names?: readonly string[]): void {
  for (const entry of names === undefined ? pathsBelow(path) : readdirSync(path)) {
    const name = entry.replace(/\.\d+-\d+\.tmp$/, '');
    if (name === entry || !(names?.includes(name) ?? true)) continue;
    if (lstatSync(join(path, entry), { throwIfNoEntry: false })?.isFile()) rmSync(join(path, entry), { force: true });
  }
}

/**
 * Whether the run in a folder has ended: its result is written last.
 *
 * @example
 * isFinished('no/such/folder');  // false
 */
export const isFinished = (path: string): boolean =>
  // Also where something else stands in its place: reading it says what.
  lstatSync(join(path, 'result.json'), { throwIfNoEntry: false }) !== undefined;

/** Takes away what a process left in a finished run that was killed before it gave the folder back, its lock included. */
export function putAway(path: string): void {
  if (!isLocked(path)) return;
  let unlock: () => void;
  try {
    unlock = lockFolder(path);
  } catch (error) {
    // Its process lives, and is about to give it back.
    if (error instanceof UserError) return;
    throw error;
  }
  removeUnfinished(path);
  unlock();
}

/** Whether there is something in a folder that another start would destroy: a first checkpoint, or a result. */
export const hasBegun = (path: string): boolean => existsSync(join(path, LAST)) || isFinished(path);

/** What the seeds of a fine-tuning have in common; its folder holds theirs. */
export const REPEATS = 'repeats.json';

/** What a start leaves behind that ended before its first checkpoint, say by a misspelt key. */
const BEFORE = ['config.json', 'data.json', 'transfer.json', 'metrics.jsonl'];

function isOurs(path: string): boolean {
  try {
    return 'task' in (readJson(join(path, 'config.json')) as object);
  } catch {
    return false;
  }
}

const FILES = [...BEFORE, STARTS, 'result.json', LAST, BEST];
const FOLDERS = ['predictions', 'plots'];

/** Throws UserError where something stands in the place of a file of a run; at the end of a run it would be too late. */
function insistOnRoom(path: string): void {
  for (const name of FILES) insistOnKind(join(path, name), 'a file');
  for (const name of FOLDERS) insistOnKind(join(path, name), 'a folder');
  const log = join(path, 'log.txt');
  const found = lstatSync(log, { throwIfNoEntry: false });
  // It is written in place, so a link would let a run write into the log of another.
  if (found && !found.isFile()) throw new UserError(`${log}: is not a file of this folder. Move it away.`);
}

/** Takes away what earlier starts left unfinished. Throws FolderTaken if a new run would destroy what is there. */
function makeReady(path: string, resume: boolean, isRun: boolean, hint?: string): void {
  if (!resume && hasBegun(path)) {
    const usual = isFinished(path)
      ? 'It is finished: choose another --out for a new one.'
      : `Go on with --resume ${path}, or choose another --out.`;
    throw new FolderTaken(`${path}: holds a run already. ${hint ?? usual}`);
  }
  if (!resume && isRun) {
    if (!isOurs(path)) {
      throw new FolderTaken(`${path}: holds a config.json that is not one of a run. Choose another --out.`);
    }
    for (const name of BEFORE) rmSync(join(path, name), { force: true });
  }
  // Where there is no run yet, only its very first file can be one.
  removeUnfinished(path, isRun ? undefined : ['config.json']);
}

export interface OpenOptions {
  readonly hint?: string | undefined;
  readonly pictures?: Pictures;
}

/**
 * Opens a folder for one process. `resume`: it must hold a run already; else none that has begun. `hint`: what to do
 * where it does hold one (default: for runs that can be resumed). `pictures`: how to draw (default: not at all). Throws
 * a UserError where the folder does not hold what it must, or belongs to another process.
 *
 * @example
 * // no-run: makes a folder
 * const folder = openRun('runs/forces', false);
 * await folder.writeJson('config.json', pretrainPreset('smoke'));
 * folder.close();
 */
export function openRun(path: string, resume: boolean, { hint, pictures = NO_PICTURES }: OpenOptions = {}): RunFolder {
  if (kindOf(path) === 'a file') {
    throw new FolderTaken(`${path}: is a file, expected a folder. Choose another --out.`);
  }
  const isRun = existsSync(join(path, 'config.json'));
  if (resume && !isRun) {
    const hint = existsSync(join(path, REPEATS)) ? ` It holds a fine-tuning: npm run finetune -- --resume ${path}` : '';
    throw new UserError(`${path}: holds no run (no config.json), so there is nothing to resume.${hint}`);
  }
  makeFolder(path);
  insistOnRoom(path);
  const unlock = lockFolder(path);
  try {
    makeReady(path, resume, isRun, hint);
  } catch (error) {
    unlock();
    throw error;
  }
  const file = (...parts: string[]) => join(path, ...parts);
  const writeText = async (name: string, text: string) => {
    const target = file(name);
    makeFolder(dirname(target));
    await writeAtomic(target, Buffer.from(text));
  };
  return {
    path,
    file,
    has: (name) => existsSync(file(name)),
    readJson: (name) => readJson(file(name), 'a file of a run'),
    writeJson: (name, value) => writeText(name, jsonText(value)),
    writeText,
    metrics: metricsFile(file('metrics.jsonl')),
    pictures,
    log: (text) => appendFileSync(file('log.txt'), `${new Date().toISOString()} ${text}\n`),
    close: unlock,
  };
}

/** Stores what a run learns from, or, on resuming, insists on the same. */
export async function recordData(folder: RunFolder, record: object): Promise<void> {
  if (!folder.has('data.json')) {
    if (!folder.has(LAST)) return folder.writeJson('data.json', record);
    throw new UserError(
      `${folder.file('data.json')}: is missing, so nothing tells whether the data are those that the run began with. ` +
        'Put it back, or start a new run in another folder.',
    );
  }
  if (jsonText(folder.readJson('data.json')) !== jsonText(record)) {
    throw new UserError(
      `${folder.path}: the data are not those that the run began with (see its data.json). Put them back, or start a ` +
        'new run in another folder.',
    );
  }
}
