/**
 * What the user can mend, said in one message: expected what, got what, where, and what to try. Everything else that
 * is thrown is a fault of the program and keeps its trace.
 */
import { DataError } from '../../data/index.ts';

export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The folder belongs to another run or process: another folder would do. */
export class FolderTaken extends UserError {}

/** What went wrong with a file or folder, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room, then go on with --resume',
  EDQUOT: 'the disk quota is used up. Make room, then go on with --resume',
  EROFS: 'the file system is read-only. Choose another folder',
  EACCES: 'permission denied. Choose another folder, or change its permissions',
  EPERM: 'permission denied. Choose another folder, or change its permissions',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'it is a file, expected a folder',
  EISDIR: 'it is a folder, expected a file',
  ENOENT: 'no such file or folder',
};

/** One message for what the user can mend, undefined for faults of the program. */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && code in SYSTEM) return `${path ?? 'a file'}: ${SYSTEM[code]} (${code}).`;
  if (error instanceof UserError || error instanceof DataError) return error.message;
  // Libraries of ours explain themselves with plain errors.
  return error.constructor === Error ? error.message : undefined;
}

/** What `body` gives; what the user can mend is said to be about `what`. */
export async function about<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const message = explain(error);
    throw message === undefined ? error : new UserError(`${what}: ${message}`);
  }
}

/** Runs a script's main function; what the user can mend ends in one line and exit code 1. */
export function runScript(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error('');
    console.error(explain(error) ?? error);
    process.exitCode ||= 1;
  });
}
