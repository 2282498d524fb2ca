/**
 * Writing a file so that it is there completely or not at all: temporary file, fsync, rename.
 *
 * Several writes of one file at once are fine: the last rename wins, and each file is whole.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

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
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    async abandon() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

/** Replaces `path` with `bytes`; on failure the old file, if any, is untouched. */
export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const file = await atomicFile(path);
  try {
    await file.write(bytes);
    await file.done();
  } catch (error) {
    await file.abandon();
    throw error;
  }
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
