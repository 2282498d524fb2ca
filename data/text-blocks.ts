/**
 * Bytes of a file as text, in blocks of whole lines: unzipped if need be, UTF-8, never the whole file at once.
 *
 * Lines end at the byte of a newline, so blocks say the same however the bytes were cut into chunks. What is refused:
 * damaged gzip data, gzip data that expand beyond measure, UTF-16, and lines that no structure has.
 */
import { createGunzip } from 'node:zlib';
import { DataError } from '../files/errors.ts';

/** The longest line that is read, in bytes. */
const LONGEST_LINE = 64 * 2 ** 20;
/** Gzipped text may be this many times larger than its file; text of structures is 3 to 30 times larger. */
const MOST_EXPANSION = 100;
/** Text of less than this many bytes may be of any ratio. */
const FREE_EXPANSION = 2 ** 30;

const NEWLINE = 10;

export type Chunks = AsyncIterable<Uint8Array>;

/** The same bytes; the first chunk holds at least `count` of them, unless there are fewer. */
async function* beginning(chunks: Chunks, count: number): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (!head) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < count) continue;
      yield head;
      head = undefined;
    }
  }
  if (head && head.length > 0) yield head;
}

/** Zipped bytes that are unzipped at once: at most 16 MB of text. */
const PART = 2 ** 14;

/**
 * Unzipped bytes. Nothing is asked of `chunks` before all that came has been used: who stops reading early, say at a
 * wrong line, does not wait for a writer that is silent.
 */
async function* unzipped(chunks: Chunks, path: string, freeExpansion: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  let pieces: Uint8Array[] = [];
  gunzip.on('data', (piece: Buffer) => pieces.push(piece));
  // Whoever waits has a listener of his own.
  gunzip.on('error', () => {});
  let [read, made] = [0, 0];
  const step = (begin: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((done, failed) => {
      const over = (error?: Error | null) => {
        gunzip.off('end', over).off('error', over);
        if (!error) return done();
        failed(new DataError(path, `the gzip data are damaged or cut short (${error.message}). Fetch the file again.`));
      };
      gunzip.once('end', over).once('error', over);
      begin(over);
    });
  function* taken(): Generator<Uint8Array> {
    const taken = pieces;
    pieces = [];
    for (const piece of taken) {
      made += piece.length;
      if (made > freeExpansion && made > MOST_EXPANSION * read) {
        throw new DataError(
          path,
          `the gzip data expand to more than ${MOST_EXPANSION} times their size and beyond ${freeExpansion / 2 ** 30} GB, ` +
            'which data of structures do not. If the file is right, unzip it first and give the unzipped file.',
        );
      }
      yield piece;
    }
  }
  try {
    for await (const chunk of chunks) {
      // What follows the end of zipped data is read, for the digest, and left alone.
      for (let at = 0; at < chunk.length && !gunzip.readableEnded; at += PART) {
        const part = chunk.subarray(at, at + PART);
        read += part.length;
        await step((done) => gunzip.write(part, done));
        yield* taken();
      }
    }
    if (!gunzip.readableEnded) await step(() => gunzip.end());
    yield* taken();
  } finally {
    gunzip.destroy();
  }
}

/** Refuses UTF-16, and takes a byte order mark of UTF-8 away. */
function withoutMark(bytes: Buffer, path: string): Buffer {
  const mark = bytes.toString('hex', 0, 3);
  if (mark.startsWith('fffe') || mark.startsWith('feff')) {
    throw new DataError(path, 'the text is UTF-16, expected UTF-8. Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW');
  }
  return mark === 'efbbbf' ? bytes.subarray(3) : bytes;
}

export interface TextLimits {
  /** Bytes of a line. */
  readonly line?: number;
  /** Bytes of unzipped text that may be of any ratio. */
  readonly freeExpansion?: number;
}

/** Plain bytes from plain or gzipped ones. Compression is told by the content: names lie. */
async function* plain(chunks: Chunks, path: string, freeExpansion: number): AsyncGenerator<Uint8Array> {
  const raw = beginning(chunks, 2);
  try {
    const first = await raw.next();
    if (first.done) return;
    const whole = (async function* () {
      yield first.value;
      yield* raw;
    })();
    const isZipped = first.value[0] === 0x1f && first.value[1] === 0x8b;
    yield* isZipped ? unzipped(whole, path, freeExpansion) : whole;
  } finally {
    await raw.return(undefined);
  }
}

/**
 * The text of a file, in blocks of whole lines; only the last line may lack its newline. `path` stands for the file in
 * messages; `limits` are for tests.
 */
export async function* textBlocks(chunks: Chunks, path: string, limits: TextLimits = {}): AsyncGenerator<string> {
  const { line = LONGEST_LINE, freeExpansion = FREE_EXPANSION } = limits;
  let isFirst = true;
  let [rest, held]: [Buffer[], number] = [[], 0];
  for await (const chunk of beginning(plain(chunks, path, freeExpansion), 3)) {
    const bytes = isFirst ? withoutMark(chunk, path) : chunk;
    isFirst = false;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield Buffer.concat([...rest, bytes.subarray(0, end)]).toString('utf8');
      [rest, held] = [[], 0];
    }
    if (end < bytes.length) rest.push(Buffer.from(bytes.subarray(end)));
    held += bytes.length - end;
    if (held > line) throw new DataError(path, `a line is longer than ${line / 2 ** 20} MB. Is it extended XYZ?`);
  }
  if (held > 0) yield Buffer.concat(rest).toString('utf8');
}
