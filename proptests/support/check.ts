/**
 * Properties with a fixed, printed seed.
 *
 * LATTIGRAD_SEED draws other inputs; LATTIGRAD_RUNS multiplies how many (a slow campaign is the same test
 * with a larger number). fast-check prints seed and path of a counterexample, so each failure can be replayed.
 */
import fc from 'fast-check';

const DEFAULT_SEED = 20231014;

export const seed = Number(process.env.LATTIGRAD_SEED ?? DEFAULT_SEED);
/** How many times as many inputs are drawn. */
export const factor = Number(process.env.LATTIGRAD_RUNS ?? 1);

/** Asserts a synchronous or asynchronous property over `runs` generated inputs (times LATTIGRAD_RUNS). */
export async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  law: (value: T) => void | Promise<void>,
  runs = 30,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      await law(value);
    }),
    { seed, numRuns: Math.max(1, Math.round(runs * factor)), endOnFailure: false, includeErrorInReport: true },
  );
}
