/**
 * metrics.jsonl: one line an epoch. A checkpoint names how many bytes of it belong to it, and resuming insists on them.
 *
 * Going back to a checkpoint replaces the file by its beginning instead of shortening it in place: the file may be a
 * link to that of another run, which must keep what it has.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs';

import { writeAtomic } from '../../files/atomic.ts';
import { UserError } from '../../files/errors.ts';
import { conform, readBytes, readText } from '../../files/read.ts';
import { count, nullable, number, object, oneOf, optional, record, type TypeOf } from '../../text/schema.ts';
import { parseStrictJson } from '../../text/strict-json.ts';

const value = nullable(number);
const lineSchema = object({
  kind: oneOf(['epoch']),
  epoch: count,
  step: count,
  rate: number,
  training: value,
  validation: optional(record(value)),
});
export type MetricsLine = TypeOf<typeof lineSchema>;

export interface Metrics {
  /** Appends a line; it is safe once `sync` returns its position. */
  append(line: object): void;
  /** Bytes so far, all of them on the disk. */
  sync(): number;
  /** Forgets what was written after a position, as a checkpoint remembers it. Throws if less is there. */
  rewind(bytes: number): Promise<void>;
}

/** The first bytes of a file of metrics. */
function beginning(path: string, bytes: number): Uint8Array {
  if (bytes === 0) return new Uint8Array(0);
  const all = readBytes(path, 'the metrics of a run');
  if (all.length >= bytes) return all.subarray(0, bytes);
  throw new UserError(
    `${path}: has ${all.length} bytes, but ${bytes} belong to the last checkpoint. Put the whole file back; without it ` +
      'the run cannot go on to the same files.',
  );
}

export function metricsFile(path: string): Metrics {
  let bytes = 0;
  return {
    append(line) {
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      appendFileSync(path, text);
      bytes += text.length;
    },
    sync() {
      const file = openSync(path, 'a');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return bytes;
    },
    async rewind(to) {
      await writeAtomic(path, beginning(path, to));
      bytes = to;
    },
  };
}

function parseLines(text: string, path: string): MetricsLine[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new UserError(`${path}: does not end with a line break. Is the file cut short?`);
  return lines.map((line, k) => {
    const place = `${path}:${k + 1}`;
    try {
      return conform(parseStrictJson(line), lineSchema, place, 'a line of metrics');
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${place}: is not JSON (${(error as Error).message}). Is the file damaged?`);
    }
  });
}

/**
 * All lines of a file of metrics, metrics.jsonl in the folder of a run, one for each epoch; none if there is no file.
 * Throws a UserError that names the line if the file is damaged.
 *
 * @example
 * readMetrics('no/such/metrics.jsonl').length;  // 0
 */
export const readMetrics = (path: string): MetricsLine[] =>
  existsSync(path) ? parseLines(readText(path, 'the metrics of a run'), path) : [];

/**
 * Throws UserError unless the first `bytes` of a file of metrics are lines of the epochs 0 to `epoch`, with this best
 * loss among them.
 */
export function insistOnMetrics(
  path: string,
  bytes: number,
  epoch: number,
  best: { readonly epoch: number; readonly loss: number } | null,
): void {
  const lines = parseLines(new TextDecoder().decode(beginning(path, bytes)), path);
  const inOrder = lines.length === epoch + 1 && lines.every((line, k) => line.epoch === k);
  const told = best === null ? undefined : lines[best.epoch];
  if (inOrder && (best === null || told?.validation?.loss === best.loss)) return;
  throw new UserError(
    `${path}: does not tell of the epochs that the last checkpoint knows (0 to ${epoch}, ` +
      `${best === null ? 'none' : `${best.epoch} with the loss ${best.loss}`} the best). Is it that of another run? Put the right file back.`,
  );
}
