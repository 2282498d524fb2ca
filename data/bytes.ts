/**
 * The bytes of a file, a pipe or the standard input, each read once and in chunks.
 *
 * Opening never waits: a named pipe without a writer is open at once, and its reading can be given up. Folders,
 * devices, sockets and terminals are refused in one line.
 */
import { closeSync, constants, createReadStream, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { DataError } from '../files/errors.ts';

/** How bytes are read. */
export interface ByteOptions {
  /** Its abort ends the reading with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Is called with a sentence when nothing has come from a pipe for some seconds. */
  readonly say?: ((text: string) => void) | undefined;
}

/** After so many milliseconds it is said that a pipe gives nothing. */
const PATIENCE = 3000;

/** The descriptor that a path like /dev/stdin or /dev/fd/63 names; opening such a path anew may lose its writer. */
function descriptorOf(path: string): number | undefined {
  const found = /^(?:\/dev\/(?:(stdin)|fd\/(\d+))|\/proc\/self\/fd\/(\d+))$/.exec(path);
  return found ? Number(found[1] ? 0 : (found[2] ?? found[3])) : undefined;
}

function unreadable(path: string, error: unknown): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new DataError(path, 'no such file. Check the path.');
  if (code === 'ENXIO') return new DataError(path, 'expected a file, found a socket or a device.');
  return new DataError(path, `cannot be read (${message}).`);
}

/** An open descriptor and what it leads to; `own` if it must be closed. */
interface Opened {
  readonly fd: number;
  readonly stats: Stats;
  readonly own: boolean;
}

function opened(path: string): Opened {
  try {
    const given = descriptorOf(path);
    if (given !== undefined) {
      const stats = fstatSync(given);
      if (!stats.isFile()) return { fd: given, stats, own: false };
    }
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return { fd, stats: fstatSync(fd), own: true };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Whether the bytes of `path` can be read once only: pipes and the like, not files. It is not opened, for a pipe that
 * is opened and closed loses its writer. Throws DataError if there is no such path.
 */
export function isPipe(path: string): boolean {
  const given = descriptorOf(path);
  try {
    const stats = given === undefined ? statSync(path) : fstatSync(given);
    return stats.isFIFO() || stats.isSocket();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function open(path: string): Readable {
  const { fd, stats, own } = opened(path);
  if (stats.isFile()) return createReadStream(path, { fd, highWaterMark: 2 ** 18 });
  if (stats.isFIFO() || (stats.isSocket() && !own)) return new Socket({ fd, readable: true, writable: false });
  const isTerminal = isatty(fd);
  if (own) closeSync(fd);
  if (stats.isDirectory()) throw new DataError(path, 'expected a file, found a directory. Name one file in it.');
  throw new DataError(
    path,
    isTerminal
      ? 'expected data, found a terminal. Pipe a file into it, or name a file.'
      : 'expected a file or a pipe, found a device.',
  );
}

/** The bytes of `path` in chunks. Throws DataError on what cannot be read. */
export async function* bytesOf(path: string, { signal, say }: ByteOptions = {}): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const stream = open(path);
  if (signal) addAbortSignal(signal, stream);
  const waiting = setTimeout(
    () => say?.(`${path}: nothing has come yet. Waiting for somebody to write to it; press Ctrl-C to give up.`),
    PATIENCE,
  );
  try {
    for await (const chunk of stream) {
      clearTimeout(waiting);
      yield chunk as Buffer;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreadable(path, error);
  } finally {
    clearTimeout(waiting);
    stream.destroy();
  }
}
