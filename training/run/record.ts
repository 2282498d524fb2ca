/**
 * Every finished run below a folder as one line: what it was told, what it found, where and for how long it ran, and
 * the digest of its network. The lines stay when the networks, which are large, go elsewhere.
 *
 * The record is the same bytes for the same runs. A network that is no longer there keeps the digest that an earlier
 * record has of it, if configuration and result are still the same.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeAtomic } from '../../data/index.ts';
import { pathsBelow } from '../../files/below.ts';
import { UserError } from '../../files/errors.ts';
import { readBytes, readJson, readRecord } from '../../files/read.ts';
import { parseStrictJson } from '../../text/strict-json.ts';
import { BEST } from './checkpoint.ts';
import { type Environment, startsSchema } from './environment.ts';

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

function secondsOf(starts: readonly Environment[]): number {
  const milliseconds = starts.reduce(
    (sum, { started, ended }) => sum + (ended === undefined ? 0 : Date.parse(ended) - Date.parse(started)),
    0,
  );
  return milliseconds / 1000;
}

/** The record that is in a folder already, by run. */
function earlier(folder: string): Map<string, RunRecord> {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return new Map();
  try {
    const lines = gunzipSync(readBytes(path)).toString('utf8').trimEnd().split('\n');
    return new Map(lines.map((line) => parseStrictJson(line) as RunRecord).map((one) => [one.run, one]));
  } catch (error) {
    throw new UserError(
      `${path}: cannot be read (${(error as Error).message}). Put the right file back, or move it away.`,
    );
  }
}

function networkOf(path: string): RunRecord['network'] {
  const bytes = readBytes(path);
  return { bytes: bytes.length, sha256: digest(bytes) };
}

function recordOf(folder: string, run: string, known: RunRecord | undefined): RunRecord {
  const path = join(folder, run);
  const configuration = digest(readBytes(join(path, 'config.json')));
  const config = readJson(join(path, 'config.json')) as { seed?: number };
  const result = readJson(join(path, 'result.json'));
  const starts = readRecord(
    join(path, 'environment.json'),
    startsSchema,
    'the list of the starts of a run',
  ) as unknown as Environment[];
  const network = join(path, BEST);
  const isSame = known?.configuration === configuration && JSON.stringify(known.result) === JSON.stringify(result);
  return {
    run,
    configuration,
    seed: config.seed ?? null,
    config,
    data: (readJson(join(path, 'data.json')) as { files: unknown }).files,
    result,
    seconds: secondsOf(starts),
    commit: starts.at(-1)?.commit ?? null,
    environment: starts,
    network: existsSync(network) ? networkOf(network) : isSame ? known.network : null,
  };
}

/** The lines of all finished runs below `folder`, in the order of their paths. */
export function recordsBelow(folder: string): RunRecord[] {
  const known = earlier(folder);
  return pathsBelow(folder, true)
    .filter((path) => basename(path) === 'result.json' && existsSync(join(folder, dirname(path), 'data.json')))
    .map((path) =>
      relative(folder, join(folder, dirname(path)))
        .split(sep)
        .join('/'),
    )
    .sort()
    .map((run) => recordOf(folder, run, known.get(run)));
}

/** Writes the record of a folder; returns how many runs it tells of (with none, nothing is written). */
export async function writeRecord(folder: string): Promise<number> {
  const records = recordsBelow(folder);
  if (records.length === 0) return 0;
  const text = records.map((one) => `${JSON.stringify(one)}\n`).join('');
  await writeAtomic(join(folder, RECORD), gzipSync(text, { level: 9 }));
  return records.length;
}
