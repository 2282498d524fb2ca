/** Options with a typing error would be ignored, and a test would pass that tests something else: they are refused. */
import { distance } from '../text/distance.ts';

/** What every search takes. */
export const SEARCH_OPTIONS = ['runs', 'seed', 'path'] as const;
/** What every property about functions of tensors takes. */
export const FUNCTION_OPTIONS = [...SEARCH_OPTIONS, 'inputs', 'shapes', 'domain', 'largest'] as const;

/** Throws, naming the nearest one, where an option is not among those that are known. */
export function expectOptions(name: string, options: object, known: readonly string[]): void {
  const wrong = Object.keys(options).find((option) => !known.includes(option));
  if (wrong === undefined) return;
  const far = (option: string) => distance(wrong.toLowerCase(), option.toLowerCase());
  const nearest = known.reduce((best, option) => (far(option) < far(best) ? option : best));
  throw new Error(
    `${name}: there is no option '${wrong}'; did you mean '${nearest}'? All options are ${known.join(', ')}.`,
  );
}
