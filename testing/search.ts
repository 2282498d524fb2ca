/**
 * The search for a counterexample: draws inputs, makes one that breaks a property simpler, and says how to see it again.
 *
 * Two things are added to fast-check. An input may be unsuitable (a kink, at which differences say nothing): then another
 * one is drawn, and it is an error if none is suitable. And while a counterexample gets simpler it stays one of the same
 * kind: a wrong derivative does not turn into a value outside of the domain.
 */
import fc from 'fast-check';

export interface SearchOptions {
  /** How many inputs are tried (default 50). */
  readonly runs?: number;
  /** Another seed draws other inputs (default 1); the same seed draws the same ones. */
  readonly seed?: number;
  /** The way to one counterexample, as its message tells; only that input is tried then. */
  readonly path?: string;
}

/** What is wrong with an input. */
export interface Finding {
  /** What does not change while the input gets simpler, such as the name of a law. */
  readonly kind: string;
  /** Lines for the report. */
  readonly lines: readonly string[];
}

export interface Counterexample<T> {
  readonly input: T;
  readonly finding: Finding;
  /** How it was found, and what to add to the options, besides some others, to see it again. */
  readonly footer: (...others: readonly string[]) => string[];
}

/** Thrown for an input on which the property says nothing; the reason is shown if there are only such inputs. */
export class Unsuitable extends Error {}

class Broken extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.lines.join('\n'));
    this.finding = finding;
  }
}

const RUNS = 50;
const SEED = 1;
/** Inputs that may be unsuitable, for each one that is tried. */
const SKIPS = 20;

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

type Details = Pick<fc.RunDetails<unknown>, 'numRuns' | 'numShrinks' | 'seed' | 'counterexamplePath'>;

/** How it was found: where and after how many steps, and what shows it again. */
function footerOf({ numRuns, numShrinks, seed, counterexamplePath }: Details, options: readonly string[]): string[] {
  const steps = numShrinks === 0 ? '' : `, made simpler in ${plural(numShrinks, 'step')}`;
  const again = [...options, `seed: ${seed}`, `path: '${counterexamplePath}'`];
  return [`found with input ${numRuns}${steps}`, `to see it again, add to the options: ${again.join(', ')}`];
}

/**
 * The simplest input found that `examine` has a finding about, or undefined if there is none in `runs` inputs. `examine` may
 * throw `Unsuitable`; other errors pass through. Throws, with the last reason, where (nearly) all inputs are unsuitable.
 */
export async function search<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  examine: (input: T) => Promise<Finding | undefined>,
  { runs = RUNS, seed = SEED, path }: SearchOptions,
): Promise<Counterexample<T> | undefined> {
  let kind: string | undefined;
  let reason = '';
  let unsuitable = 0;
  const property = fc.asyncProperty(arbitrary, async (input) => {
    const finding = await examine(input).catch((error: unknown) => {
      if (!(error instanceof Unsuitable)) throw error;
      reason = error.message;
      unsuitable++;
      return fc.pre(false) as undefined;
    });
    if (finding === undefined || (kind !== undefined && finding.kind !== kind)) return;
    kind = finding.kind;
    throw new Broken(finding);
  });
  const details = await fc.check(property, {
    numRuns: runs,
    seed,
    maxSkipsPerRun: SKIPS,
    ...(path !== undefined && { path }),
  });
  if (!details.failed) return undefined;
  const { counterexample, errorInstance } = details;
  if (counterexample === null) {
    throw new Error(
      `${name}: ${unsuitable} of the ${unsuitable + details.numRuns} inputs that were drawn cannot be tested, which is too many. The last one: ${reason}`,
    );
  }
  if (!(errorInstance instanceof Broken)) throw errorInstance;
  return { input: counterexample[0], finding: errorInstance.finding, footer: (...others) => footerOf(details, others) };
}

/** A number for people: no more places than say something. */
export const short = (x: number): string => String(Number(x.toPrecision(7)));

/** The message of a broken property: a line that says what is wrong, and indented ones with all details. */
export const report = (title: string, ...details: readonly (readonly string[])[]): string =>
  [title, ...details.flat().map((line) => `  ${line.replaceAll('\n', '\n  ')}`)].join('\n');
