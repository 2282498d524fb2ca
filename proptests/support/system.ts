/**
 * What this system can do of what only POSIX systems surely can. Tests of the rest are skipped, visibly.
 *
 * Each of these is asked with the name of what needs it: `if (!hasPipes('data from a pipe')) return;`. Where the system
 * cannot, it prints a line that begins with SKIPPED. With LATTIGRAD_BARE=1 nothing of it counts as there, which shows
 * on Linux which tests Windows skips.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'uvu';

const isBare = process.env.LATTIGRAD_BARE === '1';
const isWindows = process.platform === 'win32';

type Ability = (what: string) => boolean;

const ability =
  (isThere: boolean, reason: string): Ability =>
  (what) => {
    // On a line of its own, also in the middle of the dots that a test file prints.
    if (!isThere) console.log(`\nSKIPPED ${what}: ${reason}`);
    return isThere;
  };

/** Windows lets makers of symbolic links be administrators, or have developer mode on. */
function makesLinks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'links-'));
  try {
    symlinkSync('nowhere', join(folder, 'link'));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Symbolic links. (Links to folders of the type 'junction' need no right on Windows.) */
export const canLink = ability(!isBare && makesLinks(), 'this user may not make symbolic links here');

/** Pipes with names in folders, made by `mkfifo`, and /dev/stdin. */
export const hasPipes = ability(!isBare && !isWindows, 'this system has no pipes with names');

/** SIGINT and SIGTERM that a process is told of; on Windows, to send one to a process ends it. */
export const hasSignals = ability(!isBare && !isWindows, 'signals end a process at once on this system');

/** Control bytes in the names of files, and names of more than 255 bytes that are refused as too long. */
export const hasAnyNames = ability(!isBare && !isWindows, 'names of files are restricted on this system');

/** Registers `body` as a test if the system is able to do what it needs, else as a skip that says why. */
export function needsSystem(able: Ability, test: Test, name: string, body: () => void | Promise<void>): void {
  if (able(name)) test(name, body);
  else test.skip(name);
}
