/** Values of tensors: shapes with numbers inside of a domain, alone or several that go together. */
import type fc from 'fast-check';
import type { Argument } from '../../autograd/index.ts';
import { product } from '../../tensor/dimension.ts';
import { type Domain, expectDomain, holds, simplerNumbers } from './domain.ts';
import { drawn, type Random } from './drawn.ts';
import {
  drawBroadcast,
  expectPatterns,
  type Filled,
  flatter,
  lettersOf,
  type Pattern,
  shapeOf,
  shorter,
} from './patterns.ts';
import { drawReal } from './reals.ts';

/** A tensor's value: a shape, and its numbers row after row. */
export type { Argument } from '../../autograd/index.ts';

export interface OperandOptions {
  /**
   * Shapes of the tensors, with letters for sizes that are drawn: `[['n', 'k'], ['k', 'm']]`. Without it, shapes of up to two
   * axes are drawn that broadcast against each other.
   */
  readonly shapes?: readonly Pattern[];
  /** The domain of all tensors, or a list with one for each (default: from -2 to 2). */
  readonly domain?: Domain | readonly Domain[];
  /** The largest size of an axis with a letter (default 9). Most sizes are from 1 to 3; one in ten inputs has a larger one. */
  readonly largest?: number;
}

const LARGEST = 9;
/** Most sizes are at most this: more numbers rarely say more. */
const USUAL = 3;
/** One in so many inputs has a larger size, and one in as many has special numbers. */
const RARE = 10;

const isList = (domain: Domain | readonly Domain[]): domain is readonly Domain[] => Array.isArray(domain);

/** The domain of tensor `k`. Throws where the list is too short. */
function domainOf(domain: Domain | readonly Domain[], k: number): Domain {
  const own = isList(domain) ? domain[k] : domain;
  if (own === undefined) throw new Error(`domain: expected one for each tensor, got none for tensor ${k}.`);
  expectDomain(own);
  return own;
}

/** As numbers in float32: then every engine is fed the same ones. */
function drawNumber(random: Random, domain: Domain): number {
  for (;;) {
    const x = Math.fround(drawReal(random, domain));
    if (holds(domain, x)) return x;
  }
}

/** Sizes of all letters; now and then one of them is larger than usual. */
function drawSizes(random: Random, letters: readonly string[], largest: number): Record<string, number> {
  const usual = Math.min(USUAL, largest);
  const sizes = Object.fromEntries(letters.map((letter) => [letter, random.integer(1, usual)]));
  const grows = random.integer(1, RARE) === 1;
  if (!grows || letters.length === 0 || largest === usual) return sizes;
  const letter = letters[random.integer(0, letters.length - 1)];
  return { ...sizes, [letter]: random.integer(usual + 1, largest) };
}

/** Some numbers in the place of others: zeros of both signs, ends of the domain, or one of the numbers again. */
function specialNumbers(random: Random, numbers: readonly number[], domain: Domain): number[] {
  const { low, high } = expectDomain(domain);
  const kinds = [[0, -0], [low, high].map(Math.fround), numbers.slice(0, 1)];
  const special = kinds[random.integer(0, kinds.length - 1)].filter((x) => holds(domain, x));
  return numbers.map((x) =>
    special.length > 0 && random.integer(0, 1) === 1 ? special[random.integer(0, special.length - 1)] : x,
  );
}

function* simplerData(filled: Filled, domains: readonly Domain[]): Iterable<Filled> {
  const { data } = filled;
  // All at once first: a counterexample of ones takes one step.
  if (domains.every((domain) => holds(domain, 1)) && data.flat().some((x) => x !== 1)) {
    yield { ...filled, data: data.map((numbers) => numbers.map(() => 1)) };
  }
  for (const [k, numbers] of data.entries()) {
    for (const [e, x] of numbers.entries()) {
      for (const simple of simplerNumbers(x, domains[k])) {
        yield { ...filled, data: data.map((own, i) => (i === k ? own.map((v, j) => (j === e ? simple : v)) : own)) };
      }
    }
  }
}

/**
 * Lists of `count` tensors whose shapes go together. One list in ten has special numbers among the others: zeros of both
 * signs, ends of the domain, or equal numbers; one in ten has an axis that is longer than 3. They shrink to fewer axes, shorter axes, and simpler numbers, such as 1
 * and 0.5, that lie in the domain, too. All numbers are exact in float32.
 *
 * @example fc.assert(fc.property(operands(2, { shapes: [['n', 'k'], ['k']] }), ([a, b]) => a.shape[1] === b.shape[0]));
 */
export function operands(
  count: number,
  { shapes, domain = {}, largest = LARGEST }: OperandOptions = {},
): fc.Arbitrary<Argument[]> {
  if (!(Number.isInteger(largest) && largest > 0)) {
    throw new Error(`largest: expected a whole size of at least 1, got ${largest}.`);
  }
  if (shapes && shapes.length !== count) {
    throw new Error(`operands: expected ${count} shapes, got ${shapes.length}.`);
  }
  const given = shapes && expectPatterns(shapes);
  const domains = Array.from({ length: count }, (_, k) => domainOf(domain, k));
  return drawn<Filled>(
    (random) => {
      const patterns = given ?? drawBroadcast(random, count);
      const sizes = drawSizes(random, lettersOf(patterns), largest);
      const isSpecial = random.integer(1, RARE) === 1;
      const data = patterns.map((pattern, k) => {
        const numbers = Array.from({ length: product(shapeOf(pattern, sizes)) }, () => drawNumber(random, domains[k]));
        return isSpecial ? specialNumbers(random, numbers, domains[k]) : numbers;
      });
      return { patterns, sizes, data };
    },
    function* (filled) {
      yield* shorter(filled);
      if (!given) yield* flatter(filled);
      yield* simplerData(filled, domains);
    },
  ).map(({ patterns, sizes, data }) =>
    patterns.map((pattern, k) => ({ shape: shapeOf(pattern, sizes), data: data[k] })),
  );
}

interface TensorOptions extends Pick<OperandOptions, 'largest'> {
  readonly shape?: Pattern;
  readonly domain?: Domain;
}

/**
 * Single tensors: a shape and its numbers, within a domain and away from kinks.
 *
 * @example fc.assert(fc.property(tensors({ shape: ['n', 3], domain: { avoid: [0] } }), ({ data }) => !data.includes(0)));
 */
export const tensors = ({ shape, ...options }: TensorOptions = {}): fc.Arbitrary<Argument> =>
  operands(1, { ...options, ...(shape && { shapes: [shape] }) }).map(([one]) => one);
