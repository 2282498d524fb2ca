/** Reads the finished seeds of a fine-tuning: errors of each, and their mean with its standard error. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../files/errors.ts';
import { readRecord } from '../../files/read.ts';
import { type Estimate, estimate } from '../../plots/index.ts';
import { excerptOf } from '../../text/printable.ts';
import type { FinetuneConfig } from '../../training/config.ts';
import type { FinetuningResult } from '../../training/finetuning.ts';
import { hasBegun, isFinished, REPEATS } from '../../training/run-folder/folder.ts';
import { isTree } from '../config/resolve.ts';

export const SUMMARY = 'summary.json';
export const seedFolder = (path: string, seed: number): string => join(path, `seed-${seed}`);

const seed = z.int().min(0);
const error = z.number().min(0);
const recordSchema = z.object({
  seeds: z.array(seed).refine((all) => new Set(all).size === all.length, 'expected different seeds'),
  // Old ones may say less than is asked today: who goes on with it checks it whole.
  config: z.custom<FinetuneConfig>(isTree, 'expected an object'),
});
const errors = z.looseObject({ validation: error.optional(), test: error });
/** What a result holds; old ones lack some of it, and what else it holds stays as it is. */
const resultSchema = z.looseObject({
  task: z.string().optional(),
  preset: z.string().optional(),
  bestEpoch: z.int().min(0).optional(),
  counts: z.record(z.string(), z.int().min(0)).optional(),
  target: z.string(),
  unit: z.string(),
  seed: seed.optional(),
  from: z.string().nullable().optional(),
  mae: errors,
  median: errors.optional(),
});
const summarySchema = z.object({ seeds: z.record(z.string(), z.unknown()) });
/** What is read again of the data of a run. */
export const dataSchema = z.object({
  files: z.array(z.object({ sha256: z.string() })),
  split: z.object({ test: z.array(z.string()) }),
});

/** The configuration of a fine-tuning, and the seeds that it has begun. */
export const readRepeatsRecord = (path: string): z.infer<typeof recordSchema> =>
  readRecord(join(path, REPEATS), recordSchema, 'the record of a fine-tuning');

/** The result of one seed of this configuration; one of something else is a UserError. */
function readResult(path: string, seed: number, config: FinetuneConfig): FinetuningResult {
  const file = join(seedFolder(path, seed), 'result.json');
  const result = readRecord(file, resultSchema, 'the result of a fine-tuning');
  const pairs = [
    ['seed', result.seed, seed],
    ['from', result.from, config.from === undefined ? result.from : config.from],
    ['target', result.target, config.target ?? result.target],
  ] as const;
  const wrong = pairs.find(([, found, wanted]) => found !== undefined && found !== wanted);
  if (!wrong) return result as unknown as FinetuningResult;
  const [name, found, wanted] = wrong;
  throw new UserError(
    `${file}: is the result of ${name} ${excerptOf(found)}, expected ${excerptOf(wanted)} (${REPEATS}). Is it that of another run?`,
  );
}

/** Whether some seed of a fine-tuning has begun. */
export const seedsBegun = (path: string): boolean =>
  existsSync(join(path, REPEATS)) &&
  readdirSync(path).some((name) => name.startsWith('seed-') && hasBegun(join(path, name)));

/** Whether a seed has ended and is counted in the summary. */
export function isSummarised(path: string, seed: number): boolean {
  if (!isFinished(seedFolder(path, seed)) || !existsSync(join(path, SUMMARY))) return false;
  const { seeds } = readRecord(join(path, SUMMARY), summarySchema, 'the summary of a fine-tuning');
  return Object.hasOwn(seeds, String(seed));
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
  const { seeds, config } = readRepeatsRecord(path);
  // In one order, so that sums are the same whatever came first.
  const finished = [...(only ?? seeds)].sort((a, b) => a - b).filter((seed) => isFinished(seedFolder(path, seed)));
  if (finished.length === 0) {
    throw new UserError(`${path}: none of its seeds is finished. Go on with: npm run finetune -- --resume ${path}`);
  }
  const results = new Map(finished.map((seed) => [seed, readResult(path, seed, config)]));
  const all = [...results.values()];
  const tested = new Map(
    finished.map((seed) => {
      const { files, split } = readRecord(join(seedFolder(path, seed), 'data.json'), dataSchema, 'the data of a run');
      // Whatever the file is called.
      return [seed, JSON.stringify([files.map(({ sha256 }) => sha256), split.test])];
    }),
  );
  return {
    path,
    config,
    target: all[0].target,
    unit: all[0].unit,
    results,
    mae: estimate(all.map(({ mae }) => mae.test)),
    median: medianOf(all),
    tested,
  };
}
