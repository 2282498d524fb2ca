/**
 * One process at a time in a folder: a lock file that names its owner and goes away with it.
 *
 * The file appears complete (it is linked into place, which fails if there is one; see putInPlace for disks without
 * links), and a lock whose process has died is taken over, also where its number has gone to another process
 * (process.ts). Process numbers mean something on one machine only, so a lock of another machine always holds.
 */
import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { excerpt } from '../text/printable.ts';
import { FolderTaken, UserError } from './errors.ts';
import { birthOf, isAlive } from './process.ts';

const LOCK = 'run.lock';
/** No lock of ours is longer, by far. */
const LONGEST = 10_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  /** Tells the process from a later one with its number; absent in old locks and on systems that do not tell. */
  readonly birth?: string | undefined;
}

/** Locks that this process holds: a file that names its number but is not among them is from before a restart. */
const held = new Set<string>();

const owns = ({ pid, since, birth }: Owner, path: string): boolean =>
  pid === process.pid ? held.has(path) : isAlive(pid, birth, since);

/** Who a lock says holds it; undefined if it does not say so in a way that we write. */
function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host, since, birth } = JSON.parse(text) as Owner;
    const isWhole = Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string' && typeof since === 'string';
    return isWhole ? { pid, host, since, birth: typeof birth === 'string' ? birth : undefined } : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a lock; undefined if there is none. Throws if there is something else in its place. */
function textOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isFile()) {
    throw new UserError(`${path}: is not a file, so it cannot be the lock of a run. Move it away.`);
  }
  // What stands in it instead does not matter: it is nobody's lock.
  if (found.size > LONGEST) return `${found.size} bytes`;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether there is a lock in a folder, of a living process or a dead one. */
export const isLocked = (folder: string): boolean =>
  lstatSync(join(folder, LOCK), { throwIfNoEntry: false }) !== undefined;

/** Takes the lock of a folder; returns what gives it back. Throws if a living process holds it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK);
  const mine = `${path}.${process.pid}`;
  const since = new Date().toISOString();
  const owner: Owner = { pid: process.pid, host: hostname(), since, birth: birthOf(process.pid) };
  writeFileSync(mine, JSON.stringify(owner));
  try {
    return take(folder, path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * What disks say that have no hard links (FAT, exFAT, some network disks). Windows says EISDIR there: libuv translates
 * its ERROR_INVALID_FUNCTION so (https://github.com/nodejs/node/issues/65817).
 */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EISDIR'];

/** Puts the file `mine` into the place of the lock. Throws EEXIST if there is one. */
function putInPlace(mine: string, path: string): void {
  try {
    linkSync(mine, path);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // This is weaker than a link: the lock is there, empty, for a moment before it says whose it is. Who looks just then
    // takes it for nobody's, and would take it away if it were still empty at the second look in takeAway.
    writeFileSync(path, readFileSync(mine), { flag: 'wx' });
  }
}

function take(folder: string, path: string, mine: string): () => void {
  for (let attempt = 0; attempt < 4; attempt++) {
    try {
      putInPlace(mine, path);
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      takeAway(folder, path, mine);
    }
  }
  throw new UserError(`${folder}: several processes want this folder at once. Start one of them.`);
}

/** Removes the lock if its owner is dead, else throws. */
function takeAway(folder: string, path: string, mine: string): void {
  const found = textOf(path);
  if (found === undefined) return; // Given back in the meantime.
  const owner = ownerOf(found);
  if (owner && (owner.host !== hostname() || owns(owner, path))) {
    const hint =
      owner.host !== hostname()
        ? `If that machine is gone for good, remove ${path}.`
        : `If that process is something else, remove ${path}.`;
    throw new FolderTaken(
      `${folder}: is in use by process ${owner.pid} on ${excerpt(owner.host)} since ${excerpt(owner.since)}. Wait for it, stop it, or ` +
        `choose another folder. (${hint})`,
    );
  }
  // Others may want to remove it too, and one of them has perhaps put its own in place: one at a time, looking again.
  const giveBack = take(folder, `${path}.removal`, mine);
  try {
    if (textOf(path) === found) rmSync(path, { force: true });
  } finally {
    giveBack();
  }
}
