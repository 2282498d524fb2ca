/**
 * Structures of a file that a network will see, with the fingerprint of the very bytes that were parsed.
 *
 * The only place where trainings and experiments read files of structures, each once: no fingerprint can belong to other
 * bytes. A pipe can be read once only, so what came out of it is kept for whoever asks again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { isPipe } from '../data/bytes.ts';
import type { Fingerprint } from '../data/fingerprint.ts';
import { readDataFile } from '../data/formats.ts';
import { DataError, type LabelledStructure } from '../data/index.ts';
import { UserError } from '../files/errors.ts';

import { HEAVIEST_ELEMENT } from '../nn/inputs.ts';

export interface ReadData {
  readonly structures: readonly LabelledStructure[];
  readonly fingerprint: Fingerprint;
  /** What was read, but may have been meant otherwise; one line each. */
  readonly notes: readonly string[];
}

const piped = new Map<string, Promise<ReadData>>();

/** Structures of a file, a pipe or /dev/stdin. Ctrl-C ends the reading. Throws DataError on what is no data. */
export function readData(file: string): Promise<ReadData> {
  const known = piped.get(file);
  if (known) return known;
  const isOnce = (() => {
    try {
      return isPipe(file);
    } catch {
      // Reading says what is wrong with it.
      return false;
    }
  })();
  const reading = read(file);
  if (isOnce) piped.set(file, reading);
  return reading;
}

async function read(file: string): Promise<ReadData> {
  const giveUp = new AbortController();
  const ask = () => giveUp.abort();
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, ask);
  try {
    const options = { heaviest: HEAVIEST_ELEMENT, signal: giveUp.signal, say: (text: string) => console.error(text) };
    const { structures, sha256, notes } = await readDataFile(file, options);
    return { structures, notes, fingerprint: { name: basename(file), sha256, structures: structures.length } };
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
    process.exitCode = 130;
    throw new UserError(`${file}: the reading was given up.`);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, ask);
  }
}

/** SHA-256 of a file, to find out whether it is the one that a run has learnt from; nothing is parsed. */
export async function digestOf(file: string): Promise<string> {
  if (isPipe(file)) return (await readData(file)).fingerprint.sha256;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new DataError(file, `cannot be read (${(error as Error).message}). Has it been moved?`);
  }
  return hash.digest('hex');
}
