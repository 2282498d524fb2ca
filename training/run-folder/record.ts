/**
 * Every finished run below a folder as one line: what it was told, what it found, where and for how long it ran, and
 * the digest of its network. The lines stay when the networks, which are large, or whole runs go elsewhere.
 *
 * The record is the same bytes for the same runs. A network that is no longer there keeps the digest that an earlier
 * record has of it, if configuration and result are still the same. A run whose whole folder is no longer there keeps
 * the line that an earlier record has of it.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeAtomic } from '../../data/index.ts';
import { pathsBelow } from '../../files/below.ts';
import { UserError } from '../../files/errors.ts';
import { conform, readBytes, readJson } from '../../files/read.ts';
import { anything, nullable, number, object, string } from '../../text/schema.ts';
import { parseStrictJson } from '../../text/strict-json.ts';
import { BEST } from './checkpoint.ts';
import { type Environment, secondsOf, startsOf } from './environment.ts';

/** The name of the record in the folder whose runs it tells of. */
export const RECORD = 'runs.jsonl.gz';

export interface RunRecord {
  /** The run's folder, relative to the record's, with `/` between its parts. */
  readonly run: string;
  /** SHA-256 of config.json. */
  readonly configuration: string;
  readonly seed: number | null;
  readonly config: unknown;
  /** Names and SHA-256 of the files it learnt from. */
  readonly data: unknown;
  /** What result.json holds. */
  readonly result: unknown;
  /** Seconds of all its starts that came to an end. */
  readonly seconds: number;
  /** The commit of the source at the last start. */
  readonly commit: string | null;
  /** One entry a start. */
  readonly environment: readonly Environment[];
  /** The best network: its size in bytes and its SHA-256; null if nobody knows. */
  readonly network: { readonly bytes: number; readonly sha256: string } | null;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What is read again of a line; the rest stays as it is. */
const lineSchema = object({
  run: string,
  configuration: string,
  result: anything,
  network: nullable(object({ bytes: number, sha256: string })),
});

/** The record that is in a folder already, by run; empty if there is none. */
export function readRunRecords(folder: string): Map<string, RunRecord> {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return new Map();
  try {
    const lines = gunzipSync(readBytes(path)).toString('utf8').trimEnd().split('\n');
    return new Map(
      lines.map((line, k) => {
        const one = conform(parseStrictJson(line), lineSchema, `line ${k + 1}`, 'a line of a record of runs');
        return [one.run, one as unknown as RunRecord];
      }),
    );
  } catch (error) {
    throw new UserError(
      `${path}: cannot be read (${(error as Error).message}). Put the right file back, or move it away.`,
    );
  }
}

function recordOf(folder: string, run: string, known: RunRecord | undefined): RunRecord {
  const path = join(folder, run);
  const configuration = digest(readBytes(join(path, 'config.json')));
  const config = readJson(join(path, 'config.json')) as { seed?: number };
  const result = readJson(join(path, 'result.json'));
  const starts = startsOf(path);
  const bytes = existsSync(join(path, BEST)) ? readBytes(join(path, BEST)) : undefined;
  const isSame = known?.configuration === configuration && JSON.stringify(known.result) === JSON.stringify(result);
  return {
    run,
    configuration,
    seed: config.seed ?? null,
    config,
    data: (readJson(join(path, 'data.json')) as { files: unknown }).files,
    result,
    seconds: secondsOf(starts.filter(({ ended }) => ended !== undefined)),
    commit: starts.at(-1)?.commit ?? null,
    environment: starts,
    network: bytes ? { bytes: bytes.length, sha256: digest(bytes) } : isSame ? known.network : null,
  };
}

/** Paths of all finished runs below `folder`, relative to it, with `/` between their parts. */
const finishedBelow = (folder: string): string[] =>
  pathsBelow(folder, true)
    .filter((path) => posix.basename(path) === 'result.json')
    .map((path) => posix.dirname(path))
    .filter((run) => existsSync(join(folder, run, 'data.json')))
    // The folder itself is the run of the empty name.
    .map((run) => (run === '.' ? '' : run));

export interface RecordOptions {
  /** Leave out runs whose folder is gone (default: the line of an earlier record stays). */
  readonly forget?: boolean;
}

/** The lines of all finished runs below `folder`, and of those that an earlier record knows, in the order of their paths. */
export function recordsBelow(folder: string, { forget = false }: RecordOptions = {}): RunRecord[] {
  const known = readRunRecords(folder);
  const gone = forget ? [] : [...known.values()].filter(({ run }) => !existsSync(join(folder, run)));
  const found = finishedBelow(folder).map((run) => recordOf(folder, run, known.get(run)));
  // In the order of code units, as sort() has it.
  return [...found, ...gone].sort((a, b) => (a.run < b.run ? -1 : 1));
}

/** The bytes of a record that has these lines. */
export const recordBytes = (records: readonly RunRecord[]): Uint8Array =>
  gzipSync(records.map((one) => `${JSON.stringify(one)}\n`).join(''), { level: 9 });

/** Writes the record of a folder; gives its lines (where there are none, nothing is written). */
export async function writeRecord(folder: string, options: RecordOptions = {}): Promise<readonly RunRecord[]> {
  const records = recordsBelow(folder, options);
  if (records.length > 0) await writeAtomic(join(folder, RECORD), recordBytes(records));
  return records;
}
