/**
 * Real numbers, spread evenly. (`fc.double` is even over bit patterns: most of its numbers are next to 0, where functions
 * are nearly linear and little goes wrong.)
 */
import type fc from 'fast-check';
import { type Domain, expectDomain, holds, SIMPLE, simplerNumbers } from './domain.ts';
import { drawn, type Random } from './drawn.ts';

const ATTEMPTS = 1000;

/** A number of the domain. */
export function drawReal(random: Random, domain: Domain): number {
  const { low, high } = expectDomain(domain);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const x = random.real(low, high);
    if (holds(domain, x)) return x;
  }
  throw new Error(`domain: nothing between ${low} and ${high} is far enough from ${domain.avoid?.join(', ')}.`);
}

/**
 * Numbers spread evenly over [low, high], at least `gap` away from every point of `avoid`. They shrink to the first of
 * `simple` that is in the domain (by default 1, 0.5, 2, -1 ...), or else to few binary places.
 *
 * @example fc.assert(fc.property(reals({ low: 0.1, high: 3 }), (x) => Math.log(x) < x));
 */
export const reals = (domain: Domain = {}, simple: readonly number[] = SIMPLE): fc.Arbitrary<number> => {
  expectDomain(domain);
  return drawn(
    (random) => drawReal(random, domain),
    (x) => simplerNumbers(x, domain, simple),
  );
};
