/** Where a run takes place: recorded beside results, never an input of them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { relative } from 'node:path';
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

/** What is read again of the starts of a run; the rest is for people. */
export const startsSchema = list(object({ started: string, ended: optional(string) }));

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
