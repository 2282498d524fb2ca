/**
 * Splittable, counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al., SC 2011).
 *
 * A key is two 32-bit words and never changes; every function is pure. Whoever needs randomness is handed a key,
 * splits it for its parts, and gets the same bits on every machine and in any order of evaluation.
 */
import { callerError } from './errors.ts';

export interface Key {
  readonly words: readonly [number, number];
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Skein's key schedule constant. */
const PARITY = 0x1bd11bda;

/** One block of the cipher: two words of counter under two words of key. */
export function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  if (!Array.isArray(key)) throw callerError('expected a key of random numbers, as key(1) makes one.');
  const schedule = [key[0] >>> 0, key[1] >>> 0, (PARITY ^ key[0] ^ key[1]) >>> 0];
  let x = (counter[0] + schedule[0]) >>> 0;
  let y = (counter[1] + schedule[1]) >>> 0;
  for (let round = 0; round < 20; round++) {
    x = (x + y) >>> 0;
    const r = ROTATIONS[round % 8];
    y = (((y << r) | (y >>> (32 - r))) ^ x) >>> 0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = (x + schedule[injection % 3]) >>> 0;
      y = (y + schedule[(injection + 1) % 3] + injection) >>> 0;
    }
  }
  return [x, y];
}

/** Domains keep the streams of split, fold and the samplers apart. */
const SPLIT = 0x80000000;
const FOLD = 0xc0000000;
const NAME = 0xe0000000;

/**
 * A key from a seed, an integer from 0 to 2^53: where all random numbers begin. Equal seeds give equal numbers on every machine.
 *
 * @example uniform(key(1), 2); // [0.11815, 0.453759]
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed)) {
    throw callerError(`key: expected a seed, a whole number below 2^53, got ${seed}.`);
  }
  return { words: [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0] };
}

/**
 * `count` independent keys, made of one: for the parts of whatever needs random numbers.
 *
 * @example
 * const [weights, noise] = split(key(1));
 * normal(weights, 2); // [-0.537136, 0.456219]
 * normal(noise, 2); // [-0.84026, -1.37389]
 */
export const split = (from: Key, count = 2): Key[] =>
  Array.from({ length: count }, (_, k) => ({ words: threefry(from.words, [SPLIT, k]) }));

/**
 * The key that belongs to a number or a name, such as an epoch or a parameter; numbers are integers from 0 to 2^53.
 *
 * @example normal(fold(key(1), 'layer.weight'), 2); // [-0.623961, -1.25399]
 */
export function fold(from: Key, data: number | string): Key {
  if (typeof data === 'number')
    return { words: threefry(from.words, [(FOLD ^ Math.floor(data / 2 ** 32)) >>> 0, data >>> 0]) };
  const start: Key = { words: threefry(from.words, [NAME, data.length]) };
  return [...data].reduce((k, letter) => fold(k, letter.codePointAt(0)!), start);
}

/**
 * `count` numbers in [0, 1), or from `low` to below `high`, with 53 random bits each, by Threefry-2x32 with 20 rounds (Salmon et al. 2011). The same key gives the
 * same numbers, and a larger count more of them.
 *
 * @example uniform(key(7), 3); // [0.844107, 0.0454126, 0.224985]
 */
export const uniform = (from: Key, count: number, low = 0, high = 1): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => {
    const [first, second] = threefry(from.words, [Math.floor(k / 2 ** 32), k >>> 0]);
    const unit = ((first >>> 5) * 2 ** 26 + (second >>> 6)) / 2 ** 53;
    return low === 0 && high === 1 ? unit : low + (high - low) * unit;
  });

/**
 * `count` numbers of the standard normal distribution (Box and Muller 1958).
 *
 * @example normal(key(7), 3); // [1.85004, 0.656334, 0.0782674]
 */
export function normal(from: Key, count: number): Float64Array {
  const u = uniform(from, 2 * count);
  return Float64Array.from(
    { length: count },
    (_, k) => Math.sqrt(-2 * Math.log(1 - u[2 * k])) * Math.cos(2 * Math.PI * u[2 * k + 1]),
  );
}

/**
 * `count` integers in [0, below), each as likely as the others.
 *
 * @example integers(key(7), 5, 10); // [8, 0, 2, 0, 0]
 */
export const integers = (from: Key, count: number, below: number): Int32Array =>
  Int32Array.from(uniform(from, count), (u) => Math.floor(u * below));

/**
 * A random order of 0 ... count - 1 (Fisher and Yates 1938).
 *
 * @example permutation(key(7), 5); // [1, 2, 3, 4, 0]
 */
export function permutation(from: Key, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, k) => k);
  const u = uniform(from, count);
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(u[k] * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}
