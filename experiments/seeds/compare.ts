/**
 * Two or more fine-tunings of one property side by side: means with standard errors, and paired differences to the
 * first, seed by seed. Pairs share split, order and fresh weights, so their differences scatter less than the errors.
 */
import { basename } from 'node:path';
import { UserError } from '../../files/errors.ts';
import { type Estimate, estimate, MEDIAN } from '../../plots/index.ts';
import { medianOf, type Repeats, readRepeats } from './read.ts';

export interface ComparedRow {
  readonly name: string;
  /** Test error in the unit. */
  readonly mae: Estimate;
  /** Error less the baseline's, pair by pair; below 0 is better. Undefined for the baseline. */
  readonly difference?: Estimate;
  /** Relative improvement of the mean over the baseline, 0.1 for 10 % better, over the common seeds. */
  readonly improvement?: number;
}

export interface Compared {
  readonly target: string;
  readonly unit: string;
  readonly seeds: readonly number[];
  /** Test error of always predicting the training median; undefined where the baseline's results do not hold it. */
  readonly median: Estimate | undefined;
  readonly rows: readonly ComparedRow[];
}

/** The networks, and as a last row always the median where its error is known. */
export const rowsWithMedian = ({ rows, median }: Compared): ComparedRow[] =>
  median ? [...rows, { name: MEDIAN, mae: median }] : [...rows];

/** Compares over the seeds that all have finished. The first is the baseline. */
export function compareRepeats(repeats: readonly Repeats[], names: readonly string[]): Compared {
  const [baseline, ...others] = repeats;
  if (!baseline) throw new UserError('Expected fine-tunings to compare.');
  for (const other of others) {
    if (other.target !== baseline.target || other.unit !== baseline.unit) {
      throw new UserError(
        `${baseline.path} predicts ${baseline.target} (${baseline.unit}), ${other.path} ${other.target} (${other.unit}): ` +
          'compare fine-tunings of one property.',
      );
    }
  }
  const seeds = [...baseline.results.keys()].filter((seed) => others.every(({ results }) => results.has(seed)));
  if (seeds.length === 0) throw new UserError('The fine-tunings have no finished seed in common.');
  for (const other of others) {
    const differs = seeds.find((seed) => other.tested.get(seed) !== baseline.tested.get(seed));
    if (differs !== undefined) {
      throw new UserError(
        `${baseline.path} and ${other.path} were tested on different structures (seed ${differs}). ` +
          'Use the same file, shares and seeds for both.',
      );
    }
  }
  const errors = ({ results }: Repeats) => seeds.map((seed) => results.get(seed)!.mae.test);
  const base = errors(baseline);
  const baseMean = estimate(base).mean;
  return {
    target: baseline.target,
    unit: baseline.unit,
    seeds,
    median: medianOf(seeds.map((seed) => baseline.results.get(seed)!)),
    rows: repeats.map((one, k) => {
      const own = errors(one);
      const mae = estimate(own);
      if (k === 0) return { name: names[k], mae };
      const difference = estimate(own.map((x, s) => x - base[s]));
      return { name: names[k], mae, difference, improvement: 1 - mae.mean / baseMean };
    }),
  };
}

/** Reads and compares folders; their names are the last parts of their paths, or the paths where those are equal. */
export function compareFolders(paths: readonly string[]): Compared {
  if (paths.length < 2) throw new UserError('Expected at least two fine-tunings to compare.');
  const short = paths.map((path) => basename(path));
  const names = new Set(short).size === short.length ? short : paths;
  return compareRepeats(
    paths.map((path) => readRepeats(path)),
    names,
  );
}
