/**
 * What the user can mend, said in one message: expected what, got what, where, and what to try. Everything else that
 * is thrown is a fault of the program and keeps its trace.
 */
import { excerpt, printable } from '../text/printable.ts';

export class UserError extends Error {
  override readonly name = 'UserError';
}

/**
 * Input that cannot be used. The message names file and line, what was expected, what was found, what to try; it is one
 * line, and control characters of the input are written out.
 *
 * @example
 * new DataError('a.xyz:1', 'expected the number of atoms.').message;  // a.xyz:1: expected the number of atoms.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
  constructor(place: string, message: string) {
    super(printable(`${place}: ${message}`));
  }
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
  ENAMETOOLONG: 'the path is too long for this file system',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open. Close other programs, or raise the limit (ulimit -n)',
  ENFILE: 'too many files are open. Close other programs',
  EIO: 'the device failed while it was read or written. Choose another disk',
  EFBIG: 'the file would be larger than is allowed here',
  ENOMEM: 'there is too little memory. Use smaller batches or a smaller network',
  EBUSY: 'another program uses it',
  ENXIO: 'it is a pipe or a device without a partner',
  EPIPE: 'nobody reads this pipe any more',
  ESTALE: 'the network disk lost it',
  ERR_STRING_TOO_LONG: 'a text would be longer than 512 MB. Use less data at once',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GB',
};

/** Longer messages are cut: they quote something that nobody wants to see whole. */
const LONGEST = 1500;

/** What went wrong with a file or folder; undefined for any other error. */
export function systemReason(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(SYSTEM, code) ? `${SYSTEM[code]} (${code})` : undefined;
}

function messageOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // These come without a code.
  if (/allocation failed|could not allocate/i.test(error.message)) return `${SYSTEM.ENOMEM} (${error.message}).`;
  if (/without null bytes/.test(error.message)) return 'The name of a file holds a zero byte: no file has such a name.';
  const reason = systemReason(error);
  if (reason !== undefined) return `${(error as NodeJS.ErrnoException).path ?? 'a file'}: ${reason}.`;
  if (error instanceof UserError || error instanceof DataError) return error.message;
  // Libraries of ours explain themselves with plain errors.
  return error.constructor === Error ? error.message : undefined;
}

/**
 * One line for what the user can mend, undefined for faults of the program. Whatever it quotes (names of files, keys,
 * pieces of data), no control byte reaches the terminal.
 */
export function explain(error: unknown): string | undefined {
  const message = messageOf(error);
  return message === undefined ? undefined : excerpt(message, LONGEST);
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
