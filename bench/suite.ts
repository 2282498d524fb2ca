/**
 * The harness of the suites: benchmark.js on asynchronous cases, results as lines for people and as JSON.
 *
 * Not timed: what `prepare` does, and the calls that warm a case up. A sample is the mean of as many calls as fill 50 ms
 * (one call if it takes longer); printed is the median of the samples with its quartiles, since other work on a
 * machine only ever makes a sample longer. Cases run one after another, each prepared when its turn comes.
 */
import { appendFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import Benchmark from 'benchmark';
import { Command, InvalidArgumentError } from 'commander';
import { hasFusedMultiplyAdd } from '../tensor/engines/cpu/fused-multiply-add.ts';

/** What one call gets through, e.g. the edges of a batch; rates are printed per second. */
export interface Work {
  readonly amount: number;
  readonly unit: keyof typeof UNITS;
}

const UNITS = {
  flop: { name: 'GFLOP/s', size: 1e9 },
  edge: { name: 'M edges/s', size: 1e6 },
  element: { name: 'M elements/s', size: 1e6 },
};

export interface Prepared {
  /** One call; if it returns a promise, the call ends when that is fulfilled. */
  readonly once: () => unknown;
  readonly work: Work;
  /** Threads that it uses, where known. */
  readonly threads?: number;
}

export interface Case {
  readonly name: string;
  readonly prepare: () => Prepared | Promise<Prepared>;
}

export interface SuiteOptions {
  readonly json?: string;
  readonly filter?: string;
  readonly quick?: boolean;
  readonly threads?: number;
}

export const positiveInteger = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer > 0.');
  return Number(text);
};

/** The command line that all suites share; a suite may add options before it parses. */
export const suiteCommand = (name: string, description: string): Command =>
  new Command(`npm run bench:${name} --`)
    .description(description)
    .option('--filter <text>', 'only cases whose name contains this')
    .option(
      '--threads <n>',
      'threads of the CPU engine (default: LATTIGRAD_THREADS, else all processors)',
      positiveInteger,
    )
    .option('--json <file>', 'appends one line per case')
    .option('--quick', 'a few short samples: does it run at all?')
    .allowExcessArguments(false);

export interface Spread {
  readonly samples: number;
  readonly median_s: number;
  /** First and third quartile. */
  readonly q1_s: number;
  readonly q3_s: number;
}

/** Median and quartiles of samples in seconds (between the two nearest where none falls on the rank). */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const quantile = (share: number): number => {
    const rank = share * (sorted.length - 1);
    const below = Math.floor(rank);
    const above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
  };
  return { samples: sorted.length, median_s: quantile(0.5), q1_s: quantile(0.25), q3_s: quantile(0.75) };
}

export interface Measured extends Spread {
  readonly mean_s: number;
  /** Half the 95 % confidence interval of the mean, in percent of it. */
  readonly rme_percent: number;
}

/** Warms `once` up, then times it with benchmark.js. Rejects if a call throws or rejects. */
export async function measure(once: () => unknown, quick = false): Promise<Measured> {
  const [calls, span] = quick ? [1, 0] : [3, 500];
  const started = performance.now();
  for (let k = 0; k < calls || performance.now() - started < span; k++) await once();
  const { stats } = await new Promise<Benchmark>((resolve, reject) => {
    const benchmark = new Benchmark({
      defer: true,
      // benchmark.js counts `maxTime` (seconds) from the last of `minSamples` on.
      ...(quick ? { minSamples: 3, minTime: 1e-3, maxTime: 1e-3 } : { minSamples: 15, minTime: 0.05, maxTime: 2 }),
      // Its own end starts the next call, so an error must not pass through it.
      fn: async (deferred: Benchmark.Deferred) => {
        try {
          await once();
        } catch (error) {
          return reject(error);
        }
        deferred.resolve();
      },
      onComplete: () => resolve(benchmark),
    });
    benchmark.run({ async: true });
  });
  return { ...spreadOf(stats.sample), mean_s: stats.mean, rme_percent: stats.rme };
}

export interface Result extends Measured {
  readonly case: string;
  readonly work: number;
  readonly unit: Work['unit'];
  /** Work per second, by the median. */
  readonly per_s: number;
  readonly threads?: number;
}

/** Runs the cases and prints them; a case that fails is reported and makes the exit code 1. */
export async function runSuite(
  suite: string,
  cases: readonly Case[],
  { filter = '', quick = false, json }: SuiteOptions,
): Promise<Result[]> {
  const chosen = cases.filter(({ name }) => name.includes(filter));
  if (chosen.length === 0) {
    console.error(`No case contains '${filter}'. There are:\n  ${cases.map(({ name }) => name).join('\n  ')}`);
    process.exitCode = 1;
    return [];
  }
  const machine = describeMachine();
  const width = Math.max(...chosen.map(({ name }) => name.length));
  console.log(
    `${suite.padEnd(width)} ${'median ms'.padStart(10)}  ${'quartiles'.padEnd(19)} ${'mean ms'.padStart(10)}`,
  );
  const results: Result[] = [];
  for (const { name, prepare } of chosen) {
    const write = (found: object): void => {
      const line = { suite, case: name, quick, ...found, ...machine, date: new Date().toISOString() };
      if (json) appendFileSync(json, `${JSON.stringify(line)}\n`);
    };
    try {
      const { once, work, threads } = await prepare();
      const measured = await measure(once, quick);
      const result: Result = {
        case: name,
        ...measured,
        work: work.amount,
        unit: work.unit,
        per_s: work.amount / measured.median_s,
        ...(threads === undefined ? {} : { threads }),
      };
      console.log(`${name.padEnd(width)} ${format(result)}`);
      write(result);
      results.push(result);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.log(`${name.padEnd(width)} failed: ${message}`);
      write({ error: message });
      process.exitCode = 1;
    }
  }
  return results;
}

function format({ samples, median_s, q1_s, q3_s, mean_s, rme_percent, per_s, unit, threads }: Result): string {
  const ms = (seconds: number): string => (1000 * seconds).toFixed(3);
  const mean = `${ms(mean_s).padStart(10)} +-${rme_percent.toFixed(1).padStart(5)} % of ${String(samples).padEnd(3)}`;
  const rate = `${(per_s / UNITS[unit].size).toPrecision(3).padStart(8)} ${UNITS[unit].name}`;
  const team = threads === undefined ? '' : `  ${threads} thread${threads === 1 ? '' : 's'}`;
  return `${ms(median_s).padStart(10)}  ${`${ms(q1_s)} - ${ms(q3_s)}`.padEnd(19)} ${mean} ${rate}${team}`;
}

/** Load per processor beyond which times are not to be trusted. */
const QUIET = 0.25;

/** Prints the machine and returns it for the JSON lines; warns if it has other work to do. */
function describeMachine() {
  const [cores, load] = [availableParallelism(), loadavg()[0]];
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const simd = hasFusedMultiplyAdd() ? 'fma' : 'mul+add';
  console.log(
    `${processor}, ${cores} cores, 128-bit SIMD with ${simd}, Node ${process.version}, load ${load.toFixed(2)}`,
  );
  if (load > QUIET * cores) {
    console.log(
      `WARNING: the machine is not quiet (load above ${QUIET * cores} on ${cores} cores); times will scatter.`,
    );
  }
  return { processor, cores, simd, node: process.version, load_before: load };
}
