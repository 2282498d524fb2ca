/**
 * Which files of a folder of runs are for others: those of finished runs, and tables and pictures beside them.
 *
 * The rule names what is let in, so that nothing that somebody else put there is published by accident.
 */
import { lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathsBelow } from '../../files/below.ts';
import { BEST, LAST } from './checkpoint.ts';
import { RECORD } from './record.ts';

export interface LeftOut {
  readonly reason: string;
  readonly files: number;
}

export interface ArchiveList {
  /** Paths relative to the folder, with `/` between their parts, sorted. */
  readonly files: readonly string[];
  /** All folders, the folder itself ('.') among them. */
  readonly folders: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** What is let in of a run, and of what lies outside of runs: tables, pictures, and what a fine-tuning's seeds share. */
const OF_RUN =
  /^(?:(?:config|data|environment|transfer|result)\.json|metrics\.jsonl|predictions\/[^/]+\.csv|plots\/[^/]+\.(?:svg|png))$/;
const BESIDE = /\.(?:md|csv|tex|json|svg|png)$/;

/** The nearest folder above a path that is among some; undefined if none is. */
function nearest(path: string, folders: ReadonlySet<string>): string | undefined {
  const above = posix.dirname(path);
  if (folders.has(above)) return above;
  return above === '.' ? undefined : nearest(above, folders);
}

/** Why a file is left out; undefined if it is let in. */
function reasonAgainst(path: string, finished: ReadonlySet<string>, begun: ReadonlySet<string>): string | undefined {
  const name = posix.basename(path);
  const run = nearest(path, begun);
  if (run === undefined) {
    const isHidden = path.split('/').some((part) => part.startsWith('.'));
    return BESIDE.test(name) && !isHidden ? undefined : 'files that are neither of a run nor tables or pictures';
  }
  if (!finished.has(run)) return 'files of runs that are not finished';
  const inside = run === '.' ? path : path.slice(run.length + 1);
  if (inside === BEST || OF_RUN.test(inside)) return undefined;
  if (inside === LAST) return `checkpoints to go on from (${LAST})`;
  if (inside === 'log.txt') return 'what runs have printed (log.txt)';
  return 'files that are neither of a run nor tables or pictures';
}

/** Looks through a folder; nothing in it is read. Links are not followed: they may lead anywhere. */
export function filesToArchive(folder: string): ArchiveList {
  const [files, folders]: [string[], string[]] = [[], ['.']];
  const counts = new Map<string, number>();
  const leave = (reason: string) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const path of pathsBelow(folder)) {
    const kind = lstatSync(join(folder, path));
    if (kind.isDirectory()) folders.push(path);
    else if (kind.isFile()) files.push(path);
    else leave('links, pipes and devices');
  }
  const having = (name: string) =>
    files.filter((path) => posix.basename(path) === name).map((path) => posix.dirname(path));
  const begun = new Set(having('config.json'));
  const finished = new Set(having('result.json').filter((path) => begun.has(path)));
  const kept: string[] = [];
  for (const path of files) {
    // The record is written anew; locks and files that were being written come and go.
    if (path === RECORD || /(?:^|\/)run\.lock[^/]*$|\.tmp$/.test(path)) continue;
    const reason = reasonAgainst(path, finished, begun);
    if (reason === undefined) kept.push(path);
    else leave(reason);
  }
  const leftOut = [...counts].map(([reason, files]) => ({ reason, files }));
  return { files: kept.sort(), folders, leftOut: leftOut.sort((a, b) => (a.reason < b.reason ? -1 : 1)) };
}
