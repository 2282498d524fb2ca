/**
 * One process at a time in a folder: a lock file that names its owner and goes away with it.
 *
 * The file appears complete (it is linked into place, which fails if there is one), and a lock whose process has died
 * is taken over. Process numbers mean something on one machine only, so a lock of another machine always holds.
 */
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FolderTaken, UserError } from './user-error.ts';

const LOCK = 'run.lock';

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** Locks that this process holds: a file that names its number but is not among them is from before a restart. */
const held = new Set<string>();

function isAlive({ pid }: Owner, path: string): boolean {
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host, since } = JSON.parse(text) as Owner;
    return { pid, host, since };
  } catch {
    return undefined;
  }
}

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Whether there is a lock in a folder, of a living process or a dead one. */
export const isLocked = (folder: string): boolean => existsSync(join(folder, LOCK));

/** Takes the lock of a folder; returns what gives it back. Throws if a living process holds it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK);
  const mine = `${path}.${process.pid}`;
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  writeFileSync(mine, JSON.stringify(owner));
  try {
    return take(folder, path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
}

function take(folder: string, path: string, mine: string): () => void {
  for (let attempt = 0; attempt < 4; attempt++) {
    try {
      linkSync(mine, path);
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
  if (owner && (owner.host !== hostname() || isAlive(owner, path))) {
    throw new FolderTaken(
      `${folder}: is in use by process ${owner.pid} on ${owner.host} since ${owner.since}. Wait for it, stop it, or ` +
        `choose another folder. (If that machine is gone for good, remove ${path}.)`,
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
