/**
 * Writes tar archives (POSIX ustar) as a stream: the same bytes for the same entries, whoever writes them and whenever.
 *
 * Every entry is a file with mode 644, owner 0 and one fixed time. A path that is longer than 100 bytes or not ASCII,
 * or a file of 8 GiB and more, is preceded by an extended header (pax), which GNU tar, BSD tar and Python read.
 *
 * Source: IEEE Std 1003.1-2017, pax, "ustar Interchange Format" and "pax Extended Header".
 */
import { UserError } from './errors.ts';

export interface TarEntry {
  /** Relative, with `/` between its parts, without `.` and `..` among them. */
  readonly path: string;
  /** How many bytes `content` gives. */
  readonly bytes: number;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Headers and contents fill blocks of so many bytes. */
const BLOCK = 512;
/** Longest path and largest size (11 octal digits) of a plain header. */
const [LONGEST_PATH, LARGEST] = [100, 8 ** 11 - 1];
/** 1980-01-01, the first day that every file system knows; 1970-01-01 counts as a mistake with some. */
const TIME = 315_532_800;

const ASCII = /^[\x20-\x7e]*$/;

/** A block that tells of a file; `type` is 0 for a file and x for an extended header. */
function header(path: string, bytes: number, type: '0' | 'x'): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) => block.write(value.toString(8).padStart(digits, '0'), at);
  block.write(path, 0, LONGEST_PATH, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7); // User.
  octal(0, 116, 7); // Group.
  octal(bytes, 124, 11);
  octal(TIME, 136, 11);
  block.write('        ', 148); // The checksum counts as eight spaces while it is computed.
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  octal(0, 329, 7); // Device numbers.
  octal(0, 337, 7);
  const sum = block.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  block.write('\0 ', 154);
  return block;
}

/** What fills the last block of so many bytes. */
const filling = (bytes: number): Uint8Array => new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK);

/** A line of an extended header: its length, which counts its own digits, then `key=value`. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

function* headers({ path, bytes }: TarEntry): Generator<Uint8Array> {
  const records: string[] = [];
  if (path.length > LONGEST_PATH || !ASCII.test(path)) records.push(record('path', path));
  if (bytes > LARGEST) records.push(record('size', String(bytes)));
  if (records.length > 0) {
    const text = Buffer.from(records.join(''));
    yield header('pax-header', text.length, 'x');
    yield text;
    yield filling(text.length);
  }
  // What the extended header says replaces these.
  const plain = ASCII.test(path) ? path.slice(0, LONGEST_PATH) : 'pax-path';
  yield header(plain, bytes > LARGEST ? 0 : bytes, '0');
}

const isRelative = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/**
 * The bytes of an archive that holds these files in this order. Throws UserError if a file has other bytes than its
 * entry says, Error if a path is not relative.
 *
 * Example: `await writeAtomic('a.tar.gz', tar([{ path: 'a/b.txt', bytes: 2, content: [Buffer.from('hi')] }]), [createGzip()])`
 */
export async function* tar(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    const { path, bytes, content } = entry;
    if (!isRelative(path)) throw new Error(`A path in an archive must be relative, got ${JSON.stringify(path)}.`);
    yield* headers(entry);
    let found = 0;
    for await (const piece of content) {
      found += piece.length;
      if (found > bytes) break;
      yield piece;
    }
    if (found !== bytes) {
      throw new UserError(
        `${path}: has ${found > bytes ? 'more' : 'fewer'} bytes than the ${bytes} that it had a moment ago. ` +
          'Is a run being written? Wait for its end and archive it then.',
      );
    }
    yield filling(bytes);
  }
  yield new Uint8Array(2 * BLOCK); // Two empty blocks end an archive.
}
