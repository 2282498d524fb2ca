/**
 * Functions for lists of any length that JavaScript has for few arguments only.
 *
 * `list.push(...items)` and `Math.max(...items)` put every item on the stack, which overflows at some 120,000 of them.
 * Therefore data are nowhere in this project spread into arguments, and proptests/spreads.test.ts refuses it.
 */

/** Appends the items to a list. */
export function extend<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}

/** The largest of the numbers and of `least`. As with Math.max, it is NaN if any of them is. */
export function largest(numbers: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let most = least;
  for (const number of numbers) most = Math.max(most, number);
  return most;
}

/** The largest absolute value of the numbers; 0 without numbers, NaN if any of them is. */
export function largestMagnitude(numbers: Iterable<number>): number {
  let most = 0;
  for (const number of numbers) most = Math.max(most, Math.abs(number));
  return most;
}

/** Lists of whole numbers, one after the other in one list. */
export function joined(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

/** The atomic numbers that occur in structures, in the order in which they first occur. */
export function elementsIn(structures: Iterable<{ readonly numbers: Iterable<number> }>): Set<number> {
  const elements = new Set<number>();
  for (const { numbers } of structures) for (const number of numbers) elements.add(number);
  return elements;
}
