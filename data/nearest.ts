/** Known names by likeness to one that is not known, for messages: a typing error stands next to what was meant. */
import { distance } from '../text/distance.ts';

/** The nearest first; of equally near ones the first in the alphabet. Case counts less than letters. */
export function nearest(name: string, known: readonly string[]): string[] {
  const far = (other: string) => distance(name.toLowerCase(), other.toLowerCase()) + (name === other ? 0 : 0.5);
  return [...known].sort((a, b) => far(a) - far(b) || (a < b ? -1 : 1));
}
