/** Where a run takes place: recorded beside results, never an input of them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { readRecord } from '../../files/read.ts';
import { withSlashes } from '../../files/slashes.ts';
import { list, object, optional, string } from '../../text/schema.ts';

export interface Environment {
  readonly started: string;
  /** When it was finished or stopped; undefined if it was killed. */
  readonly ended?: string;
  readonly command: readonly string[];
  readonly lattigrad: string;
  /** The commit of the source, with + if files were changed; undefined outside a checkout. */
  readonly commit: string | undefined;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly threads: number;
  /** The GPU that computed, if one did. */
  readonly device?: string;
  readonly memoryGB: number;
}

/** A file of a run: one entry a start. */
export const STARTS = 'environment.json';

/** What is read again of the starts of a run; the rest is for people. */
const startsSchema = list(object({ started: string, ended: optional(string) }));

const expected = 'the list of the starts of a run';
/** The starts of the run in a folder. */
export const startsOf = (folder: string): readonly Environment[] =>
  readRecord(join(folder, STARTS), startsSchema, expected) as unknown as Environment[];

/** Seconds that starts took; NaN for one that was killed and did not say when. */
export const secondsOf = (starts: readonly Environment[]): number =>
  starts.reduce((sum, { started, ended = '' }) => sum + Date.parse(ended) - Date.parse(started), 0) / 1000;

function commit(): string | undefined {
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // An installed package may lie in a repository that is not of this program.
    git('ls-files', '--error-unmatch', import.meta.filename);
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+');
  } catch {
    return undefined;
  }
}

export function environment(threads: number, device?: string): Environment {
  const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return {
    started: new Date().toISOString(),
    command: [withSlashes(relative('.', process.argv[1] ?? '')), ...process.argv.slice(2)],
    lattigrad: about.version,
    commit: commit(),
    node: process.version,
    system: `${platform()} ${arch()}`,
    processor: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    threads,
    ...(device === undefined ? {} : { device }),
    memoryGB: Math.round(totalmem() / 2 ** 30),
  };
}
