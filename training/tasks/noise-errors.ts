/** Errors of predicted displacements in Angstrom, and how they are shown. */
import { atLeastZero } from '../../text/schema.ts';
import { ErrorSums } from '../errors.ts';
import type { Comparison, ErrorReport, PretrainingOutcome } from '../task.ts';

/** Displacements of structure `structure` and what the network makes of them, 3 an atom. */
export interface DenoisedStructure {
  readonly structure: number;
  readonly noise: Float64Array;
  readonly predicted: Float64Array;
}

export interface NoiseErrors {
  add(source: string, one: DenoisedStructure): void;
  /** Of all structures so far, and of those of each source; errors of a component. */
  outcome(): PretrainingOutcome<number>;
}

/** Sums of errors; predicting zero is that no atom was displaced. */
export function noiseErrors(): NoiseErrors {
  const sums = new ErrorSums(['noise']);
  // There is a label for every atom, so no error is absent.
  const plain = ({ structures, error, zero }: ReturnType<typeof sums.all>): Comparison<number> => ({
    structures,
    error: error.noise ?? Number.NaN,
    zero: zero.noise ?? Number.NaN,
  });
  return {
    add: (source, { noise, predicted }) => sums.add(source, { noise: [noise, predicted] }),
    outcome: () => ({
      test: plain(sums.all()),
      testBySource: Object.fromEntries(Object.entries(sums.bySource()).map(([name, one]) => [name, plain(one)])),
    }),
  };
}

export const NOISE_ERRORS: ErrorReport<number> = {
  table: 'noise-errors',
  caption:
    'Mean absolute errors of the displacement components that denoising networks find on the test part of each source. ' +
    'In brackets: predicting none.',
  columns: [{ name: 'noise', title: 'displacement', unit: 'Å', scale: 1, of: (error) => error }],
  schema: atLeastZero,
};
