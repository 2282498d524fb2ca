/** Reads the finished seeds of a fine-tuning: errors of each, and their mean with its standard error. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FinetuneConfig } from './config/schema.ts';
import type { FinetuningResult } from './finetuning.ts';
import { type Estimate, estimate } from './report/statistics.ts';
import { hasBegun, isFinished, REPEATS } from './run/folder.ts';
import { UserError } from './run/user-error.ts';

export const SUMMARY = 'summary.json';
export const seedFolder = (path: string, seed: number): string => join(path, `seed-${seed}`);

/** Whether some seed of a fine-tuning has begun. */
export const seedsBegun = (path: string): boolean =>
  existsSync(join(path, REPEATS)) &&
  readdirSync(path).some((name) => name.startsWith('seed-') && hasBegun(join(path, name)));

/** Whether a seed has ended and is counted in the summary. */
export function isSummarised(path: string, seed: number): boolean {
  if (!isFinished(seedFolder(path, seed)) || !existsSync(join(path, SUMMARY))) return false;
  const { seeds } = JSON.parse(readFileSync(join(path, SUMMARY), 'utf8')) as { seeds: Record<string, unknown> };
  return String(seed) in seeds;
}

export interface Repeats {
  readonly path: string;
  readonly config: FinetuneConfig;
  readonly target: string;
  readonly unit: string;
  readonly results: ReadonlyMap<number, FinetuningResult>;
  /** Test errors in the unit. */
  readonly mae: Estimate;
  /** Of always predicting the training median; undefined where a result does not hold it. */
  readonly median: Estimate | undefined;
  /** Structures of the test part of each seed, to tell whether two fine-tunings can be compared. */
  readonly tested: ReadonlyMap<number, string>;
}

/** Test error of always predicting the training median, over some results; undefined where one is too old to hold it. */
export function medianOf(results: readonly FinetuningResult[]): Estimate | undefined {
  const errors = results.flatMap(({ median }: Partial<FinetuningResult>) => median?.test ?? []);
  return errors.length < results.length ? undefined : estimate(errors);
}

/** Finished seeds in a folder: all, or those of `only`. */
export function readRepeats(path: string, only?: readonly number[]): Repeats {
  const file = join(path, REPEATS);
  if (!existsSync(file)) {
    throw new UserError(`${path}: holds no fine-tuning (no ${REPEATS}). Expected the folder of \`npm run finetune\`.`);
  }
  const json = (name: string): unknown => JSON.parse(readFileSync(name, 'utf8'));
  const { seeds, config } = json(file) as { seeds: number[]; config: FinetuneConfig };
  // In one order, so that sums are the same whatever came first.
  const finished = [...(only ?? seeds)].sort((a, b) => a - b).filter((seed) => isFinished(seedFolder(path, seed)));
  if (finished.length === 0) {
    throw new UserError(`${path}: none of its seeds is finished. Go on with: npm run finetune -- --resume ${path}`);
  }
  const results = new Map(
    finished.map((seed) => [seed, json(join(seedFolder(path, seed), 'result.json')) as FinetuningResult]),
  );
  const all = [...results.values()];
  const tested = new Map(
    finished.map((seed) => {
      const { files, split } = json(join(seedFolder(path, seed), 'data.json')) as {
        files: { sha256: string }[];
        split: { test: string[] };
      };
      // Whatever the file is called.
      return [seed, JSON.stringify([files.map(({ sha256 }) => sha256), split.test])];
    }),
  );
  return {
    path,
    config,
    target: all[0]!.target,
    unit: all[0]!.unit,
    results,
    mae: estimate(all.map(({ mae }) => mae.test)),
    median: medianOf(all),
    tested,
  };
}
