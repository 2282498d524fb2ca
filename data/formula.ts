/** Chemical formulas of structures. */
import { symbolOf } from './elements.ts';

/** The greatest common divisor of two whole numbers. */
const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/**
 * The reduced formula of atoms, given by their atomic numbers: counts are divided by what they share, the most frequent
 * element comes first, and of equally frequent ones that of the smaller atomic number.
 *
 *   reducedFormula(Int32Array.of(79, 29, 29, 29, 79, 29, 29, 29))   // Cu3Au
 */
export function reducedFormula(numbers: Int32Array): string {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const divisor = [...counts.values()].reduce((a, b) => commonDivisor(a, b));
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a - b)
    .map(([number, n]) => `${symbolOf(number)}${n === divisor ? '' : n / divisor}`)
    .join('');
}
