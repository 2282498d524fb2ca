/** Errors of predicted displacements in Angstrom, and how they are shown. */
import { atLeastZero } from '../../text/schema.ts';
import { ErrorSums } from '../errors.ts';
import type { ErrorReport } from '../task.ts';

/** Displacements of structure `structure` and what the network makes of them, 3 an atom. */
export interface DenoisedStructure {
  readonly structure: number;
  readonly noise: Float64Array;
  readonly predicted: Float64Array;
}

/** Sums of errors of a component; predicting zero is that no atom was displaced. Every atom has a label. */
export const noiseErrors = () => new ErrorSums(['noise'], ({ noise }) => noise ?? Number.NaN);

export const NOISE_ERRORS: ErrorReport<number> = {
  table: 'noise-errors',
  caption:
    'Mean absolute errors of the displacement components that denoising networks find on the test part of each source. ' +
    'In brackets: predicting none.',
  columns: [{ name: 'noise', title: 'displacement', unit: 'Å', scale: 1, of: (error) => error }],
  schema: atLeastZero,
};
