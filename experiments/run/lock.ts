/**
 * One process at a time in a folder: a lock file that names its owner and goes away with it.
 *
 * The file appears complete (it is linked into place, which fails if there is one), and a lock whose process has died
 * is taken over. Process numbers mean something on one machine only, so a lock of another machine always holds.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from './user-error.ts';

const LOCK = 'run.lock';

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

function isAlive(pid: number): boolean {
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

/** Takes the lock of a folder; returns what gives it back. Throws if a living process holds it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK);
  const mine = `${path}.${process.pid}`;
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  writeFileSync(mine, JSON.stringify(owner));
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(mine, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (attempt > 3)
          throw new UserError(`${folder}: several processes want this folder at once. Start one of them.`);
        takeAway(folder, path);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** Removes the lock if its owner is dead, else throws. */
function takeAway(folder: string, path: string): void {
  let held: string;
  try {
    held = readFileSync(path, 'utf8');
  } catch {
    return; // Given back in the meantime.
  }
  const owner = ownerOf(held);
  if (owner && (owner.host !== hostname() || (owner.pid !== process.pid && isAlive(owner.pid)))) {
    throw new UserError(
      `${folder}: is in use by process ${owner.pid} on ${owner.host} since ${owner.since}. Wait for it, stop it, or ` +
        `choose another folder. (If that machine is gone for good, remove ${path}.)`,
    );
  }
  if (owner?.pid === process.pid) throw new UserError(`${folder}: is in use by this very process.`);
  // Another process may do the same right now: whoever moved a lock that it did not read puts it back.
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== held) linkSync(aside, path);
  rmSync(aside, { force: true });
}
