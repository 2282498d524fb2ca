/**
 * Writing a file so that it is there completely or not at all: temporary file, fsync, rename.
 *
 * What is written may be a stream, of which only pieces are held. Several writes of one file at once are fine: the
 * last rename wins, and each file is whole.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

let written = 0;

/** A file that is being written; nobody sees it before `done`. One call at a time. */
export interface AtomicFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the file into its place. */
  done(): Promise<void>;
  /** Takes away what was written; the old file, if any, is untouched. Does nothing after `done`. */
  abandon(): Promise<void>;
}

/**
 * Begins a file that takes its bytes piece by piece, however many there are. Whoever opens it calls `done`, or, when
 * something fails, `abandon`.
 */
export async function atomicFile(path: string): Promise<AtomicFile> {
  const temporary = `${path}.${process.pid}-${written++}.tmp`;
  let file: FileHandle | undefined = await open(temporary, 'w');
  const close = async () => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  return {
    async write(bytes) {
      await file!.writeFile(bytes);
    },
    async done() {
      await file!.sync();
      await close();
      await replace(temporary, path);
      await syncFolder(dirname(path));
    },
    async abandon() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

/** Bytes, or pieces of text or bytes one after the other. */
export type Content = Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Pieces are gathered to this many bytes before they are written. */
const GATHERED = 2 ** 18;

/** Pieces as bytes, small ones gathered. */
async function* gathered(pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>) {
  let [list, bytes]: [Uint8Array[], number] = [[], 0];
  for await (const piece of pieces) {
    const next = typeof piece === 'string' ? Buffer.from(piece) : piece;
    list.push(next);
    bytes += next.length;
    if (bytes < GATHERED) continue;
    yield Buffer.concat(list);
    [list, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(list);
}

async function writeContent(file: AtomicFile, content: Content, through: readonly Duplex[]): Promise<void> {
  if (content instanceof Uint8Array && through.length === 0) return file.write(content);
  const pieces = content instanceof Uint8Array ? [content] : content;
  const source = Readable.from(gathered(pieces), { objectMode: false });
  const write = new Writable({
    write: (chunk: Uint8Array, _, done) => void file.write(chunk).then(() => done(), done),
  });
  await pipeline([source, ...through, write]);
}

/**
 * Replaces `path` with what is given; on failure the old file, if any, is untouched. A stream is passed `through`
 * others, e.g. one that zips.
 *
 * Example: `await writeAtomic('sums.csv', (function* () { for (const sum of sums) yield `${sum}\n`; })());`
 */
export async function writeAtomic(path: string, content: Content, through: readonly Duplex[] = []): Promise<void> {
  const file = await atomicFile(path);
  try {
    await writeContent(file, content, through);
    await file.done();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** What Windows says while another process, often a scanner of viruses, has one of the two files open. */
const IN_USE = ['EPERM', 'EACCES', 'EBUSY'];
/** Milliseconds between attempts to replace a file that is in use; 1.3 s together. */
const PAUSES = [10, 20, 40, 80, 160, 320, 640];

/** Renames a file to a name that may be taken. Other systems than Windows do so whoever has the files open. */
async function replace(from: string, to: string): Promise<void> {
  for (const pause of process.platform === 'win32' ? PAUSES : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!IN_USE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await wait(pause);
    }
  }
  await rename(from, to);
}

/** The rename itself should survive a power cut too; not every system lets a folder be opened for that. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // The file is in place already.
  }
}
